"""The pathwise derivative through the quantile transport of a discrete law: a step function of theta.

``a = T_theta(u)`` jumps where ``u`` passes a value of the distribution function, and is constant in theta
everywhere else. Autograd sees the constant parts alone; all of the distributional term lies in the jumps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes import dropped_distributional_term

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem, Theta
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d/dtheta g(a)`` at the sample held fixed: the path is constant in theta almost everywhere."""
    return dropped_distributional_term.statistic(expectation)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``g(T_theta(u))``, where ``T_theta(u)`` counts the values of ``F_theta`` below ``u``."""
    from checks.draws import uniforms

    theta = problem.leaves(n)
    u = uniforms((n,), generator)
    cost = problem.f(_quantile(problem, u, theta), theta)
    return problem.gradients(cost, theta)


def _quantile(problem: Problem, u: torch.Tensor, theta: Theta) -> torch.Tensor:
    """The steps ``1{u > F_theta(k)}`` added up, each with the graph of ``F_theta(k)`` and the slope zero."""
    import torch

    outcomes = _reachable(problem)[:-1, None]
    masses = torch.exp(problem.log_density(outcomes.expand(-1, len(u)), theta))
    steps = (torch.sign(u - torch.cumsum(masses, 0)) + 1.0) / 2.0
    return problem.support[0][0] + steps.sum(0)


def _reachable(problem: Problem) -> torch.Tensor:
    """The outcomes that noise with a resolution of 2**-53 can reach, from the first one on."""
    import torch

    from checks.draws import masses_of

    lower, upper = problem.support[0]
    if upper < float("inf"):
        return torch.arange(lower, upper + 1.0, dtype=torch.float64)
    with torch.no_grad():
        masses = masses_of(lambda k: problem.log_density(lower + k))
    within = torch.flip(torch.cumsum(torch.flip(masses, (0,)), 0), (0,)) > 2.0**-53 * masses.sum()
    return lower + torch.arange(int(within.sum()), dtype=torch.float64)


def refuses(expectation: Expectation) -> str | None:
    """Laws that are not on whole numbers, and vectors."""
    family = expectation.family
    if not family.lattice:
        return f"{family.name} is continuous: its quantile transport is no step function"
    if family.dimension > 1:
        return f"{family.name} has samples of {family.dimension} numbers, and no quantile function"
    return None


MISTAKE = Mistake(
    name="step_transport",
    of="pathwise",
    says="without its distributional term: the path of a discrete sample is a step function, with slope zero",
    source="Jang, Gu, Poole 2017, section 1; a continuous map into whole numbers is constant",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
