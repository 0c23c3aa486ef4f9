"""The relaxed objective that Gumbel-softmax differentiates, in place of the expectation over a finite choice.

A coin becomes a binary Concrete variable, a law with a density and a transport of its own, so that the
pathwise route differentiates it; a choice among several becomes a softmax of noisy log-probabilities. The
gradient that is derived is exact for the relaxed objective; against the gradient of the choice it is
biased.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Eq, Equality, Expr, Piecewise, Rational, S, Symbol

from .context import Context
from .errors import NotApplicable
from .expectation import Expectation, expectation
from .families import FAMILIES
from .noisy import TAU, temperature
from .routes import ROUTES, derive
from .setting import setting
from .step import Derivation

RELAXED = {"bernoulli": "relaxed_bernoulli", "bernoulli_logits": "relaxed_bernoulli_logits"}


def relaxation(expected: Expectation) -> tuple[str, Context]:
    """The route that differentiates the relaxed objective, and its context.

    The temperature is ``tau`` of the point, 1/2 where it gives none. Raises ``NotApplicable`` for laws that
    are no choice by probabilities, and ``OutsideDomain`` for a temperature that is not positive.
    """
    name, tau = expected.family.name, temperature(expected)
    if name in RELAXED:
        at = {s.name: v for s, v in expected.at} | {TAU.name: tau}
        wrt = tuple(s.name for s in expected.wrt)
        made = expectation(FAMILIES[RELAXED[name]], linear(expected.integrand, expected), wrt, at)
        return "pathwise", setting(made)
    if name in ("categorical", "categorical_logits"):
        return "gumbel_softmax", _positive(setting(expected))
    raise NotApplicable(
        f"{name} is no choice by the probability of each outcome: nothing of it is relaxed here",
        f"it applies to {', '.join((*RELAXED, 'categorical', 'categorical_logits'))}",
    )


def _positive(context: Context) -> Context:
    """Further points at which the temperature is positive as well."""
    value = temperature(context.expectation)
    held = (p.get(TAU, value) for p in context.points)
    taus = [tau if tau > 0 else value / (i + 1) for i, tau in enumerate(held)]
    points = ({**p, TAU: tau} for p, tau in zip(context.points, taus, strict=True))
    return replace(context, points=tuple(points))


def linear(integrand: Expr, expected: Expectation) -> Expr:
    """The integrand on relaxed coins: itself, or of a table the line between its two values."""
    if not integrand.atoms(Equality):
        return integrand
    (a,) = expected.family.samples
    off, on = (integrand.xreplace({a: S(k)}) for k in (0, 1))
    return off + (on - off) * a


def of_choices(check: str, expected: Expectation | None) -> tuple[Derivation, ...]:
    """The derivations of ``gumbel-max`` or ``gumbel-softmax``; of three arbitrary values by default.

    Gumbel-softmax of a choice begins with the law of the relaxed sample, the Concrete density.
    """
    made = arbitrary_choice() if expected is None else expected
    name, context = relaxation(made) if check == "gumbel-softmax" else ("gumbel_max", setting(made))
    wrt = context.expectation.wrt
    law = [derive(ROUTES["concrete"], context, wrt[0])] if name == "gumbel_softmax" else []
    return (*law, *(derive(ROUTES[name], context, s) for s in wrt))


def arbitrary_choice() -> Expectation:
    """A choice among three by logits, of values ``g[0], g[1], g[2]``, which are arbitrary constants."""
    family = FAMILIES["categorical_logits"]
    values = [Symbol(f"g[{k}]", real=True) for k in range(3)]
    (a,) = family.samples
    table = Piecewise((values[0], Eq(a, 0)), (values[1], Eq(a, 1)), (values[2], True))
    at = {s.name: Rational(n) for s, n in zip(values, (1, 4, 2), strict=True)}
    return expectation(family, table, None, at)
