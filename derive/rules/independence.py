"""Given one draw the others are independent: the expectation of a product of their functions is a product."""

from __future__ import annotations

from sympy import Eq, Expr, Function, Heaviside, Mul, Symbol

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.laws import is_generic
from derive.rewriting import rewrite
from derive.rules._statement import BASE
from derive.rules.winner import draws_of
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import E, Law

Draws = tuple[tuple[Law, Symbol], ...]


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def separated(node: Expr) -> Expr | None:
        if not isinstance(node, E):
            return None
        draws, body = draws_of(node)
        factors = [f for f in Mul.make_args(body) if f.free_symbols & {v for _, v in draws}]
        outer = _shared(factors, draws)
        if len(draws) < 2 or outer is None:
            return None
        conditions.extend(_conditions(draws, factors))
        law, variable = outer
        inner = Mul(*(_alone(law_j, v, factors) for law_j, v in draws if v != variable))
        rest = Mul(*(f for f in factors if f.free_symbols & {v for _, v in draws} == {variable}))
        constant = Mul(*(f for f in Mul.make_args(body) if f not in factors))
        return constant * E(inner * rest, law, variable)

    made = rewrite(before, separated, "product of functions of independent draws")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _shared(factors: list[Expr], draws: Draws) -> tuple[Law, Symbol] | None:
    """The draw that, once given, parts the factors: each of them holds at most one other.

    Of several it is the one that the others have to stay below, the winner's.
    """
    variables = {v for _, v in draws}
    parting = [
        (law, variable)
        for law, variable in draws
        if all(len(f.free_symbols & variables - {variable}) <= 1 for f in factors)
    ]
    return next((draw for draw in parting if _wins(draw[1], factors)), next(iter(parting), None))


def _wins(variable: Symbol, factors: list[Expr]) -> bool:
    return all(isinstance(f, Heaviside) and f.args[0].diff(variable) == 1 for f in factors)


def _alone(law: Law, variable: Symbol, factors: list[Expr]) -> Expr:
    """The expectation over one draw of the factors that hold it; 1 where none does."""
    own = Mul(*(f for f in factors if f.has_free(variable)))
    return own if own == 1 else E(own, law, variable)


def _conditions(draws: Draws, factors: list[Expr]) -> tuple[Condition, ...]:
    variables = {v for _, v in draws}
    bound = [law for law, _ in draws if law.free_symbols & variables]
    independent = Condition(
        "the draws are independent",
        "failed" if bound else "proved",
        f"{bound[0]} depends on another draw" if bound else "no law depends on another draw",
    )
    bounded = all(isinstance(f, Heaviside) for f in factors)
    generic = any(is_generic(law) for law, _ in draws)
    integrable = Condition(
        "the product is integrable, so that the order of integration does not matter",
        "proved" if bounded or (not generic and all(f.is_nonnegative for f in factors)) else "assumed",
        "Tonelli: it is not negative" if bounded else "",
    )
    return independent, integrable


def _counterexample() -> tuple[Expr, Context]:
    """One draw is the location of the other's law."""
    context = setting_of("bernoulli_logits", Symbol("a", real=True))
    x, y = (Symbol(f"b[{i}]", real=True) for i in range(2))
    inner = E(Heaviside(x - y), Law("gumbel", x, 1), y)
    return E(inner, Law("gumbel", 0, 1), x), context


x, y, z = Symbol("x", real=True), Symbol("y", real=True), Symbol("z", real=True)
f, h = Function("f", real=True), Function("h", real=True)

RULE = Rule(
    name="independence",
    statement=Eq(
        E(E(E(f(x, y) * h(x, z), BASE, z), BASE, y), BASE, x),
        E(E(f(x, y), BASE, y) * E(h(x, z), BASE, z), BASE, x),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, sections 18 and 20 (Tonelli; independence)",
)
