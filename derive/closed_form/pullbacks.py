"""Laws that are images of the normal law, and what an integrand becomes when it is pulled back to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr, S, Symbol, exp, log, oo

from derive.terms import Law


@dataclass(frozen=True, slots=True)
class Pullback:
    """``a = image(x)`` with ``x`` normal with the law's own parameters; ``inverse`` maps the cell's ends."""

    image: Callable[[Expr], Expr]
    inverse: Callable[[Expr], Expr]

    def law(self, law: Law) -> Law:
        return Law("normal", *law.parameters)


def _logit(end: Expr) -> Expr:
    return -oo if end == 0 else oo if end == 1 else log(end / (1 - end))


def _log(end: Expr) -> Expr:
    return -oo if end == 0 else oo if end is S.Infinity else log(end)


PULLBACKS: dict[str, Pullback] = {
    "logit_normal": Pullback(lambda x: 1 / (1 + exp(-x)), _logit),
    "lognormal": Pullback(exp, _log),
}


def pulled_back(body: Expr, a: Symbol, x: Symbol, pullback: Pullback) -> Expr:
    """``body`` at ``a = image(x)``; SymPy itself makes log(exp(x)) x."""
    return body.xreplace({a: pullback.image(x)})
