"""An integral (or a sum) against a density over its whole support is an expectation."""

from __future__ import annotations

from sympy import Dummy, Eq, Expr, S, log

from derive.context import Context
from derive.existence import existence
from derive.kernel import Outcome, Rule
from derive.lattice import on_lattice
from derive.laws import is_generic, log_density, support_of
from derive.rewriting import inert_nodes, rewrite, split_density
from derive.rules._statement import BODY, DENSITY, LAW, LINE, a
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Density, E, Int, Law, Total


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def folded(node: Expr) -> Expr | None:
        if not isinstance(node, (Int, Total)):
            return None
        density, rest = split_density(node.body)
        if density is None or density.point != node.variables or _weighs(rest):
            return None
        conditions.append(_whole_support(density.law, node))
        conditions.extend(existence(_scores_written(rest), density.law, node.variables, context))
        return E(rest, density.law, *node.variables)

    return Outcome(rewrite(before, folded, "integral against a density"), tuple(conditions))


def _weighs(rest: Expr) -> bool:
    """Whether a further density stands in the integrand, other than inside a derivative of its logarithm."""
    held = {d: Dummy() for d in inert_nodes(rest) if isinstance(d, D)}
    return bool(rest.xreplace(held).has(Density))


def _scores_written(rest: Expr) -> Expr:
    """The integrand with the scores of families as formulas, by which its existence is settled."""
    scores = {
        node: log_density(node.body.args[0].law, *node.body.args[0].point).diff(node.theta)
        for node in inert_nodes(rest)
        if isinstance(node, D) and isinstance(node.body, log) and not is_generic(node.body.args[0].law)
    }
    return rest.xreplace(scores)


def _whole_support(law: Law, node: Int | Total) -> Condition:
    statement = f"the {'sum' if isinstance(node, Total) else 'integral'} runs over the whole support of {law}"
    if is_generic(law):
        return Condition(statement, "proved", "an arbitrary law is written over the whole line")
    whole = [(axis.lower, axis.upper) for axis in support_of(law)]
    given = [tuple(limit[1:]) for limit in node.limits]
    same = given == whole and isinstance(node, Total) == on_lattice(law)
    return Condition(statement, "proved" if same else "failed", "compared limit by limit")


def _counterexample() -> tuple[Expr, Context]:
    """Half of the support is not an expectation."""
    context = setting_of("normal", a**2)
    law = context.expectation.family.law
    return Int(Density(law, a) * a**2, (a, 0, S.Infinity)), context


RULE = Rule(
    name="fold into an expectation",
    statement=Eq(Int(DENSITY * BODY, LINE), E(BODY, LAW, a), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, section 21",
)
