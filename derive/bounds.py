"""What a text may blow up into, refused before it is built: ``9**9**9`` must answer at once.

SymPy evaluates exact numbers eagerly, in powers and, through ``exp(n*log(x)) = x**n``, in exponentials too.
The bounds are those of the double in which Torch evaluates the same expression later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sympy import Expr, Rational

MAX_DIGITS = 400  # a double spans 308 decimal orders; more digits than this are a mistake
MAX_BITS = 100_000  # of an exact power: (1 + 1e-9)**(10**9) is near e, and has gigabytes of digits
MAX_EXPONENT = 1e300


class TooLarge(ArithmeticError):
    """An exact number would be too large to be worked with."""


def refuse_digits(text: str) -> None:
    """Refuse a literal whose digits or exponent are out of every double's reach."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or len(exponent) > 5 or abs(int(exponent or 0)) > MAX_DIGITS:
        raise TooLarge("this number is outside the range of a double")


def checked(value: Expr) -> Expr:
    """``value``, unless its rational coefficient is outside the range of a double."""
    coefficient, _ = value.as_coeff_Mul()
    if isinstance(coefficient, Rational) and coefficient != 0:
        size = coefficient.p.bit_length() - coefficient.q.bit_length()
        if abs(size) > math.log2(MAX_EXPONENT) or coefficient.p.bit_length() > MAX_BITS:
            raise TooLarge("this number is outside the range of a double")
    return value


def refuse_power(base: Expr, exponent: Expr) -> None:
    """Refuse a power whose exact numbers could have more than ``MAX_BITS`` bits, now or when combined."""
    largest = max((abs(r) for r in exponent.atoms(Rational)), default=1)
    if largest * max(_bits(base), _bits(exponent)) > MAX_BITS:
        raise TooLarge("this power is too large")
    if not base.free_symbols and not exponent.free_symbols:
        below, above = _float(base), _float(exponent)
        if below and above and abs(above * math.log(abs(below))) > math.log(MAX_EXPONENT):
            raise TooLarge("this power is outside the range of a double")


def refuse_call(name: str, arguments: Sequence[Expr]) -> None:
    """Refuse exponentials outside the range of a double, and those that would turn into huge powers."""
    (argument, *_) = arguments
    if name in ("exp", "expm1", "sinh", "cosh", "sigmoid", "softplus"):
        refuse_power(Rational(2), argument)
        if not argument.free_symbols and abs(_float(argument)) > math.log(MAX_EXPONENT):
            raise TooLarge("this exponential is outside the range of a double")


def _bits(expr: Expr) -> int:
    return max((max(r.p.bit_length(), r.q.bit_length()) for r in expr.atoms(Rational)), default=1)


def _float(expr: Expr) -> float:
    """The nearest double of a constant whose parts were all checked before; 0 where it is not real."""
    try:
        return float(expr)
    except (TypeError, OverflowError):
        return 0.0
