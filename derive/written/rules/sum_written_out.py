"""A finite sum, written out term by term with the masses of its law."""

from __future__ import annotations

from sympy import Add, Eq, Expr, Integer, Piecewise, oo

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.rules._statement import DENSITY, F, a
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import Density, E, Total
from derive.unfolding import explicit, unfold

# Longer sums nobody writes out.
MOST_TERMS = 12


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def written(node: Expr) -> Expr | None:
        if isinstance(node, E):
            node = unfold(node)
        if not isinstance(node, Total) or len(node.limits) > 1:
            return None
        variable, low, high = node.limits[0]
        count = (high - low).xreplace(context.point)
        if not (low.is_Integer and count.is_Integer and 0 <= count < MOST_TERMS):
            return None
        conditions.append(Condition(f"the sum has {count + 1} terms", "proved", "read off the limits"))
        return Add(*(_term(node.body, variable, low + k) for k in range(int(count) + 1)))

    return Outcome(rewrite(before, written, "finite sum"), tuple(dict.fromkeys(conditions)))


def _term(body: Expr, variable: Expr, at: Integer) -> Expr:
    """The term at one outcome, its mass as a value and not as a power of zero."""
    held = body.xreplace({variable: at})
    masses = {n: explicit(n).doit() for n in held.atoms(Density)}
    made = held.xreplace(masses)
    # A table lists its values by the outcome; at one outcome it is one of them.
    return made.replace(lambda e: isinstance(e, Piecewise), lambda e: e.doit())


def _counterexample() -> tuple[Expr, Context]:
    """Poisson: the sum has no last term."""
    context = setting_of("poisson", a)
    return unfold(context.expectation.term), context


RULE = Rule(
    name="sum written out",
    statement=Eq(Total(DENSITY, (a, 0, oo)), F, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="elementary",
)
