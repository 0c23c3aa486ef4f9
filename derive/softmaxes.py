"""Quotients that are bounded whatever their variables are: ``exp(u_i)/sum_j c_j exp(u_j)`` and powers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

from sympy import Add, Dummy, Expr, Mul, Pow, S, Symbol, exp, expand

# Sums of more exponentials, and higher powers of them, are left as they stand.
_MOST_TERMS, _MOST_POWER = 4, 3


def without_softmaxes(body: Expr, variables: Sequence[Symbol]) -> tuple[Expr, tuple[Dummy, ...]]:
    """``body`` with each bounded quotient replaced by a symbol of its own, of which it is a multiple.

    ``exp(U)/D**n`` with ``D = sum_i c_i exp(u_i)``, all ``c_i`` positive and free of the variables, is at
    most ``1/(c_i ... c_j)`` where ``U = u_i + ... + u_j`` for some n of them. The symbols differ, so that
    nothing cancels that did not before.
    """
    found: list[Dummy] = []

    def replaced(node: Expr) -> Expr:
        if node.is_Add:
            return Add(*map(replaced, node.args))
        if not isinstance(node, (Mul, Pow)):
            return node
        return _without_quotients(node, set(variables), found)

    return replaced(body), tuple(found)


def _without_quotients(node: Expr, variables: set[Symbol], found: list[Dummy]) -> Expr:
    factors = list(Mul.make_args(node))
    exponent = Add(*(f.args[0] for f in factors if isinstance(f, exp)))
    rest = [f for f in factors if not isinstance(f, exp)]
    for i, factor in enumerate(rest):
        if _bounds(factor, exponent, variables):
            found.append(Dummy("bounded", positive=True))
            rest[i], exponent = found[-1], S.Zero
        elif factor.is_Add:
            rest[i] = Add(*(_without_quotients(term, variables, found) for term in factor.args))
    return Mul(exp(exponent), *rest)


def _bounds(factor: Expr, exponent: Expr, variables: set[Symbol]) -> bool:
    """Whether ``exp(exponent) * factor`` is bounded for being a product of softmaxes."""
    if not (isinstance(factor, Pow) and factor.exp.is_Integer and -_MOST_POWER <= factor.exp < 0):
        return False
    terms = [_as_exponential(term) for term in Add.make_args(factor.base)]
    if len(terms) > _MOST_TERMS or any(
        c.is_positive is not True or c.free_symbols & variables for c, _ in terms
    ):
        return False
    chosen = combinations_with_replacement([u for _, u in terms], -int(factor.exp))
    return any(expand(Add(*some) - exponent) == 0 for some in chosen)


def _as_exponential(term: Expr) -> tuple[Expr, Expr]:
    """``(c, u)`` of ``c exp(u)``."""
    factors = Mul.make_args(term)
    exponent = Add(*(f.args[0] for f in factors if isinstance(f, exp)))
    return Mul(*(f for f in factors if not isinstance(f, exp))), exponent
