"""Generalized reparametrization: standardised noise, whose law still depends on theta a little, in two terms.

``a = link(m + s eps)`` standardises log a (gamma, lognormal) or the log-odds of a (beta, logit_normal): eps
has mean zero and variance one whatever theta is. The first term moves the sample with eps held fixed, the
second is the score of what is left of theta in the law of eps; of fixed noise it is zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem, Theta
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d g/d theta + g' v + g d/dtheta log q(eps)`` at ``a ~ P_theta``."""
    return terms(expectation, corrected=True)


def terms(expectation: Expectation, corrected: bool) -> Statistic:
    """Both terms, or the first alone. Closed forms are known of logarithms, not of log-odds."""
    from checks.calculus import slope
    from derive.standardised import standardised

    family, g, made = expectation.family, expectation.integrand, standardised(expectation.family)
    (a,) = family.samples
    values = []
    for theta in expectation.wrt:
        value = slope(g, theta) + slope(g, a) * made.velocity(theta)
        values.append(value + g * made.remainder(theta) if corrected else value)
    return Statistic(tuple(values), family.law, family.samples, closed=family.name != "beta")


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``g(T_theta(eps)) + stop_gradient(g) log q_theta(eps)``."""
    theta, a, log_noise = moving(problem, n, generator)
    cost = problem.f(a, theta)
    return problem.gradients(cost + cost.detach() * log_noise, theta)


def moving(problem: Problem, n: int, generator: torch.Generator) -> tuple[Theta, torch.Tensor, torch.Tensor]:
    """``theta``, samples that move at fixed ``eps``, and ``log q_theta(eps)`` with its graph."""
    import torch

    theta, positive = problem.leaves(n), problem.proof.family in ("gamma", "lognormal")
    a = problem.sample(n, generator)
    m, s = _standard(problem.proof.family, theta)
    y = torch.log(a) if positive else torch.log(a) - torch.log1p(-a)
    eps = ((y - m) / s).detach()
    y = m + s * eps
    moved = torch.exp(y) if positive else torch.sigmoid(y)
    sigmoids = torch.nn.functional.logsigmoid
    log_slope = y if positive else sigmoids(y) + sigmoids(-y)
    return theta, moved, problem.log_density(moved, theta) + torch.log(s) + log_slope


def _standard(family: str, theta: Theta) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    if family == "gamma":
        return torch.digamma(theta.shape) - torch.log(theta.rate), torch.polygamma(1, theta.shape).sqrt()
    if family == "beta":
        spread = torch.polygamma(1, theta.alpha) + torch.polygamma(1, theta.beta)
        return torch.digamma(theta.alpha) - torch.digamma(theta.beta), spread.sqrt()
    return theta.mu, theta.sigma


def refuses(expectation: Expectation) -> str | None:
    """Families of which no standardisation by the logarithm or the log-odds is at hand."""
    from derive.errors import NotApplicable
    from derive.standardised import standardised

    try:
        standardised(expectation.family)
    except NotApplicable as error:
        return f"{error.message}; {error.help}"
    return None


ESTIMATOR = Estimator(
    name="generalized_reparametrization",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a standardisation of the sample with known mean and variance; an integrand without jumps in a",
    source="Ruiz, Titsias, Blei 2016, The Generalized Reparameterization Gradient, section 3",
    route="generalized_reparametrization",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
