"""A density integrates to one, so that its derivative integrates to zero and the score has mean zero."""

from __future__ import annotations

from sympy import Eq, Expr, Mul, S, Symbol, log

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.laws import is_generic
from derive.rewriting import rewrite, split_density
from derive.rules import fold, interchange
from derive.rules._statement import DENSITY, LINE, a
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Density, E, Int, Total
from derive.unfolding import unfold


def apply(before: Expr, context: Context) -> Outcome:
    """Raises ``NotApplicable`` where no integral has a constant times a density or its derivative."""
    conditions: list[Condition] = []

    def weighed(node: Expr) -> Expr | None:
        if isinstance(node, E):
            node = unfold(node)
        if not isinstance(node, (Int, Total)):
            return None
        found = _mass(node) or _slope_of_mass(node)
        if found is None:
            return None
        value, density, wrt = found
        conditions.append(_whole(density, node))
        if wrt is not None:
            whole = D(node.with_body(density), wrt)
            conditions.extend(interchange.apply(whole, context).conditions)
        return value

    return Outcome(rewrite(before, weighed, "integral of a density alone"), tuple(dict.fromkeys(conditions)))


def _mass(node: Int | Total) -> tuple[Expr, Density, Symbol | None] | None:
    density, rest = split_density(node.body)
    if density is None or density.point != node.variables or rest.free_symbols & set(node.variables):
        return None
    return rest, density, None


def _slope_of_mass(node: Int | Total) -> tuple[Expr, Density, Symbol | None] | None:
    """A constant times ``D(p)``, or times ``p D(log p)``."""
    slopes = [f for f in Mul.make_args(node.body) if isinstance(f, D)]
    if len(slopes) != 1:
        return None
    rest = node.body / slopes[0]
    inner = slopes[0].body
    if isinstance(inner, log):
        inner = inner.args[0]
        rest = rest / inner
    if not isinstance(inner, Density) or inner.point != node.variables:
        return None
    if rest.has(Density) or rest.free_symbols & set(node.variables):
        return None
    return S.Zero, inner, slopes[0].theta


def _whole(density: Density, node: Int | Total) -> Condition:
    if is_generic(density.law):
        return Condition(f"{density} has total mass one", "proved", "it is a density")
    made = fold.apply(node.with_body(density), setting_of(density.law.name, S.One))
    return next(c for c in made.conditions if "whole support" in str(c.statement))


def _counterexample() -> tuple[Expr, Context]:
    """Uniform(low, high): the score -1/(high - low) of the end has no mean zero, because the end moves."""
    context = setting_of("uniform", a**2, wrt=("high",))
    law, high = context.expectation.family.law, context.expectation.wrt[0]
    return unfold(E(D(log(Density(law, a)), high), law, a)), context


RULE = Rule(
    name="total mass",
    statement=Eq(Int(DENSITY, LINE), S.One, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Williams (1992), section 4: the score has mean zero",
)
