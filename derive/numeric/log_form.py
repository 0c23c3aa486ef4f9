"""Products by their logarithms: ``x**9999*exp(-x)/gamma(10000)`` is a number, none of its factors is."""

from __future__ import annotations

from functools import lru_cache

from sympy import Abs, Add, Expr, Integer, Mul, Pow, S, exp, gamma, log, loggamma, sign, sqrt


def log_size(factor: Expr) -> Expr:
    """``log|factor|``, with exponentials, powers and gamma functions taken apart."""
    if isinstance(factor, exp):
        return factor.args[0]
    if isinstance(factor, gamma):
        return loggamma(factor.args[0])
    if isinstance(factor, Pow):
        return factor.exp * log_size(factor.base)
    return log(Abs(factor))


def _sign(factor: Expr) -> Expr:
    """The sign of a real factor; not a number for a fractional power of a negative base."""
    if isinstance(factor, (exp, gamma)) or factor.is_positive:
        return S.One
    if isinstance(factor, Pow):
        if isinstance(factor.exp, Integer):
            return S.One if factor.exp % 2 == 0 else _sign(factor.base)
        return sqrt(_sign(factor.base))
    return sign(factor)


@lru_cache(maxsize=512)
def log_form(product: Mul) -> tuple[Expr, tuple[Expr, ...]]:
    """``log|product|`` as one sum, and the signs whose product is that of ``product``.

    Where one factor overflows and another underflows the sum is still a number. Requires that
    gamma functions have positive arguments.
    """
    signs = tuple(s for s in map(_sign, product.args) if s != 1)
    return Add(*map(log_size, product.args), evaluate=False), signs
