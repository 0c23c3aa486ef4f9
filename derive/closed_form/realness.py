"""Real and imaginary parts by structure: conjugate pairs, never ``re`` or ``im``.

All symbols are real. A function of a complex argument is split by F(conj z) = conj F(z), so its
parts are (F(z) + F(conj z))/2 and (F(z) - F(conj z))/(2i): real numbers written with i.
"""

from __future__ import annotations

from sympy import Expr, I, Integer, S, cos, erf, erfi, exp, sin

Parts = tuple[Expr, Expr]


def parts(expr: Expr) -> Parts:
    """``(real part, imaginary part)`` of an expression in real symbols and ``I``."""
    if not expr.has(I):
        return expr, S.Zero
    if expr is I:
        return S.Zero, S.One
    if expr.is_Add:
        pairs = [parts(a) for a in expr.args]
        return sum((p[0] for p in pairs), S.Zero), sum((p[1] for p in pairs), S.Zero)
    if expr.is_Mul:
        made: Parts = (S.One, S.Zero)
        for factor in expr.args:
            made = _times(made, parts(factor))
        return made
    if isinstance(expr, exp):
        real, imaginary = parts(expr.args[0])
        return exp(real) * cos(imaginary), exp(real) * sin(imaginary)
    if isinstance(expr, erf) and parts(expr.args[0])[0] == 0:
        return S.Zero, erfi(parts(expr.args[0])[1])
    if expr.is_Pow and isinstance(expr.exp, Integer):
        return _integer_power(parts(expr.base), int(expr.exp))
    return _conjugate_pair(expr)


def _times(one: Parts, two: Parts) -> Parts:
    return one[0] * two[0] - one[1] * two[1], one[0] * two[1] + one[1] * two[0]


def _integer_power(base: Parts, exponent: int) -> Parts:
    made: Parts = (S.One, S.Zero)
    for _ in range(abs(exponent)):
        made = _times(made, base)
    if exponent > 0:
        return made
    size = (base[0] ** 2 + base[1] ** 2) ** -exponent
    return made[0] / size, -made[1] / size


def _conjugate_pair(expr: Expr) -> Parts:
    other = expr.xreplace({I: -I})
    return (expr + other) / 2, (expr - other) / (2 * I)
