"""Expectations over independent draws as sums of products, each factor by itself.

For draws that lead to no standard noise, such as a gamma variable beside a normal one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan

from sympy import Add, Expr, Mul, expand

from checks.estimator import Draw
from derive.errors import NoClosedForm
from derive.numeric.estimate import Estimate

# More terms, or operations before they are multiplied out, take seconds.
MOST_TERMS = 200
MOST_OPERATIONS = 400


def separated(body: Expr, draws: Sequence[Draw], one: Callable[[Expr, Draw], Estimate]) -> Estimate:
    """``E[body]`` over independent ``draws``; ``one(factor, draw)`` is the expectation of a factor.

    Raises ``NoClosedForm`` where a factor depends on two of the draws.
    """
    if body.count_ops() > MOST_OPERATIONS:
        raise NoClosedForm("it is too large to be expanded into products of functions of one draw")
    terms = Add.make_args(expand(body, log=False))
    if len(terms) > MOST_TERMS:
        raise NoClosedForm(f"it has more than {MOST_TERMS} terms")
    total = Estimate(0.0, 0.0)
    for term in terms:
        total = total + _product(term, draws, one)
    return total


def _product(term: Expr, draws: Sequence[Draw], one: Callable[[Expr, Draw], Estimate]) -> Estimate:
    value, error = 1.0, 0.0
    for factor in _gathered(term, draws):
        found = one(*factor)
        error = abs(value) * found.error + abs(found.value) * error + error * found.error
        value *= found.value
    return Estimate(value, error) if value == value else Estimate(nan, inf)


def _gathered(term: Expr, draws: Sequence[Draw]) -> list[tuple[Expr, Draw]]:
    """The factors of a term by the draw that they depend on; constants go with the first."""
    found: list[list[Expr]] = [[] for _ in draws]
    for factor in Mul.make_args(term):
        met = [i for i, draw in enumerate(draws) if factor.free_symbols & set(draw.variables)]
        if len(met) > 1:
            raise NoClosedForm(f"'{factor}' depends on two independent draws")
        found[met[0] if met else 0].append(factor)
    return [(Mul(*factors), draw) for factors, draw in zip(found, draws, strict=True)]
