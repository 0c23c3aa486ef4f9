"""The importance-weighted (off-policy) score function: samples of another law, with weights ``p_theta/q``.

The other law is a wider one of the same family, with parameters that are held fixed: ``widening = 3/2`` times
the scale, say. Its variance is finite where ``E_p[(p/q) (g d log p + dg)**2]`` is: a normal ``q`` must have
more than ``1/sqrt(2)`` of the scale of ``p``, a law with wider tails is always safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _proposal

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``p_theta(a)/q(a) (g d log p(a) + dg(a))`` at ``a ~ q``."""
    return _proposal.statistic(expectation, lambda weight, value: weight * value)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``stop_gradient(p/q) (stop_gradient(g) log p(a) + g)`` at samples of ``q``."""
    theta = problem.leaves(n)
    a = _proposal.drawn(problem, n, generator)
    cost = problem.f(a, theta)
    surrogate = cost.detach() * problem.log_density(a, theta) + cost
    return problem.gradients(_proposal.ratio(problem, a, theta) * surrogate, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function does not apply, and families of which no wider law is known."""
    return _proposal.refuses(expectation)


ESTIMATOR = Estimator(
    name="importance_weighted",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="what score_function requires; samples of a fixed law q with q > 0 where p g d log p is not 0",
    source="Ruiz, Titsias, Blei 2016, Overdispersed Black-Box Variational Inference; Owen, Monte Carlo "
    "theory, methods and examples, chapter 9",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("widening", "3/2"),),
)
