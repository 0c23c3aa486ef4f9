"""Rigorous values of closed forms at exact rational points.

A ball is an interval proved to hold the value (Arb, in python-flint). It certifies a *point*,
never an identity. Source: Johansson, Arb: efficient arbitrary-precision midpoint-radius interval
arithmetic, IEEE Trans. Comput. 66 (2017).
"""

from __future__ import annotations

from collections.abc import Mapping

from flint import acb, arb, ctx
from sympy import Basic, Rational, Symbol

from derive.errors import Undecided

from .compiled import compile_ball as compile_ball
from .evaluator import Evaluator

# Precisions tried in turn. Cancellation beyond 2000 bits is a removable singularity in all our forms.
PRECISIONS = (128, 256, 512, 1024, 2048)
# 2**-84 < 1e-25, the relative radius at which values are compared and printed.
ACCURACY_BITS = 84
# A ball about 0 never has a relative accuracy; below this radius it is reported as it stands.
_TINY = arb("1e-100")

Point = Mapping[Symbol, Rational]


def ball(expr: Basic, point: Point, bits: int = 128) -> acb:
    """The complex ball of ``expr`` at ``point``, computed with ``bits`` bits.

    It is wide where ``bits`` do not decide a condition, and not finite at a singularity, removable
    ones included. Raises ``Undecided`` for unknown functions and symbols without a value.
    """
    with ctx.workprec(bits):
        return Evaluator(point).ball(expr)


def real(expr: Basic, point: Point, accuracy: int = ACCURACY_BITS) -> arb:
    """The real ball of ``expr``, with ``accuracy`` correct bits or a radius below 1e-100.

    Precision is raised up to 2048 bits. Raises ``Undecided`` where that does not suffice (a
    removable singularity, a tie that is not an exact one) and where the value is not real.
    """
    found = acb("nan")
    for bits in PRECISIONS:
        found = ball(expr, point, bits)
        if not found.is_finite():
            continue
        if not found.imag.contains(0):
            raise Undecided(f"{expr} is not real at {show(point)}: its imaginary part is {brief(found.imag)}")
        if _is_sharp(found.real, accuracy) and _is_negligible(found, accuracy):
            return found.real
    if found.is_finite() and abs(found) < _TINY:
        return found.real
    raise Undecided(
        f"{expr} has no sharp value at {show(point)}: the ball at {PRECISIONS[-1]} bits is {brief(found)}",
        "move the point: a removable singularity or a tie has no rigorous value there",
    )


def value(expr: Basic, point: Point) -> tuple[float, float]:
    """The double nearest to the centre of the ball of ``expr``, and the ball's radius.

    The radius is at most 1e-25 of the value (or 1e-100). Raises ``Undecided`` as ``real`` does, and where
    the value is beyond the range of doubles.
    """
    found = real(expr, point)
    nearest, radius = float(found.mid()), float(found.rad())
    if nearest in (float("inf"), float("-inf")):
        raise Undecided(f"{expr} is beyond the range of doubles at {show(point)}: {brief(found)}")
    return nearest + 0.0, radius  # a rounded-off negative value reads 0.0, not -0.0


def show(point: Point) -> str:
    """The point in words, as messages print it."""
    return ", ".join(f"{s} = {v}" for s, v in point.items()) or "no parameters"


def brief(found: acb | arb) -> str:
    """A ball in five digits; exponents may be longer than a line."""
    text = str(found.str(5))
    return text if len(text) < 60 else "astronomically large"


def _is_sharp(found: arb, accuracy: int) -> bool:
    return found.is_exact() or found.rel_accuracy_bits() >= accuracy


def _is_negligible(found: acb, accuracy: int) -> bool:
    """Whether what is left of an imaginary part that should vanish is as small as the radius asked for."""
    return found.imag.is_zero() or found.imag.abs_upper() * arb(2) ** accuracy <= found.real.abs_lower()
