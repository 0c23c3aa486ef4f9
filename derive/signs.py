"""Ranges of expressions: what sign an expression provably has, given ranges for its symbols.

A tiny interval calculus with exact rational (or infinite) ends. It answers only what it can
prove; everything else gets the range of all reals. SymPy's assumptions cannot express
``0 < b < 1``, which the transports of bounded families need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sympy import (
    Abs,
    Add,
    Expr,
    Integer,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    S,
    Symbol,
    cos,
    erf,
    exp,
    gamma,
    log,
    sin,
    tanh,
)


class Range(NamedTuple):
    """All reals from ``lower`` to ``upper``; a closed end may be attained."""

    lower: Expr
    upper: Expr
    closed_lower: bool = False
    closed_upper: bool = False

    @property
    def positive(self) -> bool:
        return bool(self.lower > 0) or (self.lower == 0 and not self.closed_lower)

    @property
    def negative(self) -> bool:
        return bool(self.upper < 0) or (self.upper == 0 and not self.closed_upper)

    @property
    def nonnegative(self) -> bool:
        return bool(self.lower >= 0)


Ranges = Mapping[Symbol, Range]

ALL = Range(S.NegativeInfinity, S.Infinity)
POSITIVE = Range(S.Zero, S.Infinity)
NONNEGATIVE = Range(S.Zero, S.Infinity, closed_lower=True)
NEGATIVE = Range(S.NegativeInfinity, S.Zero)
UNIT = Range(S.Zero, S.One)
ABOVE_ONE = Range(S.One, S.Infinity)


def positive(expr: Expr, ranges: Ranges) -> bool:
    """Whether ``expr > 0`` is proved everywhere on ``ranges``; False means only: not proved."""
    return bool(expr.is_positive) or range_of(expr, ranges).positive


def negative(expr: Expr, ranges: Ranges) -> bool:
    """Whether ``expr < 0`` is proved everywhere on ``ranges``; False means only: not proved."""
    return bool(expr.is_negative) or range_of(expr, ranges).negative


def range_of(expr: Expr, ranges: Ranges) -> Range:
    """A range that provably holds every value of ``expr``."""
    if expr.is_Rational:
        return Range(expr, expr, True, True)
    if isinstance(expr, Symbol):
        return ranges.get(expr) or _assumed(expr)
    if expr.is_number:
        return _assumed(expr)
    rule = _RULES.get(expr.func)
    return rule(expr, ranges) if rule else _assumed(expr)


def _assumed(expr: Expr) -> Range:
    """What SymPy's assumptions alone say of the sign."""
    if expr.is_positive:
        return POSITIVE
    if expr.is_negative:
        return NEGATIVE
    return NONNEGATIVE if expr.is_nonnegative else ALL


def _add(expr: Expr, ranges: Ranges) -> Range:
    parts = [range_of(t, ranges) for t in expr.args]
    lower = _total([p.lower for p in parts], S.NegativeInfinity)
    upper = _total([p.upper for p in parts], S.Infinity)
    return Range(lower, upper, all(p.closed_lower for p in parts), all(p.closed_upper for p in parts))


def _total(ends: list[Expr], infinite: Expr) -> Expr:
    return infinite if infinite in ends else Add(*ends)


def _mul(expr: Expr, ranges: Ranges) -> Range:
    made = Range(S.One, S.One, True, True)
    for factor in expr.args:
        made = _times(made, range_of(factor, ranges))
    return made


def _times(one: Range, two: Range) -> Range:
    ends = [
        _end(x, cx, y, cy)
        for x, cx in ((one.lower, one.closed_lower), (one.upper, one.closed_upper))
        for y, cy in ((two.lower, two.closed_lower), (two.upper, two.closed_upper))
    ]
    low, high = min(v for v, _ in ends), max(v for v, _ in ends)
    return Range(low, high, any(c for v, c in ends if v == low), any(c for v, c in ends if v == high))


def _end(x: Expr, closed_x: bool, y: Expr, closed_y: bool) -> tuple[Expr, bool]:
    """A corner of the product; zero is attained as soon as one factor attains it."""
    if x == 0 or y == 0:
        return S.Zero, (x == 0 and closed_x) or (y == 0 and closed_y)
    return x * y, closed_x and closed_y


def _pow(expr: Expr, ranges: Ranges) -> Range:
    base, exponent = expr.as_base_exp()
    of_base, of_exponent = range_of(base, ranges), range_of(exponent, ranges)
    if of_base.positive:
        return _positive_power(of_base, of_exponent)
    if isinstance(exponent, Integer):
        return _integer_power(of_base, int(exponent))
    if of_base.nonnegative:
        return NONNEGATIVE if of_exponent.positive else ALL
    return ALL


def _positive_power(base: Range, exponent: Range) -> Range:
    small, large = base.upper <= 1 and not base.closed_upper, base.lower >= 1 and not base.closed_lower
    if (small and exponent.positive) or (large and exponent.negative):
        return UNIT
    if (large and exponent.positive) or (small and exponent.negative):
        return ABOVE_ONE
    return POSITIVE


def _integer_power(base: Range, exponent: int) -> Range:
    if exponent % 2 == 0:
        return POSITIVE if base.negative else NONNEGATIVE if exponent > 0 else ALL
    return NEGATIVE if base.negative else ALL


def _exp(expr: Expr, ranges: Ranges) -> Range:
    of = range_of(expr.args[0], ranges)
    return UNIT if of.negative else ABOVE_ONE if of.positive else POSITIVE


def _log(expr: Expr, ranges: Ranges) -> Range:
    of = range_of(expr.args[0], ranges)
    if of.positive and of.upper <= 1 and not of.closed_upper:
        return NEGATIVE
    return POSITIVE if of.lower >= 1 and not of.closed_lower else ALL


def _abs(expr: Expr, ranges: Ranges) -> Range:
    of = range_of(expr.args[0], ranges)
    return POSITIVE if of.positive or of.negative else NONNEGATIVE


def _max(expr: Expr, ranges: Ranges) -> Range:
    parts = [range_of(t, ranges) for t in expr.args]
    if any(p.positive for p in parts):
        return POSITIVE
    return NONNEGATIVE if any(p.nonnegative for p in parts) else ALL


def _min(expr: Expr, ranges: Ranges) -> Range:
    parts = [range_of(t, ranges) for t in expr.args]
    return POSITIVE if all(p.positive for p in parts) else ALL


def _gamma(expr: Expr, ranges: Ranges) -> Range:
    return POSITIVE if range_of(expr.args[0], ranges).positive else ALL


def _between(low: int, high: int, closed: bool) -> Callable[[Expr, Ranges], Range]:
    return lambda expr, ranges: Range(Rational(low), Rational(high), closed, closed)


_RULES: dict[type, Callable[[Expr, Ranges], Range]] = {
    Add: _add, Mul: _mul, Pow: _pow, exp: _exp, log: _log, Abs: _abs, Max: _max, Min: _min, gamma: _gamma,
    sin: _between(-1, 1, True), cos: _between(-1, 1, True),
    tanh: _between(-1, 1, False), erf: _between(-1, 1, False),
}  # fmt: skip
