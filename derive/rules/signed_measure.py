"""The derivative of a density, a signed measure, as a constant times the difference of two laws."""

from __future__ import annotations

from sympy import Eq, Expr, Symbol

from derive.context import Context
from derive.errors import NotApplicable
from derive.existence import existence
from derive.kernel import Outcome, Rule
from derive.rewriting import binders, rewrite
from derive.rules._statement import BODY, CONSTANT, DENSITY, LINE, a, theta
from derive.rules.implicit_reparametrization import moving_density
from derive.setting import setting_of
from derive.signed import decomposed, sampled, weighed
from derive.step import Condition
from derive.terms import D, Density, E, Int, Law, Total
from derive.weak import split_of


def apply(before: Expr, context: Context) -> Outcome:
    family = context.expectation.family
    conditions: list[Condition] = []

    def parted(node: Expr) -> Expr | None:
        parts = moving_density(node)
        if parts is None or not isinstance(node, (Int, Total)):
            return None
        density, wrt, body = parts
        if density.law != family.law or density.point != node.variables:
            return None
        if family.dimension > 1:
            raise NotApplicable(f"samples of {family.name} have {family.dimension} numbers")
        split = split_of(family, wrt)
        made = weighed(split, body, node.variables)
        conditions.append(decomposed(family, wrt, split, context))
        conditions.append(sampled(family, split.plus, "p+", context))
        conditions.append(sampled(family, split.minus, "p-", context))
        for term in binders(made):
            if isinstance(term, E):
                conditions.extend(existence(term.body, term.law, term.variables, context))
        return made

    return Outcome(rewrite(before, parted, "integral of a derivative of the density"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """The shape of a gamma law: no split into two laws that could be sampled is known."""
    context = setting_of("gamma", a)
    law, shape = context.expectation.family.law, context.expectation.wrt[0]
    return Int(a * D(Density(law, a), shape), (a, 0, *LINE[2:])), context


_PLUS, _MINUS = (Law(name, Symbol("theta", real=True)) for name in ("P+", "P-"))

RULE = Rule(
    name="difference of two laws",
    statement=Eq(
        Int(BODY * D(DENSITY, theta), LINE),
        CONSTANT * (E(BODY, _PLUS, a) - E(BODY, _MINUS, a)),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Pflug, Optimization of Stochastic Models (1996), section 3.2; Hahn, Jordan",
)
