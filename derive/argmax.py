"""Argmax and softmax of several numbers as terms: what Gumbel-max and Gumbel-softmax take of noisy scores."""

from __future__ import annotations

from typing import Any

from sympy import Add, And, Expr, Function, Ge, Piecewise, S, exp

from .errors import Undecided


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


class Softmax(Function):
    """``Softmax(k, x0, x1, ...)``: ``exp(x_k)/sum_j exp(x_j)``, between 0 and 1, held closed.

    Its derivative in ``x_j`` is ``Softmax(k)*(delta_jk - Softmax(j))``.
    """

    is_real = True
    is_extended_real = True
    is_positive = True

    @classmethod
    def eval(cls, *_: Any) -> None:
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        k, *scores = self.args
        j = argindex - 2
        return S.Zero if j < 0 else self * (int(k == j) - Softmax(j, *scores))

    def explicit(self) -> Expr:
        """One over a sum of exponentials of differences."""
        k, *scores = self.args
        if not k.is_Integer or not 0 <= k < len(scores):
            raise Undecided(f"a softmax of {len(scores)} numbers has no part {k}")
        return 1 / Add(*(exp(other - scores[int(k)]) for other in scores))

    def _sympystr(self, printer: Any) -> str:
        k, *scores = self.args
        return f"softmax_{k}({', '.join(printer.doprint(x) for x in scores)})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        k, *scores = self.args
        inner = ", ".join(printer._print(x) for x in scores)
        made = rf"\operatorname{{softmax}}_{{{k}}}\left({inner}\right)"
        return made if exp is None else rf"{made}^{{{exp}}}"


def written_out(term: Expr) -> Expr:
    """The term with every softmax as exponentials."""
    return term.xreplace({node: node.explicit() for node in term.atoms(Softmax)})


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
