"""The substitution r = exp(-x): an integral over the line becomes one over r > 0."""

from __future__ import annotations

from sympy import Add, Dummy, Eq, Expr, Function, Mul, S, Symbol, exp, expand, log, oo

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import is_ordinary, rewrite
from derive.rules._statement import NOISE_LINE, b
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import Int
from derive.unfolding import explicit

RACE = Symbol("r", positive=True)


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def substituted(node: Expr) -> Expr | None:
        if not isinstance(node, Int) or not node.limits[0][0].name.startswith("b"):
            return None
        variable, lower, upper = node.limits[0]
        body = explicit(node.body)
        if not is_ordinary(body) or not _is_gumbel(body, variable):
            return None
        whole = (lower, upper) == (S.NegativeInfinity, S.Infinity)
        conditions.append(
            Condition(
                "x -> exp(-x) falls from infinity to 0 over the whole line, with |dx/dr| = 1/r",
                "proved" if whole else "failed",
                "the exponential" if whole else f"the integral runs from {lower} to {upper}",
            )
        )
        name = RACE if RACE not in body.free_symbols else Dummy("r", positive=True)
        moved = _gathered(body.xreplace({variable: -log(name)}) / name, name)
        return Int(moved, (name, S.Zero, oo), *node.limits[1:])

    made = rewrite(before, substituted, "integral over Gumbel noise")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _is_gumbel(body: Expr, variable: Symbol) -> bool:
    """Whether an exponential of exponentials of the variable stands in the body."""
    inner = (e for e in body.atoms(exp) for d in e.args[0].atoms(exp) if d.has_free(variable))
    return next(inner, None) is not None


def _gathered(body: Expr, name: Symbol) -> Expr:
    """A product with its exponentials as one, whose exponent is collected in ``r``."""
    factors = Mul.make_args(body)
    exponent = Add(*(f.args[0] for f in factors if isinstance(f, exp)))
    rest = Mul(*(f for f in factors if not isinstance(f, exp)))
    return rest * exp(expand(exponent).collect(name))


def _counterexample() -> tuple[Expr, Context]:
    """Half of the line does not map onto all of r > 0."""
    context = setting_of("bernoulli_logits", Symbol("a", real=True))
    return Int(exp(-b - exp(-b)), (b, 0, oo)), context


_F = Function("f", real=True)

RULE = Rule(
    name="substitution r = exp(-x)",
    statement=Eq(Int(_F(exp(-b)), NOISE_LINE), Int(_F(RACE) / RACE, (RACE, 0, oo)), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Rudin, Real and Complex Analysis, Theorem 7.26",
)
