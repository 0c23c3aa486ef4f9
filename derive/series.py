"""Sums over a law on whole numbers: do they converge, absolutely and near the point uniformly?

A finite sum always does, if all its terms are real numbers. An infinite one is decided at infinity by
growth, as an integral is: terms that behave like ``exp(sum c_s s(y))`` are summable where the integral of
that function converges (integral test), and a strict inequality in the decisive coefficient bounds the
differentiated terms near the point by those of one convergent series (Weierstrass).
Factorials are replaced by Stirling's formula; a factorial below the bar beats every ``exp(k*a)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sympy import Add, Expr, Integer, S, Symbol, expand, log, loggamma, polygamma

from .errors import NoExpectation, Undecided
from .growth import Asymptotics
from .lattice import count, outcomes
from .laws import log_density
from .numeric.arrays import evaluate
from .orders import Growth, Point, Scale, Y
from .terms import Law

# So many terms are looked at for values that are not finite; singularities further out are rare, and then
# the oracle meets them.
LOOKED_AT = 256


def finite_terms(body: Expr, law: Law, variables: Sequence[Symbol], point: Point) -> str:
    """The fact that every term is a real number; raises ``NoExpectation`` where one is not."""
    size = count(law, point)
    seen = outcomes(law, point, min(size or LOOKED_AT, 8 * LOOKED_AT))
    env = {s: float(v) for s, v in point.items()}
    columns = {v: [float(o[i]) for o in seen] for i, v in enumerate(variables)}
    found = evaluate(body, {**env, **columns})
    values = found if isinstance(found, list) else [found] * len(seen)
    # Far out a term may overflow in floats and still be a number: only the exact term tells.
    for outcome, value in zip(seen, values, strict=True):
        if value - value != 0 and _is_no_number(body, dict(zip(variables, outcome, strict=True)), point):
            where = ", ".join(f"{v} = {k}" for v, k in zip(variables, outcome, strict=True))
            raise NoExpectation(
                f"{body} is not a finite real number at {where}, which has positive probability",
                "choose an integrand that is finite on the whole support",
            )
    return f"each of the {size} terms is a number" if size else "every term is a number"


def _is_no_number(body: Expr, outcome: dict[Symbol, Integer], point: Point) -> bool:
    exact = body.xreplace(outcome).subs(point)
    return exact.is_finite is not True or exact.is_real is not True


def tail(body: Expr, law: Law, x: Symbol, point: Point) -> tuple[Growth, Asymptotics] | str:
    """The growth of the terms towards infinity, or the fact that settles their sum without it."""
    calculus = Asymptotics(Y, point)
    factorials, rest = _stirling(log_density(law, x).xreplace({x: Y}))
    slower = calculus.growth(_logarithmic(body).xreplace({x: Y}))
    order = calculus.sign(factorials) if factorials != 0 else 0
    if order > 0:
        raise Undecided(f"the law {law} has no known tail")
    if order < 0:
        _refuse_faster(slower, calculus, body, x)
        return f"{x} -> oo: the factorial in the mass outgrows every exponential"
    return slower + Growth(calculus.expansion(rest)), calculus


def _refuse_faster(growth: Growth, calculus: Asymptotics, body: Expr, x: Symbol) -> None:
    """Whatever grows faster than an exponential of x, x log(x) included, is not settled by the factorial."""
    for scale, coefficient in growth.terms:
        if _is_at_most_exponential(scale, calculus):
            continue
        if coefficient != 0 and calculus.sign(coefficient) > 0 and growth.exact:
            raise NoExpectation(
                f"the sum diverges as {x} -> oo: {body} outgrows the factorial", "it never converges"
            )
        if coefficient != 0 and calculus.sign(coefficient) > 0:
            raise Undecided(f"whether {body} outgrows the factorial is open")


def _is_at_most_exponential(scale: Scale, calculus: Asymptotics) -> bool:
    return calculus.rank(scale) <= (3, 1.0)


@lru_cache(maxsize=256)
def _stirling(log_mass: Expr) -> tuple[Expr, Expr]:
    """``(c, rest)`` with the log-mass ``c*y*log(y) + rest`` up to what stays bounded."""
    flat = expand(log_mass.replace(loggamma, _log_gamma))
    terms = Add.make_args(flat)
    steep = [t for t in terms if Y not in (t / (Y * log(Y))).free_symbols]
    return Add(*(t / (Y * log(Y)) for t in steep)), Add(*(t for t in terms if t not in steep))


def _log_gamma(argument: Expr) -> Expr:
    """``loggamma(y + c) = (y + c - 1/2) log(y) - y`` up to what stays bounded."""
    if Y not in argument.free_symbols:
        return loggamma(argument)
    offset = argument - Y
    if Y in offset.free_symbols:
        raise Undecided(f"the growth of loggamma({argument}) is not known")
    return (Y + offset - S.Half) * log(Y) - Y


def _logarithmic(body: Expr) -> Expr:
    """Scores in the shape of a law hold ``digamma(a + r)``, which grows like ``log(a)``."""
    return body.replace(
        lambda e: isinstance(e, polygamma) and e.args[0] == 0 and len(e.args[1].free_symbols) > 1,
        lambda e: log(e.args[1]),
    )
