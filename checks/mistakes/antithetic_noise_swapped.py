"""The slope of the sample taken with its antithetic partner's noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._terms import line, lined, on_noise, why_not_line

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The slope of ``g`` times ``mu' - sigma' b``."""
    location, scale, b = line(expectation)
    return on_noise(
        expectation, lambda theta: pathwise.along(expectation, theta, ((location - scale * b).diff(theta),))
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The value of ``mu + sigma b`` with the graph of ``mu - sigma b``."""
    theta, location, scale, b = lined(problem, n, generator)
    partner = location - scale * b
    a = (location + scale * b).detach() + partner - partner.detach()
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but ``a = mu + sigma b`` of single numbers, with a scale that is asked for."""
    refusal = why_not_line(expectation)
    if refusal is None and line(expectation)[0] == 0:
        return "there is no location: the whole path is reversed"
    return refusal


MISTAKE = Mistake(
    name="antithetic_noise_swapped",
    of="pathwise",
    says="with -b in place of the noise b in d a/d sigma: the slope belongs to the antithetic sample",
    source="antithetic sampling with the two halves of a batch swapped; catalogue M36 in kind",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
