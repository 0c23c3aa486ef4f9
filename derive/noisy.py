"""Finite choices as functions of Gumbel noise: log-probabilities, draws, and the argmax over both."""

from __future__ import annotations

from sympy import Add, Expr, Rational, S, Symbol

from .argmax import ArgMax, Softmax
from .context import Context
from .errors import NotApplicable, OutsideDomain
from .expectation import Expectation
from .terms import E, Law

# The temperature of a relaxation, and its value where a point gives none.
TAU, TEMPERATURE = Symbol("tau", real=True), Rational(1, 2)
CHOICES = ("bernoulli", "bernoulli_logits", "categorical", "categorical_logits")


def log_probabilities(expected: Expectation) -> tuple[Expr, ...]:
    """The log-probability of each outcome 0, 1, ... up to a term that they share.

    Raises ``NotApplicable`` for laws that are no single choice by its probabilities.
    """
    family = expected.family
    if family.name not in CHOICES:
        raise NotApplicable(
            f"{family.name} is no choice by the probability of each outcome, which Gumbel noise is added to",
            f"it applies to {', '.join(CHOICES)}",
        )
    (a,) = family.samples
    found = [family.log_density.xreplace({a: S(k)}) for k in range(int(family.support[0].upper) + 1)]
    common = set(found[0].as_ordered_terms()).intersection(*(set(f.as_ordered_terms()) for f in found))
    return tuple(f - sum(common, S.Zero) for f in found)


def draws(count: int) -> tuple[Symbol, ...]:
    """The noise of each outcome, ``b[0], b[1], ...``."""
    return tuple(Symbol(f"b[{k}]", real=True) for k in range(count))


def over_gumbels(body: Expr, noise: tuple[Symbol, ...]) -> Expr:
    """The expectation of ``body`` over independent standard Gumbel draws."""
    for variable in reversed(noise):
        body = E(body, Law("gumbel", S.Zero, S.One), variable)
    return body


def of_the_winner(context: Context) -> Expr:
    """``E[g(argmax_k(log pi_k + G_k))]``."""
    expected = context.expectation
    logs = log_probabilities(expected)
    noise = draws(len(logs))
    (a,) = expected.family.samples
    winner = ArgMax(*(phi + b for phi, b in zip(logs, noise, strict=True)))
    return over_gumbels(expected.integrand.xreplace({a: winner}), noise)


def of_the_relaxed(context: Context) -> Expr:
    """``E[sum_k g(k) y_k]`` with ``y = softmax((log pi + G)/tau)``: ``g`` as a table on one-hot vectors."""
    expected = context.expectation
    logs = log_probabilities(expected)
    noise = draws(len(logs))
    (a,) = expected.family.samples
    temperature(expected)
    scores = tuple((phi + b) / TAU for phi, b in zip(logs, noise, strict=True))
    values = (expected.integrand.xreplace({a: S(k)}) for k in range(len(logs)))
    return over_gumbels(Add(*(g * Softmax(k, *scores) for k, g in enumerate(values))), noise)


def temperature(expected: Expectation) -> Rational:
    """The temperature that the point gives, or 1/2; raises ``OutsideDomain`` where it is not positive."""
    value = next((v for s, v in expected.point.items() if s.name == TAU.name), TEMPERATURE)
    if value <= 0:
        raise OutsideDomain(
            f"a temperature is a positive number, but tau = {value}", "give one, as in --at tau=1/2"
        )
    return value
