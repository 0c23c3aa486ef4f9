"""An expectation replaced by its closed form, from the moment rules of its family."""

from __future__ import annotations

from sympy import Eq, Expr, Rational, Symbol, exp

from derive.closed_form import expectation_of
from derive.context import Context
from derive.errors import NoExpectation, NotApplicable
from derive.kernel import Outcome, Rule
from derive.laws import is_generic
from derive.rewriting import rewrite
from derive.rules._statement import BODY, LAW, a
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import E


def apply(before: Expr, context: Context) -> Outcome:
    """Raises ``NoClosedForm`` where the engine knows none; that refuses the step, not the statement."""
    conditions: list[Condition] = []

    def evaluated(node: Expr) -> Expr | None:
        if not isinstance(node, E) or is_generic(node.law):
            return None
        try:
            closed = expectation_of(node.body, node.law, node.variables, context.point)
        except NoExpectation as error:
            conditions.append(Condition(f"{node} exists", "failed", error.message))
            return node
        conditions.append(Condition(f"{node} is known exactly", "proved", ", ".join(closed.trace)))
        conditions.extend(context.holds(r) for r in closed.requires)
        return closed.value

    made = rewrite(before, evaluated, "expectation under a family")
    if made == before and not conditions:
        raise NotApplicable(f"no expectation in {before} was evaluated")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _counterexample() -> tuple[Expr, Context]:
    """E[exp(a)] under Exponential(1/2) is infinite, whatever the formula rate/(rate - 1) says."""
    context = setting_of("exponential", exp(a), at={"rate": Rational(1, 2)})
    return context.expectation.term, context


RULE = Rule(
    name="moments",
    statement=Eq(E(BODY, LAW, a), Symbol("M"), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="the moment rules named in the step's evidence",
)
