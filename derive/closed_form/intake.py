"""SymPy expressions read into the algebra of closed forms.

A complex number is split while it is read: exp by Euler's formula, a quotient by its conjugate, and any
other function by F(conj z) = conj F(z), into (F(z) + F(conj z))/2 and (F(z) - F(conj z))/(2i),
real numbers that are written with i. Nothing is recovered by ``re`` or ``im``.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from flint import fmpq
from sympy import Expr, I, Integer, Mul, Rational, S, cos, erf, erfi, exp, factorint, sin

from .algebra import (
    ONE,
    Element,
    parts,
    power_of,
    product,
    rational,
    reciprocal,
    scaled,
    total,
    whole_power,
)
from .outlet import canonical_sum, express
from .quick import exponential

_HALF = fmpq(1, 2)


def real_and_imaginary(expr: Expr) -> tuple[Expr, Expr]:
    """The two real expressions of which ``expr`` is made."""
    if not expr.has(I):
        return expr, S.Zero
    real, imaginary = parts(intake(expr))
    return express(real), express(imaginary)


@lru_cache(maxsize=16384)
def intake(expr: Expr) -> Element:
    """The element that ``expr`` is. All symbols are taken to be real."""
    if expr.is_Rational:
        return rational(fmpq(int(expr.p), int(expr.q)))
    if expr.is_Symbol or expr is I:
        return power_of(expr)
    if expr.is_Add:
        return total(intake(a) for a in expr.args)
    if expr.is_Mul:
        made = ONE
        for factor in expr.args:
            made = product(made, intake(factor))
        return made
    if isinstance(expr, exp):
        return _exponential(expr.args[0])
    if expr.is_Pow:
        return _power(expr, expr.base, expr.exp)
    if expr.has(I):
        return _complex_function(expr)
    return power_of(expr)


def _exponential(exponent: Expr) -> Element:
    """``exp(c1 R1 + c2 R2)`` as powers of exp(R1) and exp(R2)."""
    made = ONE
    if exponent.has(I):
        real, imaginary = parts(intake(exponent))
        phase = express(imaginary)
        turned = total((intake(cos(phase)), product(power_of(I), intake(sin(phase)))))
        exponent, made = express(real), turned
    for term in exponent.args if exponent.is_Add else (exponent,):
        number, rest = term.as_coeff_Mul(rational=True)
        if number:
            made = product(made, power_of(exponential(rest), _exponent(number)))
    return made


def _exponent(number: Rational) -> int | Fraction:
    return int(number) if number.is_Integer else Fraction(int(number.p), int(number.q))


def _power(expr: Expr, base: Expr, exponent: Expr) -> Element:
    if isinstance(exponent, Integer):
        inner = intake(base)
        return whole_power(inner, int(exponent)) if exponent > 0 else _below(inner, -int(exponent))
    if expr.has(I):
        return _complex_function(expr)
    if isinstance(exponent, Rational):
        return _root(expr, base, _exponent(exponent))
    number, rest = exponent.as_coeff_Mul(rational=True)
    return power_of(base**rest, _exponent(number)) if base.is_positive else power_of(expr)


def _below(inner: Element, order: int) -> Element:
    """``1/inner**order``: a sum below the bar becomes a generator, made unique by its content."""
    inverse = reciprocal(inner)
    if inverse is not None:
        return whole_power(inverse, order)
    real, imaginary = parts(inner)
    if imaginary:
        size = total((product(real, real), product(imaginary, imaginary)))
        conjugate = total((real, scaled(product(power_of(I), imaginary), fmpq(-1))))
        return product(whole_power(conjugate, order), _below(size, order))
    content, primitive = canonical_sum(inner)
    return product(_below(content, order), power_of(primitive, -order))


def _root(expr: Expr, base: Expr, exponent: int | Fraction) -> Element:
    """A fractional power of a number, of a positive product, or of something else as it stands."""
    if base.is_Rational and base.is_positive:
        made = ONE
        for whole, sign in ((int(base.p), 1), (int(base.q), -1)):
            for prime, count in factorint(whole).items():
                made = product(made, power_of(Integer(prime), sign * count * exponent))
        return made
    if base.is_Mul and all(factor.is_positive for factor in base.args):
        made = ONE
        for factor in Mul.make_args(base):
            made = product(made, _root(factor**exponent, factor, exponent))
        return made
    if base.is_positive or base.is_Add:
        return power_of(base, exponent)
    return power_of(expr)


def _complex_function(expr: Expr) -> Element:
    if isinstance(expr, erf):
        real, imaginary = parts(intake(expr.args[0]))
        if not real:
            return product(power_of(I), intake(erfi(express(imaginary))))
    mirrored = expr.xreplace({I: -I})
    real_part = power_of(expr + mirrored)
    imaginary_part = power_of(I * (mirrored - expr))
    return scaled(total((real_part, product(power_of(I), imaginary_part))), _HALF)
