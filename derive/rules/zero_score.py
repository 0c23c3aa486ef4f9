"""A term whose integrand is a constant times the score is dropped: E[score] = 0."""

from __future__ import annotations

from sympy import Eq, Expr, Mul, S, log

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.laws import is_generic, log_density
from derive.rewriting import rewrite, split_density
from derive.rules import interchange
from derive.rules._statement import DENSITY, LINE, a, theta
from derive.score_multiple import multiple_of
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Density, Int, Total


def apply(before: Expr, context: Context) -> Outcome:
    """Acts where the body is ``c * d log p/d theta`` times the density, written out or not."""
    conditions: list[Condition] = []

    def dropped(node: Expr) -> Expr | None:
        if not isinstance(node, (Int, Total)):
            return None
        density, rest = split_density(node.body)
        if density is None or density.point != node.variables:
            return None
        for wrt in context.expectation.wrt:
            if not _is_score(rest, density, wrt):
                continue
            mass = D(node.with_body(density), wrt)
            conditions.extend(interchange.apply(mass, context).conditions)
            return S.Zero
        return None

    made = rewrite(before, dropped, "integral of a constant times the score")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _is_score(rest: Expr, density: Density, wrt: Expr) -> bool:
    """Whether ``rest`` is free of the sample but for one factor, the score."""
    inert = D(log(density), wrt)
    factors = Mul.make_args(rest)
    if inert in factors:
        return not Mul(*(f for f in factors if f != inert)).free_symbols & set(density.point)
    if is_generic(density.law) or rest.has(D):
        return False
    score = log_density(density.law, *density.point).diff(wrt)
    return multiple_of(rest, score, density.point) is not None


def _counterexample() -> tuple[Expr, Context]:
    """Under a support that moves the score has the mean ``-1/high`` here, and not zero."""
    context = setting_of("uniform", a**2, wrt=("high",))
    law, (high,) = context.expectation.family.law, context.expectation.wrt
    (axis,) = context.expectation.family.support
    score = log_density(law, a).diff(high)
    return Int(Density(law, a) * 3 * score, (a, axis.lower, axis.upper)), context


RULE = Rule(
    name="zero mean of the score",
    statement=Eq(Int(DENSITY * D(log(DENSITY), theta), LINE), 0, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Cox and Hinkley, Theoretical Statistics, section 4.2; Roeder, Wu, Duvenaud 2017, section 3",
)
