"""The algebra of integrand pieces: sums of coefficient * a^p log(a)^j exp(r a + q a^2) * cos or sin(w a).

Trigonometric factors stay real here (products become sums of angles), so that no real answer has
to be recovered from a complex one by ``re``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sympy import Expr, Rational, S

from derive.errors import NoClosedForm

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
Terms = dict[Shape, Expr]

_HALF = Rational(1, 2)


def constant(value: Expr) -> Terms:
    """A sum that does not depend on the variable."""
    return {} if value == 0 else {ONE: value}


def gather(pairs: Iterable[tuple[Shape, Expr]]) -> Terms:
    """The sum with equal shapes merged and vanished ones dropped."""
    total: dict[Shape, list[Expr]] = {}
    for shape, coefficient in pairs:
        total.setdefault(shape, []).append(coefficient)
    sums = {shape: sum(parts[1:], parts[0]) for shape, parts in total.items()}
    return {shape: value for shape, value in sums.items() if value != 0}


def scaled(terms: Terms, factor: Expr) -> Iterable[tuple[Shape, Expr]]:
    """The pieces with each coefficient multiplied."""
    return ((shape, factor * coefficient) for shape, coefficient in terms.items())


def multiply(one: Terms, two: Terms) -> Terms:
    """The product, expanded; raises ``NoClosedForm`` where it has too many pieces."""
    if len(one) * len(two) > MOST_PIECES:
        raise NoClosedForm(f"the integrand expands to more than {MOST_PIECES} pieces")
    return gather(
        (shape, left * right * factor)
        for first, left in one.items()
        for second, right in two.items()
        for shape, factor in _product(first, second)
    )


def power(terms: Terms, exponent: int) -> Terms:
    """A nonnegative integer power, expanded."""
    made = {ONE: S.One}
    for _ in range(exponent):
        made = multiply(made, terms)
    return made


def _product(one: Shape, two: Shape) -> tuple[tuple[Shape, Expr], ...]:
    base = (one.power + two.power, one.logs + two.logs, one.rate + two.rate, one.square + two.square)
    if one.frequency == 0 or two.frequency == 0:
        wave = one if two.frequency == 0 else two
        return ((Shape(*base, wave.frequency, wave.sine), S.One),)
    total, difference = one.frequency + two.frequency, one.frequency - two.frequency
    if one.sine == two.sine:
        sign = -_HALF if one.sine else _HALF
        return (*_wave(base, difference, False, _HALF), *_wave(base, total, False, sign))
    skew = difference if one.sine else -difference
    return (*_wave(base, total, True, _HALF), *_wave(base, skew, True, _HALF))


def _wave(
    base: tuple[Expr, int, Expr, Expr], frequency: Expr, sine: bool, factor: Expr
) -> tuple[tuple[Shape, Expr], ...]:
    """One cosine or sine with its frequency made positive in form."""
    if frequency == 0:
        return () if sine else ((Shape(*base), factor),)
    if frequency.could_extract_minus_sign():
        return ((Shape(*base, -frequency, sine), -factor if sine else factor),)
    return ((Shape(*base, frequency, sine), factor),)


def wave(frequency: Expr, sine: bool) -> Terms:
    """``sin(frequency*a)`` or ``cos(frequency*a)`` as a sum."""
    return dict(_wave((S.Zero, 0, S.Zero, S.Zero), frequency, sine, S.One))
