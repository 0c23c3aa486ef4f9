"""A score with a factor that depends on its sample becomes the factor's slope along the sample's velocity."""

from __future__ import annotations

from sympy import Add, Eq, Expr, Function, Rational, S, Subs, Symbol, cancel, factor_terms
from sympy.core.function import Derivative

from derive.context import Context
from derive.existence import existence
from derive.family import Family
from derive.implicit import continuous, levelled, transported, velocity_of
from derive.kernel import Outcome, Rule
from derive.normal_form import is_zero
from derive.rewriting import is_ordinary, rewrite, split_density
from derive.rules._statement import BODY, DENSITY, LINE, a, theta
from derive.rules.implicit_reparametrization import moving_density
from derive.score_multiple import multiple_of
from derive.setting import setting_of
from derive.slopes import slope
from derive.step import Condition
from derive.terms import D, Density, Int


def apply(before: Expr, context: Context) -> Outcome:
    """``sum_k f_k score_k`` under independent samples becomes ``sum_k (d f_k/d a_k) v_k``.

    So does ``g d p``, where every factor is g. A family of several samples says by ``single`` of which law
    they are, and by ``explicit_factors`` what the scores of an objective's explicit term are multiplied by.
    """
    family = context.expectation.family
    conditions: list[Condition] = []
    # Beside a derivative of the density by one parameter the scores are those by the same.
    named = tuple(w for w in context.expectation.wrt if any(d.theta == w for d in before.atoms(D)))

    def moved(node: Expr) -> Expr | None:
        if not isinstance(node, Int):
            return None
        for wrt in named or context.expectation.wrt:
            factors = _factors(node, family, wrt)
            if factors is None:
                continue
            made, found = _along(node, factors, wrt, context)
            conditions.extend(found)
            return node.with_body(Density(family.law, *node.variables) * made) if made != 0 else S.Zero
        return None

    made = rewrite(before, moved, "integral of a factor times a score")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _single(family: Family) -> Family:
    """The law of one sample."""
    return getattr(family, "single", family)


def _score(family: Family, x: Symbol, wrt: Symbol) -> Expr:
    single = _single(family)
    return single.log_density.diff(wrt).xreplace({single.samples[0]: x})


def _factors(node: Int, family: Family, wrt: Symbol) -> tuple[Expr, ...] | None:
    """The factor of each sample's score; None where the integral is not of that form."""
    moving = moving_density(node)
    if moving is not None:
        density, by, body = moving
        mine = by == wrt and density == Density(family.law, *node.variables)
        return (body,) * len(node.variables) if mine else None
    found, rest = split_density(node.body)
    if found != Density(family.law, *node.variables) or not is_ordinary(rest):
        return None
    scores = [_score(family, x, wrt) for x in node.variables]
    if len(scores) == 1:
        known = multiple_of(rest, scores[0], node.variables)
        factors: tuple[Expr, ...] = (cancel(rest / scores[0]) if known is None else known,)
    else:
        factors = getattr(family, "explicit_factors", ())
    whole = Add(*(f * s for f, s in zip(factors, scores, strict=False)))
    return factors if len(factors) == len(scores) and is_zero(rest - whole) else None


def _along(
    node: Int, factors: tuple[Expr, ...], wrt: Symbol, context: Context
) -> tuple[Expr, list[Condition]]:
    family = context.expectation.family
    single = _single(family)
    velocity = velocity_of(single, wrt)
    ends = levelled(single, wrt, velocity) if len(factors) == 1 else _no_flux(family, wrt)
    conditions = [transported(single, wrt, velocity), ends]
    total: list[Expr] = []
    for x, factor in zip(node.variables, factors, strict=True):
        v = velocity[0].xreplace({single.samples[0]: x})
        along = factor_terms(slope(factor, x)) * v
        conditions.append(continuous(node, factor, context))
        for body in (along, factor * v, factor * _score(family, x, wrt)):
            conditions.extend(existence(body, family.law, node.variables, context))
        total.append(along)
    return Add(*total), conditions


def _no_flux(family: Family, wrt: Symbol) -> Condition:
    """On the whole plane: a field that is integrable together with its divergence has no flux at infinity."""
    statement = f"no velocity by {wrt} carries mass through the ends of the support"
    whole = all(not axis.lower.is_finite and not axis.upper.is_finite for axis in family.support)
    why = "the support is the whole plane, and the field and its divergence are integrable"
    return Condition(statement, "proved" if whole else "failed", why if whole else "the support has ends")


def _counterexample() -> tuple[Expr, Context]:
    """A step as the factor jumps as the sample moves."""
    from sympy import Heaviside

    context = setting_of("exponential", a)
    law, wrt = context.expectation.family.law, context.expectation.wrt[0]
    return Int(Heaviside(a - Rational(7, 5)) * D(Density(law, a), wrt), (a, 0, *LINE[2:])), context


_V = Function("v", real=True)(a, theta)

RULE = Rule(
    name="along each sample",
    statement=Eq(
        Int(BODY * D(DENSITY, theta), LINE),
        Int(DENSITY * Subs(Derivative(BODY, a), a, a) * _V, LINE),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Tucker, Lawson, Gu, Maddison 2019, section 3 (the score reparametrized a second time)",
)
