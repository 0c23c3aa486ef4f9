"""A sum of the integrand's values times the probabilities of its outcomes is an expectation under the law."""

from __future__ import annotations

from sympy import Add, Eq, Expr, Function, S, Symbol, exp, oo

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.lattice import count, on_lattice, outcomes
from derive.laws import log_density
from derive.normal_form import is_zero
from derive.rewriting import is_ordinary, rewrite
from derive.rules._statement import BODY, LAW, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, E, Law, Total


def apply(before: Expr, context: Context) -> Outcome:
    expectation = context.expectation
    law, samples = expectation.family.law, expectation.family.samples
    conditions: list[Condition] = []

    def recognised(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and is_ordinary(node.body)) or not on_lattice(law):
            return None
        size = count(law, context.point)
        if size is None:
            return None
        found = outcomes(law, context.point, size)
        total = Add(*(_term(expectation.integrand, law, samples, outcome) for outcome in found))
        same = is_zero(node.body - total)
        conditions.append(
            Condition(
                f"the weights are the probabilities of {law}",
                "proved" if same else "failed",
                "the difference of both sums has the normal form 0" if same else "the sums differ",
            )
        )
        return D(E(expectation.integrand, law, *samples), node.theta)

    return Outcome(rewrite(before, recognised, "sum over the outcomes"), tuple(conditions))


def _term(integrand: Expr, law: Law, samples: tuple[Symbol, ...], outcome: tuple[Expr, ...]) -> Expr:
    return integrand.xreplace(dict(zip(samples, outcome, strict=True))) * exp(log_density(law, *outcome))


def _counterexample() -> tuple[Expr, Context]:
    """Half of the probability is not the law."""
    context = setting_of("bernoulli_logits", a**2)
    (logits,) = context.expectation.wrt
    return D(1 / (1 + exp(-logits)) / 2, logits), context


_P = Function("P", positive=True)

RULE = Rule(
    name="recognised law",
    statement=Eq(Total(BODY * _P(a, theta), (a, S.Zero, oo)), E(BODY, LAW, a), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, section 21",
)
