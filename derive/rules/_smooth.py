"""Where a function of the parameter is differentiable: judged by its bends and jumps."""

from __future__ import annotations

from sympy import Expr, Symbol
from sympy.core.function import AppliedUndef

from derive.cells import switches
from derive.context import Context
from derive.step import Condition


def differentiable(body: Expr, wrt: Symbol, context: Context) -> Condition:
    """That ``body`` is differentiable in ``wrt`` at the point for almost every sample.

    A bend whose place moves is passed on a null set of samples only; a bend in the parameter
    alone must not lie at the point.
    """
    statement = f"{body} is differentiable in {wrt}"
    if any(wrt in f.free_symbols for f in body.atoms(AppliedUndef)):
        return Condition(statement, "assumed")
    bends = switches(body, wrt)
    fixed = [
        s
        for s in bends
        if not s.free_symbols & {*context.expectation.family.samples, *context.expectation.family.noise}
    ]
    for bend in fixed:
        if bend.subs(context.point) == 0:
            return Condition(statement, "failed", f"it bends where {bend} = 0, which is the point")
    return Condition(statement, "proved", "a composition of differentiable functions off its bends")
