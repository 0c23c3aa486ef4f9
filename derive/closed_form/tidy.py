"""A cheap normal form for closed forms: rational coefficients of distinct transcendental products.

Terms with the same product of exponentials, error functions and roots are merged and their
coefficients multiplied out. Bounded in size; never ``simplify``.
"""

from __future__ import annotations

from sympy import Add, Expr, Mul, S, exp

from .laurent import is_rational, multiplied_out
from .shapes import MOST_PIECES

Spread = dict[Expr, Expr]


def tidy(expr: Expr) -> Expr:
    """The same value, collected; the input itself where collecting would blow it up."""
    try:
        groups = _spread(expr)
    except _TooLarge:
        return expr
    return Add(*(multiplied_out(coefficient) * product for product, coefficient in groups.items()))


class _TooLarge(Exception):
    """Collecting would take more pieces than it is worth."""


def _spread(expr: Expr) -> Spread:
    """``expr`` as a sum of coefficients (rational) times products (not)."""
    if is_rational(expr):
        return {S.One: expr}
    if expr.is_Add:
        return _merge([item for part in expr.args for item in _spread(part).items()])
    if expr.is_Mul:
        made: Spread = {S.One: S.One}
        for factor in expr.args:
            made = _times(made, _spread(factor))
        return made
    if expr.is_Pow and expr.exp.is_Integer and expr.exp > 0 and expr.base.is_Add:
        made = {S.One: S.One}
        base = _spread(expr.base)
        for _ in range(int(expr.exp)):
            made = _times(made, base)
        return made
    return {expr: S.One}


def _times(one: Spread, two: Spread) -> Spread:
    if len(one) * len(two) > MOST_PIECES:
        raise _TooLarge
    pairs: list[tuple[Expr, Expr]] = []
    for left, a in one.items():
        for right, b in two.items():
            number, product = _joined(left * right).as_coeff_Mul(rational=True)
            pairs.append((product, number * a * b))
    return _merge(pairs)


def _joined(product: Expr) -> Expr:
    """One exponential in place of several, so that ``exp(x + y)*exp(-y)`` is ``exp(x)``."""
    exponents = [f.args[0] for f in Mul.make_args(product) if isinstance(f, exp)]
    if len(exponents) < 2:
        return product
    rest = Mul(*(f for f in Mul.make_args(product) if not isinstance(f, exp)))
    return rest * exp(Add(*exponents))


def _merge(pairs: list[tuple[Expr, Expr]]) -> Spread:
    grouped: dict[Expr, list[Expr]] = {}
    for product, coefficient in pairs:
        grouped.setdefault(product, []).append(coefficient)
    return {product: Add(*parts) for product, parts in grouped.items()}
