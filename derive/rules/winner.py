"""A function of the winner: sum over who wins, each outcome's value times the probability that it does."""

from __future__ import annotations

from sympy import Add, Eq, Expr, Heaviside, Mul, S, Symbol

from derive.argmax import ArgMax
from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.lattice import on_lattice
from derive.rewriting import rewrite
from derive.rules._statement import BASE, b
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import E, Law


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def parted(node: Expr) -> Expr | None:
        if not isinstance(node, E):
            return None
        draws, body = draws_of(node)
        found = body.atoms(ArgMax)
        if len(found) != 1:
            return None
        (winner,) = found
        conditions.append(_no_ties(winner, draws))
        parts = []
        for k, one in enumerate(winner.args):
            wins = Mul(*(Heaviside(one - other) for j, other in enumerate(winner.args) if j != k))
            value = body.xreplace({winner: S(k)})
            inside = bool(value.free_symbols & {v for _, v in draws})
            parts.append(over(wins * value, draws) if inside else value * over(wins, draws))
        return Add(*parts)

    made = rewrite(before, parted, "expectation of a function of an argmax")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def draws_of(node: Expr) -> tuple[tuple[tuple[Law, Symbol], ...], Expr]:
    """The laws and variables of expectations one inside the other, outermost first, and what is inside."""
    draws: list[tuple[Law, Symbol]] = []
    while isinstance(node, E) and len(node.variables) == 1:
        draws.append((node.law, node.variables[0]))
        node = node.body
    return tuple(draws), node


def over(body: Expr, draws: tuple[tuple[Law, Symbol], ...]) -> Expr:
    """The expectation of ``body`` over the draws, the first outermost."""
    for law, variable in reversed(draws):
        body = E(body, law, variable)
    return body


def _no_ties(winner: ArgMax, draws: tuple[tuple[Law, Symbol], ...]) -> Condition:
    """That no two arguments are equal with positive probability: their difference holds a continuous draw."""
    statement = "ties have probability zero"
    continuous = {v for law, v in draws if not on_lattice(law)}
    for i, one in enumerate(winner.args):
        for other in winner.args[:i]:
            slopes = (Add(one, -other).diff(v) for v in continuous)
            if not any(s.is_number and s != 0 for s in slopes):
                return Condition(statement, "failed", f"no continuous draw parts {one} from {other}")
    return Condition(statement, "proved", "the difference of any two holds a draw from a density")


def _counterexample() -> tuple[Expr, Context]:
    """Coins tie: neither of two equal ones is larger."""
    context = setting_of("bernoulli_logits", Symbol("a", real=True))
    coin = Law("bernoulli", S.Half)
    x, y = (Symbol(f"b[{i}]", real=True) for i in range(2))
    return E(E(ArgMax(x, y), coin, y), coin, x), context


x_1, x_2 = (Symbol(f"x_{i}", real=True) for i in (1, 2))

RULE = Rule(
    name="sum over the winner",
    statement=Eq(
        E(ArgMax(x_1 + b, x_2), BASE, b), E(Heaviside(x_2 - x_1 - b), BASE, b), evaluate=False
    ),
    apply=apply,
    counterexample=_counterexample,
    source="law of total expectation; Maddison, Tarlow and Minka, A* Sampling (2014), section 2",
)
