"""Where parameter expressions lie at the rational point: signs, and relations that hold near it."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, Gt, Lt, Ne, Rational, S, Symbol, expand, together
from sympy.core.relational import Relational

from derive.errors import NoClosedForm, Undecided

from .quick import greater, less

Point = Mapping[Symbol, Rational]

# Two algebraic or transcendental constants that agree to 30 digits are taken as undecided, never as ordered.
_DIGITS = 40
_ZERO = Rational(1, 10**30)


def sign_at(expr: Expr, point: Point) -> int:
    """-1, 0 or 1 at the point; raises ``Undecided`` where no real value can be told from zero."""
    if expr is S.Infinity or expr is S.NegativeInfinity:
        return 1 if expr is S.Infinity else -1
    value = expr.xreplace(dict(point)) if expr.free_symbols else expr
    if value.is_Rational:
        return int(bool(value > 0)) - int(bool(value < 0))
    if value.is_zero:
        return 0
    number = value.evalf(_DIGITS)
    if not number.is_Float or abs(number) < _ZERO:
        raise Undecided(f"the sign of {expr} at the point could not be told")
    return 1 if number > 0 else -1


def compare(one: Expr, two: Expr, point: Point) -> int:
    """The sign of ``one - two`` at the point, infinite ends included."""
    if one == two:
        return 0
    if one.is_infinite or two.is_infinite:
        return sign_at(one if one.is_infinite else -two, point)
    return sign_at(one - two, point)


def holds(relation: Relational, point: Point) -> bool:
    """Whether a strict relation (or an inequation) is true at the point."""
    order = compare(relation.lhs, relation.rhs, point)
    if isinstance(relation, Ne):
        return order != 0
    return order > 0 if isinstance(relation, Gt) else order < 0 if isinstance(relation, Lt) else False


def strict(relation: Relational, point: Point) -> Relational:
    """The relation itself, or for an inequation the side on which the point lies."""
    if not isinstance(relation, Ne):
        return relation
    order = compare(relation.lhs, relation.rhs, point)
    if order == 0:
        raise NoClosedForm(
            f"the closed form divides by zero where {relation.lhs} = {relation.rhs}",
            "choose another point with --at",
        )
    return Gt(relation.lhs, relation.rhs) if order > 0 else Lt(relation.lhs, relation.rhs)


def solved(relation: Relational) -> Relational:
    """``rate > 1/2`` for ``1/2 - rate < 0``: one symbol on the left where the relation is affine in it."""
    symbols = relation.free_symbols
    if len(symbols) != 1 or not isinstance(relation, (Gt, Lt)):
        return relation
    (symbol,) = symbols
    number, rest = (relation.lhs - relation.rhs).as_coeff_Add(rational=True)
    factor, core = rest.as_coeff_Mul(rational=True)
    if core == symbol:  # the usual case, without a search for a common denominator
        rising = isinstance(relation, Gt) == bool(factor > 0)
        return greater(symbol, -number / factor) if rising else less(symbol, -number / factor)
    above, below = together(relation.lhs - relation.rhs).as_numer_denom()
    slope = above.diff(symbol)
    if not slope.is_Rational or slope == 0 or not below.is_positive:
        return relation
    bound = expand(symbol - above / slope)
    return greater(symbol, bound) if isinstance(relation, Gt) == bool(slope > 0) else less(symbol, bound)


def said(relation: Relational, point: Point) -> str:
    """The relation with the values at which it is asked."""
    shown = solved(relation)
    values = ", ".join(f"{s} = {point[s]}" for s in sorted(shown.free_symbols, key=str) if s in point)
    return f"{shown}, but {values}" if values else str(shown)
