"""The integral of r**n exp(-c r) over r > 0 is n!/c**(n + 1), for c > 0."""

from __future__ import annotations

from sympy import Eq, Expr, Mul, S, Symbol, exp, factorial, oo

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.rules._statement import CONSTANT
from derive.rules.exponential_substitution import RACE
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import Int


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def evaluated(node: Expr) -> Expr | None:
        read = _read(node)
        if read is None:
            return None
        factor, power, rate = read
        conditions.append(context.positive(rate, f"{rate} > 0"))
        return factor * factorial(power) / rate ** (power + 1)

    return Outcome(rewrite(before, evaluated, "integral of r**n exp(-c r)"), tuple(conditions))


def _read(node: Expr) -> tuple[Expr, int, Expr] | None:
    """``(C, n, c)`` of ``integral of C r**n exp(-c r)`` over ``r > 0``."""
    if not isinstance(node, Int) or len(node.limits) != 1:
        return None
    r, lower, upper = node.limits[0]
    if lower != 0 or upper != oo:
        return None
    factor, power, rate = S.One, 0, S.Zero
    for part in Mul.make_args(node.body):
        base, exponent = part.as_base_exp()
        if not part.has_free(r):
            factor *= part
        elif base == r and exponent.is_Integer and exponent >= 0:
            power += int(exponent)
        elif isinstance(part, exp) and not part.args[0].diff(r).has_free(r):
            rate -= part.args[0].diff(r)
            factor *= exp(part.args[0].subs(r, 0))
        else:
            return None
    return factor, power, rate


def _counterexample() -> tuple[Expr, Context]:
    """Where c is negative the integral diverges, whatever the formula says."""
    context = setting_of("bernoulli_logits", Symbol("a", real=True))
    (logits,) = context.expectation.wrt
    return Int(exp(-logits * RACE), (RACE, 0, oo)), context  # logits = -4/7 there


_N = Symbol("n", integer=True, nonnegative=True)

RULE = Rule(
    name="gamma integral",
    statement=Eq(
        Int(RACE**_N * exp(-CONSTANT * RACE), (RACE, 0, oo)),
        factorial(_N) / CONSTANT ** (_N + 1),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="NIST Digital Library of Mathematical Functions, 5.9.1",
)
