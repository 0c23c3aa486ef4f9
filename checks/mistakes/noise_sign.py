"""The noise of a skewed law with the wrong sign: log(-log u) where -log(-log u) belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import along_path, line, lined, on_noise, why_not_line

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total derivative of ``g_theta(mu - beta b)``."""
    location, scale, b = line(expectation)
    return on_noise(expectation, lambda theta: along_path(expectation, theta, location - scale * b))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``mu - beta * b``."""
    theta, location, scale, b = lined(problem, n, generator)
    return problem.gradients(problem.f(location - scale * b, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but Gumbel, whose noise alone is skewed and on the whole line."""
    if expectation.family.name != "gumbel":
        return f"the noise of {expectation.family.name} is symmetric, or its samples would leave the support"
    return why_not_line(expectation)


MISTAKE = Mistake(
    name="noise_sign",
    of="pathwise",
    says="of another law, with -b in place of the noise b: a sign in the sample of a skewed law",
    source="chainer/chainerrl issue 104 (sign of the Gumbel noise)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
