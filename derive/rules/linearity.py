"""The integral of a sum is the sum of the integrals, where each of them exists."""

from __future__ import annotations

from sympy import Add, Eq, Expr

from derive.context import Context
from derive.existence import existence
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite, split_density, strip_derivatives
from derive.rules._statement import BODY, DENSITY, LINE, F, a
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import Density, E, Int, Law, Total


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def parted(node: Expr) -> Expr | None:
        if not isinstance(node, (Int, Total, E)):
            return None
        pieces = Add.make_args(node.body)
        if len(pieces) < 2:
            return None
        conditions.extend(c for piece in pieces for c in _exists(piece, node, context))
        return Add(*(node.with_body(piece) for piece in pieces))

    return Outcome(rewrite(before, parted, "integral of a sum"), tuple(conditions))


def _exists(piece: Expr, node: Int | Total | E, context: Context) -> tuple[Condition, ...]:
    """Existence of one piece; a piece that still holds a derivative was dominated when it was made."""
    if isinstance(node, E):
        return existence(piece, node.law, node.variables, context)
    flat = strip_derivatives(piece)
    if flat != piece:
        return (Condition(f"the integral of {piece} exists", "proved", "dominated when it was exchanged"),)
    density, rest = split_density(piece)
    if density is None:
        return (Condition(f"the integral of {piece} exists", "assumed"),)
    return existence(rest, density.law, node.variables, context)


def _counterexample() -> tuple[Expr, Context]:
    """E[a - a] = 0 under a Cauchy law is not E[a] - E[a]."""
    context = setting_of("cauchy", a)
    law: Law = context.expectation.family.law
    return Int(Density(law, a) * a - Density(law, a) * (a + 1), LINE), context


RULE = Rule(
    name="linearity",
    statement=Eq(Int(DENSITY * BODY + F, LINE), Int(DENSITY * BODY, LINE) + Int(F, LINE), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, Theorem 16.1",
)
