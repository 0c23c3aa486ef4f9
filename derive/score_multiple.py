"""Is an expression a constant times the score? What E[score] = 0 then makes of it is nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Integer, Symbol, cancel

from .normal_form import is_zero

# Larger quotients are not cancelled: that may take seconds, and entropies have the factors -1 and 1.
_MOST_OPERATIONS = 120


def multiple_of(expr: Expr, score: Expr, samples: Sequence[Symbol]) -> Expr | None:
    """The ``c``, free of the samples, with ``expr = c * score``; None where none is found."""
    if expr == 0 or score == 0:
        return None
    for c in (Integer(-1), Integer(1)):
        if is_zero(expr - c * score):
            return c
    quotient = expr / score
    if quotient.count_ops() > _MOST_OPERATIONS:
        return None
    found = cancel(quotient)
    if found.free_symbols & set(samples) or not is_zero(expr - found * score):
        return None
    return found
