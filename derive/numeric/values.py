"""Values as exact fractions while they are fractions, and as complex balls from then on."""

from __future__ import annotations

from flint import acb, fmpq
from sympy import Rational

from .functions import NAN

# Fractions stay exact, so that a tie such as Heaviside(mu - 1/3) at mu = 1/3 is seen as one.
Value = fmpq | acb
# Numerators and denominators beyond this many bits become balls: exactness is then not worth its cost.
_EXACT_BITS = 4096

_ZERO = fmpq(0)


def fraction(number: Rational) -> fmpq:
    """The same number as python-flint's exact fraction."""
    return fmpq(int(number.p), int(number.q))


def as_ball(value: Value) -> acb:
    return acb(value) if isinstance(value, fmpq) else value


def hull(values: list[Value]) -> acb:
    """A ball that holds all of the values."""
    first, *rest = map(as_ball, values)
    for ball in rest:
        first = first.union(ball)
    return first


def integer_power(base: Value, exponent: int) -> Value:
    """``base**exponent``; not finite at a pole."""
    if isinstance(base, acb):
        return base**exponent
    if base == 0 and exponent < 0:
        return NAN
    if base.height_bits() * abs(exponent) > _EXACT_BITS:
        return acb(base) ** exponent
    return base**exponent


def compare(left: Value, right: Value) -> int | None:
    """The sign of ``left - right`` for real values, infinite ones too; ``None`` where balls overlap."""
    if isinstance(left, fmpq) and isinstance(right, fmpq):
        return (left > right) - (left < right)
    one, two = as_ball(left), as_ball(right)
    if not (one.imag.contains(0) and two.imag.contains(0)):
        return None
    if one.real < two.real:
        return -1
    if one.real > two.real:
        return 1
    return 0 if (one.real - two.real).is_zero() else None


def sign_of(value: Value) -> int | None:
    """The sign of a real value, ``None`` where its ball holds 0 (or it is not real)."""
    return compare(value, _ZERO)
