"""ARM's derivative by the log-odds taken for the derivative by the probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import arm
from checks.estimators._coins import throw
from checks.estimators._relaxed import coin_logits
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g(b) - g(b'))(u - 1/2)``, without ``d phi/dp``, and the right explicit term."""
    from sympy import S

    return arm.weighted(expectation, lambda phi, theta: S.One)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """ARM with ``p`` in the place of its log-odds."""
    from checks.draws import uniforms

    theta = problem.leaves(n)
    u = uniforms((n,), generator)
    one, other = (problem.f(coin, theta) for coin in throw(coin_logits(problem, n, theta), u))
    slopes = (one - other) * (u - 0.5)
    return problem.gradients(slopes.detach() * theta["p"] + (one + other) / 2, theta)


def refuses(expectation: Expectation) -> str | None:
    """Coins that are not given by their probability."""
    name = expectation.family.name
    return None if name == "bernoulli" else f"{name} is no coin by its probability"


MISTAKE = Mistake(
    name="gradient_by_log_odds",
    of="arm",
    says="with its distributional term times p (1 - p): ARM differentiates by the log-odds, not by p",
    source="Yin, Zhou 2019, Theorem 1, which is stated for the log-odds",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
