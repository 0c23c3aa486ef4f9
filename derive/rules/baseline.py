"""A baseline: E[score] = 0, so that a constant c may be taken from the cost."""

from __future__ import annotations

from sympy import Eq, Expr, Mul, Rational, S, log

from derive.context import Context
from derive.errors import NotApplicable
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.rules import interchange
from derive.rules._statement import BODY, CONSTANT, DENSITY, LAW, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Density, E
from derive.unfolding import unfold


def apply(before: Expr, context: Context) -> Outcome:
    """Raises ``NotApplicable`` where the context gives no constant c."""
    if CONSTANT not in context.point:
        raise NotApplicable("no baseline c was given")
    conditions: list[Condition] = []

    def centred(node: Expr) -> Expr | None:
        if not isinstance(node, E):
            return None
        score, cost = _split(node)
        if score is None or cost.has(D):
            return None
        mass = E(S.One, node.law, *node.variables)
        conditions.extend(interchange.apply(D(unfold(mass), score.theta), context).conditions)
        return node.with_body((cost - CONSTANT) * score)

    made = rewrite(before, centred, "expectation of a cost times a score")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _split(node: E) -> tuple[D | None, Expr]:
    """The score and the cost in ``E[cost * d/dtheta log p]``; no score where the body is something else."""
    factors = Mul.make_args(node.body)
    scores = [f for f in factors if isinstance(f, D) and f.body == log(Density(node.law, *node.variables))]
    if len(scores) != 1:
        return None, node.body
    return scores[0], Mul(*(f for f in factors if f is not scores[0]))


def _counterexample() -> tuple[Expr, Context]:
    """A support that moves: E[score] is minus the boundary term of the mass, and not zero."""
    context = setting_of("uniform", a**2, wrt=("high",), at={CONSTANT.name: Rational(1, 3)})
    (high,) = context.expectation.wrt
    law = context.expectation.family.law
    return E(a**2 * D(log(Density(law, a)), high), law, a), context


RULE = Rule(
    name="baseline",
    statement=Eq(
        E(BODY * D(log(DENSITY), theta), LAW, a),
        E((BODY - CONSTANT) * D(log(DENSITY), theta), LAW, a),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Williams 1992, section 4; Greensmith, Bartlett, Baxter, JMLR 5 (2004), section 3",
)
