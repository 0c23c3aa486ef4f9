"""Derivatives inside an integrand as difference quotients, and where its mass lies."""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr, Rational, S, Symbol

from .laws import family_of
from .rewriting import inert_nodes
from .terms import D, Density, Int, Law, Total

Point = dict[Symbol, Rational]

# The step of a difference quotient, in units of max(|theta|, 1). The five-point formula errs by about
# h**4 ~ 1e-17 by truncation and by 2**-53/h ~ 2e-12 by rounding; the three-point one, whose distance is the
# error that is claimed, by h**2/6 ~ 6e-10, times a third derivative that may be in the hundreds.
STEP = Rational(1, 16384)
_FIVE = ((-2, Rational(1, 12)), (-1, Rational(-2, 3)), (1, Rational(2, 3)), (2, Rational(-1, 12)))
_THREE = ((-1, Rational(-1, 2)), (1, Rational(1, 2)))


def quotients(body: Expr) -> tuple[Expr, ...]:
    """The body with each ``D`` as a five-point quotient, and again as a three-point one if there is any.

    They are expressions in the step, so that each is compiled once for all points; their difference
    bounds the truncation error of the better one.
    """
    nodes = tuple(n for n in inert_nodes(body) if isinstance(n, D))
    if not nodes:
        return (body,)
    return tuple(body.xreplace({n: _quotient(n, weights) for n in nodes}) for weights in (_FIVE, _THREE))


def _quotient(node: D, weights: tuple[tuple[int, Rational], ...]) -> Expr:
    theta, h = node.theta, _step(node.theta)
    return sum((w / h * node.body.xreplace({theta: theta + k * h}) for k, w in weights), S.Zero)


def _step(theta: Symbol) -> Symbol:
    return Symbol(f"step {theta.name}", positive=True)


def with_steps(point: Point) -> Point:
    """The point, and the step of each parameter."""
    return {**point, **{_step(s): STEP * max(S.One, abs(v)) for s, v in point.items()}}


def law_of(body: Expr) -> Law | None:
    """The law whose density weighs the integrand, also where it stands under a derivative."""
    return next(iter(sorted((d.law for d in body.atoms(Density)), key=str)), None)


def with_parameters(expr: Expr, law: Law) -> Expr:
    """An expression of a family with the law's own parameters."""
    return expr.xreplace(dict(zip(family_of(law).symbols, law.parameters, strict=True)))


def place(node: Int | Total) -> tuple[Expr | None, Expr | None]:
    """Where the mass of the integrand lies, and how wide: an affine hint to the quadrature, no more.

    Both are expressions in the parameters, so that one compiled integrand serves every point.
    """
    law = law_of(node.body)
    return (None, None) if law is None else _place(law)


@lru_cache(maxsize=512)
def _place(law: Law) -> tuple[Expr | None, Expr | None]:
    transport = family_of(law).transport
    if transport is None or transport.form == "quantile" or len(transport.map) > 1:
        return None, None
    path = with_parameters(transport.map[0], law)
    b = family_of(law).noise[0]
    near, far = path.subs(b, 0), path.subs(b, 1)
    if not near.is_finite or not far.is_finite or near == far:
        return None, None
    return near, far - near
