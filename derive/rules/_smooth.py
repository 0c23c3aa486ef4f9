"""Where a function of the parameter is differentiable: judged by its bends and jumps."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Symbol
from sympy.core.function import AppliedUndef

from derive.cells import switches
from derive.context import Context
from derive.errors import Undecided
from derive.lattice import bend_on_outcome
from derive.step import Condition
from derive.terms import Law


def differentiable(body: Expr, wrt: Symbol, context: Context) -> Condition:
    """That ``body`` is differentiable in ``wrt`` at the point for almost every sample.

    A bend whose place moves is passed on a null set of samples only, unless samples are whole numbers;
    a bend in the parameter alone must not lie at the point.
    """
    statement = f"{body} is differentiable in {wrt}"
    if any(wrt in f.free_symbols for f in body.atoms(AppliedUndef)):
        return Condition(statement, "assumed")
    family = context.expectation.family
    if family.lattice:
        return smooth_at_outcomes(body, family.law, family.samples, wrt, context)
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


def smooth_at_outcomes(
    body: Expr, law: Law, variables: Sequence[Symbol], wrt: Symbol, context: Context
) -> Condition:
    """That every term of a sum over the law is differentiable in ``wrt``: no bend lies on an outcome."""
    statement = f"every term of {body} is differentiable in {wrt}"
    try:
        met = bend_on_outcome(switches(body, wrt), law, variables, context.point)
    except Undecided as error:
        return Condition(statement, "assumed", error.message)
    if met is None:
        return Condition(statement, "proved", "no bend lies on an outcome at the point")
    bend, outcome = met
    where = ", ".join(f"{v} = {k}" for v, k in zip(variables, outcome)) or "everywhere"
    return Condition(statement, "failed", f"it bends where {bend} = 0, which at the point is {where}")
