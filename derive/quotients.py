"""Derivatives inside an integrand, and where its mass lies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sympy import Expr, Rational, Symbol

from .laws import family_of
from .rewriting import inert_nodes
from .terms import D, Density, Int, Law, Total

Point = dict[Symbol, Rational]

# The step of a difference quotient, in units of max(|theta|, 1). The five-point formula errs by about
# h**4 ~ 1e-17 by truncation and by 2**-53/h ~ 2e-12 by rounding; the three-point one, whose distance is the
# error that is claimed, by h**2/6 ~ 6e-10, times a third derivative that may be in the hundreds.
STEP = Rational(1, 16384)


# Where the quotients ask, in steps from the point.
SIDES = (-2, -1, 1, 2)


def five_and_three(values: Sequence[float], h: float) -> tuple[float, float]:
    """The five-point and the three-point derivative from the values at ``SIDES`` steps ``h``."""
    two, one, plus, far = values
    return (8 * (plus - one) - (far - two)) / (12 * h), (plus - one) / (2 * h)


def carried_out(body: Expr) -> Expr:
    """A smooth body with each ``D`` carried out by SymPy.

    For integrals only: that such a derivative is the right one is seen by quotients at nodes, in the steps
    that take it.
    """
    nodes = tuple(n for n in inert_nodes(body) if isinstance(n, D))
    return body.xreplace({n: n.body.diff(n.theta) for n in nodes})


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
