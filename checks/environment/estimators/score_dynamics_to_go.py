"""The score of each drawn action times the rewards that follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checks.environment.estimator import EnvironmentEstimator

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.environment.simulator import SimulatorProblem
    from derive.environment.linear_quadratic import LinearQuadratic


def statistic(lq: LinearQuadratic) -> Any:
    """``sum_t eps_t x_t / sigma`` times what follows."""
    from derive.environment.noise_polynomials import noise, rational, states

    eps = noise(lq.horizon)
    x = states(lq, eps)
    scores = [e * state * rational(1 / lq.sigma) for e, state in zip(eps, x)]
    rewards = [-(state**2) for state in x[1:]]
    return sum(s * sum(rewards[t:]) for t, s in enumerate(scores))


def estimate(problem: SimulatorProblem, n: int, generator: Generator) -> Tensor:
    """Reward-to-go with a Gaussian policy."""
    rollout = problem.drawn(n, generator)
    later = rollout.rewards.flip(-1).cumsum(-1).flip(-1)
    return problem.gradients(rollout, (later * rollout.log_policy).sum(-1))


ESTIMATOR = EnvironmentEstimator(
    name="score_dynamics_to_go",
    kind="linear_quadratic",
    approximates="d/dtheta E[return]",
    requires="a policy with a density",
    source="Sutton and Barto, Reinforcement Learning, 2nd edition (2018), section 13.3",
    route="score_of_actions",
    statistic=statistic,
    estimate=estimate,
)
