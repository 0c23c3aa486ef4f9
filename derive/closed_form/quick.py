"""SymPy's constructors without the searches that they make each time, which decided the time of closed forms.

``exp(x + y)`` looks for logarithms and multiples of i pi in each term, ``erf`` for a factor i, and ``x < y``
for a proof of it from all assumptions: milliseconds each. What is made here is the very same expression,
but relations are settled only where the signs of single terms do it.
"""

from __future__ import annotations

from sympy import Add, Expr, Gt, I, Lt, Ne, S, erf, exp, log
from sympy.core.relational import Relational
from sympy.functions.special.error_functions import erf2inv, erfcinv, erfinv

_INFINITE = (S.Infinity, S.NegativeInfinity, S.ComplexInfinity, S.NaN)


def exponential(argument: Expr) -> Expr:
    """``exp(argument)``."""
    if argument.is_number or argument.has(log, I, *_INFINITE):
        return exp(argument)
    return exp(argument, evaluate=False)


def error_function(argument: Expr) -> Expr:
    """``erf(argument)``, odd in form as SymPy's."""
    if argument.is_number or argument.has(I, erfinv, erfcinv, erf2inv, *_INFINITE):
        return erf(argument)
    if argument.could_extract_minus_sign():
        return -erf(-argument, evaluate=False)
    return erf(argument, evaluate=False)


def less(one: Expr, two: Expr) -> Relational:
    """``one < two``, settled where both are numbers or all terms of the difference have one sign."""
    side = _side(two - one)
    if side is None:
        return Lt(one, two)
    return S.true if side > 0 else S.false if side < 0 else Lt(one, two, evaluate=False)


def greater(one: Expr, two: Expr) -> Relational:
    """``one > two``, as ``less`` settles it."""
    side = _side(one - two)
    if side is None:
        return Gt(one, two)
    return S.true if side > 0 else S.false if side < 0 else Gt(one, two, evaluate=False)


def unequal(one: Expr, two: Expr) -> Relational:
    """``one != two``, settled where both are numbers or all terms of the difference have one sign."""
    side = _side(one - two)
    if side is None:
        return Ne(one, two)
    return S.true if side else Ne(one, two, evaluate=False)


def _side(difference: Expr) -> int | None:
    """1 or -1 if all terms are positive or all negative, 0 if not; None for what SymPy settles at once."""
    if difference.is_number or difference.is_infinite or difference.has(I):
        return None
    sides = {1 if term.is_positive else -1 if term.is_negative else 0 for term in Add.make_args(difference)}
    return sides.pop() if len(sides) == 1 else 0
