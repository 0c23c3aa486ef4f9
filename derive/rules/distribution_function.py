"""The probability that a draw stays below a number is its distribution function there."""

from __future__ import annotations

from functools import lru_cache

from sympy import Dummy, Eq, Expr, Function, Heaviside, S, Symbol, log

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.lattice import on_lattice
from derive.laws import family_of, is_generic, log_density, support_of
from derive.rewriting import rewrite
from derive.rules._statement import BASE, b
from derive.setting import setting_of
from derive.signs import Range
from derive.step import Condition
from derive.terms import E, Law
from derive.transports import log_normal_form


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def below(node: Expr) -> Expr | None:
        level = _level(node)
        if level is None or not isinstance(node, E):
            return None
        if on_lattice(node.law):
            statement = f"{node.law} has no atom at {level}"
            conditions.append(Condition(statement, "failed", "its outcomes are whole numbers"))
            return node
        form = distribution_function(node.law)
        if form is None:
            return None
        argument, value = form
        conditions.extend(_conditions(node.law, argument, value))
        return value.xreplace({argument: level})

    made = rewrite(before, below, "probability that a draw stays below a number")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _level(node: Expr) -> Expr | None:
    """``c`` of ``E[Heaviside(c - b)]``."""
    if not isinstance(node, E) or len(node.variables) != 1 or not isinstance(node.body, Heaviside):
        return None
    (v,) = node.variables
    argument = node.body.args[0]
    if argument.diff(v) != -1:
        return None
    return (argument + v).expand()


@lru_cache(maxsize=128)
def distribution_function(law: Law) -> tuple[Symbol, Expr] | None:
    """A symbol and ``F`` of it, as the family states it; None where it states none."""
    if is_generic(law) or family_of(law).cdf is None:
        return None
    family = family_of(law)
    x = Dummy("x", real=True)
    held = dict(zip(family.symbols, law.parameters, strict=True))
    assert family.cdf is not None
    return x, family.cdf.xreplace(held).xreplace({family.samples[0]: x})


def _conditions(law: Law, x: Symbol, value: Expr) -> tuple[Condition, ...]:
    """``F' = p``, and ``F = 0`` at the lower end of the support."""
    axis = support_of(law)[0]
    ranges = {x: Range(axis.lower, axis.upper)}
    left = log_normal_form(log(value.diff(x)) - log_density(law, x), ranges)
    slope = Condition(
        f"the derivative of F is the density of {law}",
        "proved" if left == 0 else "assumed",
        "their logarithms have the same normal form" if left == 0 else f"the normal form leaves {left}",
    )
    low = value.subs(x, axis.lower)
    start = Condition(
        f"F({axis.lower}) = 0",
        "proved" if low == 0 else "failed" if low.is_number else "assumed",
        f"F({axis.lower}) = {low}",
    )
    return slope, start


def _counterexample() -> tuple[Expr, Context]:
    """A coin sits on its outcomes: H(0) = 1/2 is not what its distribution function jumps by."""
    context = setting_of("bernoulli_logits", Symbol("a", real=True))
    x = Symbol("b[0]", real=True)
    return E(Heaviside(1 - x), Law("bernoulli", S.Half), x), context


_C = Symbol("c", real=True)

RULE = Rule(
    name="distribution function",
    statement=Eq(E(Heaviside(_C - b), BASE, b), Function("F", real=True)(_C), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, section 14; each family's own distribution function",
)
