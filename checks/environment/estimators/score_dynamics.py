"""The score of the drawn actions times the whole return: no derivative of the simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checks.environment.estimator import EnvironmentEstimator

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.environment.simulator import SimulatorProblem
    from derive.environment.linear_quadratic import LinearQuadratic


def statistic(lq: LinearQuadratic) -> Any:
    """``sum_t eps_t x_t / sigma`` times the return."""
    from derive.environment.noise_polynomials import noise, rational, states

    eps = noise(lq.horizon)
    x = states(lq, eps)
    scores = [e * state * rational(1 / lq.sigma) for e, state in zip(eps, x)]
    rewards = [-(state**2) for state in x[1:]]
    return sum(scores) * sum(rewards)


def estimate(problem: SimulatorProblem, n: int, generator: Generator) -> Tensor:
    """REINFORCE with a Gaussian policy."""
    rollout = problem.drawn(n, generator)
    return problem.gradients(rollout, rollout.rewards.sum(-1) * rollout.log_policy.sum(-1))


ESTIMATOR = EnvironmentEstimator(
    name="score_dynamics",
    kind="linear_quadratic",
    approximates="d/dtheta E[return]",
    requires="a policy with a density",
    source="Williams 1992, Machine Learning 8, section 6",
    route="score_of_actions",
    statistic=statistic,
    estimate=estimate,
)
