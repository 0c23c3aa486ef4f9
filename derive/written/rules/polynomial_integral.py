"""The integral of a polynomial between finite ends, by its antiderivative."""

from __future__ import annotations

from sympy import Eq, Expr, Poly, PolynomialError, S, Symbol, oo

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import is_ordinary, rewrite
from derive.rules._statement import LOWER, UPPER, a
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import Int

# Higher powers nobody integrates by hand.
MOST_DEGREE = 40


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def evaluated(node: Expr) -> Expr | None:
        if not isinstance(node, Int) or len(node.limits) > 1 or not is_ordinary(node.body):
            return None
        variable, low, high = node.limits[0]
        found = None if low.is_infinite or high.is_infinite else _antiderivative(node.body, variable)
        if found is None:
            return None
        statement = f"{found} has the derivative {node.body} in {variable}"
        conditions.append(Condition(statement, "proved", "the power rule, term by term"))
        return found.xreplace({variable: high}) - found.xreplace({variable: low})

    made = rewrite(before, evaluated, "integral of a polynomial between finite ends")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _antiderivative(body: Expr, x: Symbol) -> Expr | None:
    try:
        poly = Poly(body, x)
    except PolynomialError:
        return None
    if poly.degree() > MOST_DEGREE or any(x in c.free_symbols for c in poly.coeffs()):
        return None
    return sum((c * x ** (n + 1) / (n + 1) for (n,), c in poly.terms()), S.Zero)


def _counterexample() -> tuple[Expr, Context]:
    """Over the whole line a polynomial has no integral."""
    return Int(a**2, (a, -oo, oo)), setting_of("normal", a)


RULE = Rule(
    name="antiderivative",
    statement=Eq(Int(a, (a, LOWER, UPPER)), UPPER**2 / 2 - LOWER**2 / 2, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="the fundamental theorem of calculus",
)
