"""Derivatives as autograd takes them, in SymPy: what an estimator's statistic is made of."""

from __future__ import annotations

from sympy import DiracDelta, Expr, S, Symbol


def slope(expr: Expr, symbol: Symbol) -> Expr:
    """The derivative almost everywhere: a step has slope zero, as in Torch, and no delta at its jump."""
    found = expr.diff(symbol)
    return found.replace(lambda node: isinstance(node, DiracDelta), lambda node: S.Zero)
