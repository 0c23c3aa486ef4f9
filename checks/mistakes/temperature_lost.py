"""A relaxed sample whose backward pass, written by hand, lacks the factor one over the temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators._relaxed import (
    coin_logits,
    is_relaxed_by_value,
    log_odds,
    relaxed_statistic,
    softmax,
    temperature,
)
from checks.mistake import Mistake
from checks.mistakes._terms import why_not_bernoulli

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The Gumbel-softmax gradient with ``tau`` times its path: ``g'(y) y (1 - y) d phi + d g(y)``."""
    from sympy import S

    from checks.calculus import slope

    made = relaxed_statistic(expectation, hard=False)
    (phi,), (b,), tau = log_odds(expectation), made.variables, temperature(expectation)
    (a,) = expectation.family.samples
    (soft,) = softmax(((phi + b) / tau, S.Zero))[:1]
    partial = slope(expectation.integrand, a).xreplace({a: soft})
    values = tuple(
        partial * soft * (1 - soft) * phi.diff(theta)
        + slope(expectation.integrand, theta).xreplace({a: soft})
        for theta in expectation.wrt
    )
    return Statistic(values, made.law, made.variables)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``g'(y) y (1 - y)`` times the slope of the log-odds, with ``y = sigmoid((phi + L)/tau)``."""
    import torch

    from checks.draws import uniforms

    theta = problem.leaves(n)
    logits = coin_logits(problem, n, theta)
    soft = torch.sigmoid((logits + torch.logit(uniforms((n,), generator))) / theta["tau"]).detach()
    at = soft.clone().requires_grad_()
    (partial,) = torch.autograd.grad(problem.f(at, problem.leaves(n)).sum(), at)
    return problem.gradients(partial * soft * (1.0 - soft) * logits + problem.f(soft, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but a coin; a table of it; a temperature of 1, by which nothing is lost."""
    refusal = why_not_bernoulli(expectation)
    if refusal is None and not is_relaxed_by_value(expectation):
        return "a table is relaxed on one-hot vectors"
    if refusal is None and expectation.point.get(temperature(expectation)) == 1:
        return "at temperature 1 the factor 1/tau is 1"
    return refusal


MISTAKE = Mistake(
    name="temperature_lost",
    of="gumbel_softmax",
    says="of the relaxed objective times tau: the backward pass lacks its factor 1/tau",
    source="Jang, Gu, Poole 2017, section 2.2",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("tau", "1/2"),),
)
