"""The integral of a sum is the sum of the integrals, where each of them exists."""

from __future__ import annotations

from sympy import Add, Eq, Expr
from sympy.core.function import AppliedUndef

from derive.context import Context
from derive.existence import existence
from derive.kernel import Outcome, Rule
from derive.laws import is_generic, log_density
from derive.rewriting import inert_nodes, is_ordinary, rewrite, split_density
from derive.rules._statement import BODY, DENSITY, LINE, F, a
from derive.setting import setting_of
from derive.slopes import slope
from derive.step import Condition
from derive.terms import D, Density, E, Int, Law, Total


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
    """Existence of one piece: that the sum was dominated does not settle it for each."""
    if isinstance(node, E):
        return existence(piece, node.law, node.variables, context)
    law, weighed = _weighed(piece)
    if weighed == 0:
        return ()
    if law is None or is_generic(law):
        return (Condition(f"the integral of {piece} exists", "assumed"),)
    return existence(weighed, law, node.variables, context)


def _weighed(piece: Expr) -> tuple[Law | None, Expr]:
    """The piece as something weighed by a density: ``g d p`` by the score, ``p d g`` by the slope of g."""
    nodes = tuple(n for n in inert_nodes(piece) if isinstance(n, D))
    made = piece.xreplace({n: _carried_out(n) for n in nodes})
    density, rest = split_density(made)
    return (None, rest) if density is None else (density.law, rest)


def _carried_out(node: D) -> Expr:
    body = node.body
    if isinstance(body, Density):
        return body if is_generic(body.law) else body * log_density(body.law, *body.point).diff(node.theta)
    return body if body.atoms(AppliedUndef) or not is_ordinary(body) else slope(body, node.theta)


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
