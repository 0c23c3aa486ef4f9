"""The derivative of sums and products of functions, factor by factor, where some are derivatives already."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Abs, Add, Eq, Expr, Function, Mul, Rational, log
from sympy.core.function import AppliedUndef

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.quotients import carried_out
from derive.rewriting import inert_nodes, is_ordinary, rewrite
from derive.rules._smooth import differentiable
from derive.rules._statement import BODY, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Density
from derive.unfolding import explicit


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def parted(node: Expr) -> Expr | None:
        if not isinstance(node, D) or not _has_parts(node.body):
            return None
        pieces = [piece for piece in _pieces(node.body) if node.theta in piece.free_symbols]
        conditions.extend(_smooth(piece, node, context) for piece in dict.fromkeys(pieces))
        return Add(*(_product(Mul.make_args(term), node) for term in Add.make_args(node.body)))

    sought = "derivative of a product or sum with derivatives in it"
    return Outcome(rewrite(before, parted, sought), tuple(conditions))


def _has_parts(body: Expr) -> bool:
    """Sums and products of functions and derivatives; densities and expectations are for other rules."""
    nodes = tuple(inert_nodes(body))
    return isinstance(body, (Add, Mul)) and bool(nodes) and all(isinstance(n, D) for n in nodes)


def _pieces(body: Expr) -> Iterator[Expr]:
    for term in Add.make_args(body):
        yield from Mul.make_args(term)


def _product(factors: tuple[Expr, ...], node: D) -> Expr:
    """The product rule over ``factors``; those that do not depend on the parameter have no derivative."""
    moving = [i for i, factor in enumerate(factors) if node.theta in factor.free_symbols]
    return Add(*(Mul(*factors[:i], D(factors[i], node.theta), *factors[i + 1 :]) for i in moving))


def _smooth(piece: Expr, node: D, context: Context) -> Condition:
    """That one factor is differentiable; of an arbitrary law or function it is assumed."""
    if context.generic or piece.atoms(AppliedUndef):
        return Condition(f"{piece} is differentiable in {node.theta}", "assumed")
    return differentiable(piece if is_ordinary(piece) else carried_out(explicit(piece)), node.theta, context)


def _counterexample() -> tuple[Expr, Context]:
    """A factor that bends at the point: |mu| at mu = 0."""
    context = setting_of("normal", a**2, at={"mu": Rational(0)})
    mu = context.expectation.wrt[0]
    return D(Abs(mu) * D(log(Density(context.expectation.family.law, a)), mu), mu), context


_F = Function("f", real=True)(a, theta)

RULE = Rule(
    name="derivative of products and sums",
    statement=Eq(
        D(BODY * D(_F, theta), theta),
        D(BODY, theta) * D(_F, theta) + BODY * D(D(_F, theta), theta),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="the rules of calculus",
)
