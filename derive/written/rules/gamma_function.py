"""The integral of a power times an exponential over the half line: Gamma's own."""

from __future__ import annotations

from sympy import Add, Eq, Expr, Mul, S, Symbol, exp, gamma, oo

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import is_ordinary, rewrite
from derive.rules._statement import a
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import Int

_K, _S = Symbol("k", positive=True), Symbol("S", positive=True)


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def evaluated(node: Expr) -> Expr | None:
        if not isinstance(node, Int) or len(node.limits) > 1 or node.limits[0][1:] != (S.Zero, oo):
            return None
        if not is_ordinary(node.body):
            return None
        found = [_atom(piece, node.variables[0]) for piece in Add.make_args(node.body)]
        if not found or any(f is None for f in found):
            return None
        atoms = [f for f in found if f is not None]
        for _, power, rate in atoms:
            conditions.extend((_positive(rate, context), _positive(power + 1, context)))
        return Add(*(c * gamma(power + 1) / rate ** (power + 1) for c, power, rate in atoms))

    made = rewrite(before, evaluated, "power times an exponential over the half line")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _atom(piece: Expr, x: Symbol) -> tuple[Expr, Expr, Expr] | None:
    """``(c, k, s)`` of ``c x**k exp(-s x)``."""
    constant, power, rate = S.One, S.Zero, S.Zero
    for factor in Mul.make_args(piece):
        if x not in factor.free_symbols:
            constant *= factor
        elif isinstance(factor, exp) and _slope(factor.args[0], x) is not None:
            rate -= _slope(factor.args[0], x)
        elif factor.as_base_exp()[0] == x and x not in factor.as_base_exp()[1].free_symbols:
            power += factor.as_base_exp()[1]
        else:
            return None
    return None if rate == 0 else (constant, power, rate)


def _slope(exponent: Expr, x: Symbol) -> Expr | None:
    """The coefficient of an exponent that is linear in the variable."""
    found = exponent.expand().coeff(x)
    return found if (found * x - exponent).expand() == 0 else None


def _positive(expr: Expr, context: Context) -> Condition:
    if expr.is_positive:
        return Condition(f"{expr} > 0", "proved", "by its parts")
    return context.positive(expr)


def _counterexample() -> tuple[Expr, Context]:
    """With a growing exponential there is no such integral."""
    context = setting_of("exponential", a)
    return Int(exp(context.expectation.wrt[0] * a), (a, 0, oo)), context


RULE = Rule(
    name="Gamma's integral",
    statement=Eq(Int(a**_K * exp(-_S * a), (a, 0, oo)), gamma(_K + 1) / _S ** (_K + 1), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Abramowitz and Stegun, 6.1.1",
)
