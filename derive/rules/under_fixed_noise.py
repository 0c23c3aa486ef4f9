"""The derivative goes under the expectation over fixed noise, where the derivative is bounded."""

from __future__ import annotations

from sympy import Dummy, Eq, Expr, Function, Symbol

from derive.argmax import ArgMax, Softmax
from derive.context import Context
from derive.generic import THETA
from derive.kernel import Outcome, Rule
from derive.rewriting import is_ordinary, rewrite
from derive.rules._statement import BASE, b
from derive.rules.winner import draws_of, over
from derive.setting import setting_of
from derive.slopes import slope
from derive.step import Condition
from derive.switches import is_branching
from derive.terms import D, E, Law


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def exchanged(node: Expr) -> Expr | None:
        if not isinstance(node, D) or not isinstance(node.body, E):
            return None
        draws, body = draws_of(node.body)
        if not draws or not is_ordinary(body):
            return None
        conditions.extend(_conditions(body, node.theta, draws))
        return over(D(body, node.theta), draws)

    return Outcome(rewrite(before, exchanged, "derivative of an expectation over noise"), tuple(conditions))


def _conditions(
    body: Expr, wrt: Symbol, draws: tuple[tuple[Law, Symbol], ...]
) -> tuple[Condition, ...]:
    moving = [law for law, _ in draws if wrt in law.free_symbols]
    fixed = Condition(
        f"the law of the noise does not depend on {wrt}",
        "failed" if moving else "proved",
        f"{moving[0]} does" if moving else "by inspection",
    )
    return fixed, _smooth(body, wrt), _bounded(body, wrt, {v for _, v in draws})


def _smooth(body: Expr, wrt: Symbol) -> Condition:
    statement = f"the integrand is continuous in {wrt}"
    jumping = body.has(ArgMax) or any(is_branching(f, wrt) for f in body.atoms(Function))
    if not jumping:
        return Condition(statement, "proved", "softmax is smooth")
    why = "it jumps where the winner changes" if body.has(ArgMax) else "it may jump or bend"
    return Condition(statement, "failed", why)


def _bounded(body: Expr, wrt: Symbol, noise: set[Symbol]) -> Condition:
    """A polynomial in softmaxes, each between 0 and 1, with coefficients that are free of the noise."""
    statement = f"|d/d{wrt}| of the integrand is bounded near the point, whatever the noise"
    moved = slope(body, wrt)
    names = {node: Dummy("y") for node in moved.atoms(Softmax)}
    flat = moved.xreplace(names)
    if flat.free_symbols & noise or not flat.is_polynomial(*names.values()):
        return Condition(statement, "assumed", "the derivative is no polynomial in softmaxes")
    return Condition(statement, "proved", "a polynomial in softmaxes, each of which lies between 0 and 1")


def _counterexample() -> tuple[Expr, Context]:
    """An argmax jumps in the parameters: its derivative, zero almost everywhere, is not the gradient."""
    context = setting_of("bernoulli_logits", Symbol("a", real=True))
    (logits,) = context.expectation.wrt
    x = Symbol("b[0]", real=True)
    return D(E(ArgMax(logits, x), Law("gumbel", 0, 1), x), logits), context


G = Function("g", real=True)

RULE = Rule(
    name="interchange under fixed noise",
    statement=Eq(D(E(G(b, THETA), BASE, b), THETA), E(D(G(b, THETA), THETA), BASE, b), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, Theorem 16.8 (bounded convergence)",
)
