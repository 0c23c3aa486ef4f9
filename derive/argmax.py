"""The index of the largest of several numbers, as a term: what Gumbel-max takes of log-probabilities."""

from __future__ import annotations

from typing import Any

from sympy import And, Expr, Function, Ge, Piecewise, S


class ArgMax(Function):
    """``ArgMax(x0, x1, ...)``: the index 0, 1, ... of the largest argument, the first of equals.

    Nothing evaluates it but ``by_comparisons``; where two arguments are equal it jumps.
    """

    is_real = True
    is_extended_real = True

    @classmethod
    def eval(cls, *_: Any) -> None:
        return None

    def fdiff(self, _: int = 1) -> Expr:
        """Zero almost everywhere: a step function."""
        return S.Zero


def by_comparisons(term: Expr) -> Expr:
    """The term with its (at most one) argmax written as a ``Piecewise`` of comparisons."""
    found = sorted(term.atoms(ArgMax), key=str)
    if not found:
        return term
    (node,) = found
    branches = []
    for k, one in enumerate(node.args[:-1]):
        first = And(*(Ge(one, other) for j, other in enumerate(node.args) if j != k))
        branches.append((term.xreplace({node: S(k)}), first))
    return Piecewise(*branches, (term.xreplace({node: S(len(node.args) - 1)}), True))
