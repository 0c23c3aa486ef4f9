"""The algebra of integrand pieces: sums of coefficient * a^p log(a)^j exp(r a + q a^2) * cos or sin(w a).

Trigonometric factors stay real here (products become sums of angles), so that no real answer has
to be recovered from a complex one by ``re``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flint import fmpq
from sympy import Expr, S

from . import algebra
from .algebra import Element

# A sum longer than this is refused: the statistics of this project have at most some dozens of pieces.
MOST_PIECES = 600


class Shape(NamedTuple):
    """``a**power * log(a)**logs * exp(rate*a + square*a**2) * (sin if sine else cos)(frequency*a)``."""

    power: Expr = S.Zero
    logs: int = 0
    rate: Expr = S.Zero
    square: Expr = S.Zero
    frequency: Expr = S.Zero
    sine: bool = False


ONE = Shape()
Terms = dict[Shape, Element]

_HALF = fmpq(1, 2)


def constant(value: Element) -> Terms:
    """A sum that does not depend on the variable."""
    return {ONE: value} if value else {}


def gather(pairs: Iterable[tuple[Shape, Element]]) -> Terms:
    """The sum with equal shapes merged and vanished ones dropped."""
    grouped: dict[Shape, list[Element]] = {}
    for shape, coefficient in pairs:
        grouped.setdefault(shape, []).append(coefficient)
    sums = {s: parts[0] if len(parts) == 1 else algebra.total(parts) for s, parts in grouped.items()}
    return {shape: value for shape, value in sums.items() if value}


def scaled(terms: Terms, factor: Element) -> Iterable[tuple[Shape, Element]]:
    """The pieces with each coefficient multiplied."""
    return ((shape, algebra.product(factor, coefficient)) for shape, coefficient in terms.items())


def multiply(one: Terms, two: Terms) -> Terms:
    """The product, expanded; raises ``TooLarge`` where it has too many pieces."""
    if len(one) * len(two) > MOST_PIECES:
        raise algebra.TooLarge(f"the integrand expands to more than {MOST_PIECES} pieces")
    return gather(_products(one, two))


def _products(one: Terms, two: Terms) -> Iterable[tuple[Shape, Element]]:
    for first, left in one.items():
        for second, right in two.items():
            both = algebra.product(left, right)
            for shape, factor in _product(first, second):
                yield shape, both if factor == 1 else algebra.scaled(both, factor)


def power(terms: Terms, exponent: int) -> Terms:
    """A nonnegative integer power, expanded."""
    made: Terms = {ONE: algebra.ONE}
    for _ in range(exponent):
        made = multiply(made, terms)
    return made


def _product(one: Shape, two: Shape) -> tuple[tuple[Shape, fmpq], ...]:
    base = (one.power + two.power, one.logs + two.logs, one.rate + two.rate, one.square + two.square)
    if one.frequency == 0 or two.frequency == 0:
        wave = one if two.frequency == 0 else two
        return ((Shape(*base, wave.frequency, wave.sine), fmpq(1)),)
    total, difference = one.frequency + two.frequency, one.frequency - two.frequency
    if one.sine == two.sine:
        sign = -_HALF if one.sine else _HALF
        return (*_wave(base, difference, False, _HALF), *_wave(base, total, False, sign))
    skew = difference if one.sine else -difference
    return (*_wave(base, total, True, _HALF), *_wave(base, skew, True, _HALF))


def _wave(
    base: tuple[Expr, int, Expr, Expr], frequency: Expr, sine: bool, factor: fmpq
) -> tuple[tuple[Shape, fmpq], ...]:
    """One cosine or sine with its frequency made positive in form."""
    if frequency == 0:
        return () if sine else ((Shape(*base), factor),)
    if frequency.could_extract_minus_sign():
        return ((Shape(*base, -frequency, sine), -factor if sine else factor),)
    return ((Shape(*base, frequency, sine), factor),)


def wave(frequency: Expr, sine: bool) -> Terms:
    """``sin(frequency*a)`` or ``cos(frequency*a)`` as a sum."""
    found = _wave((S.Zero, 0, S.Zero, S.Zero), frequency, sine, fmpq(1))
    return {shape: algebra.rational(factor) for shape, factor in found}
