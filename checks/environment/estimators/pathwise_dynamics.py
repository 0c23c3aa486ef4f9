"""The return differentiated through the simulator: every state carries its derivative on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checks.environment.estimator import EnvironmentEstimator

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.environment.simulator import SimulatorProblem
    from derive.environment.linear_quadratic import LinearQuadratic


def statistic(lq: LinearQuadratic) -> Any:
    """``-sum_t 2 x_t dx_t`` with ``dx_{t+1} = B x_t + (A + B theta) dx_t``."""
    from derive.environment.noise_polynomials import noise, rational, states

    eps = noise(lq.horizon)
    moved, total = eps[0].ring.zero, eps[0].ring.zero
    x = states(lq, eps)
    for t in range(lq.horizon):
        moved = rational(lq.B) * x[t] + rational(lq.closed_loop) * moved
        total -= 2 * x[t + 1] * moved
    return total


def estimate(problem: SimulatorProblem, n: int, generator: Generator) -> Tensor:
    """Backpropagation through time."""
    rollout = problem.path(n, generator)
    return problem.gradients(rollout, rollout.rewards.sum(-1))


ESTIMATOR = EnvironmentEstimator(
    name="pathwise_dynamics",
    kind="linear_quadratic",
    approximates="d/dtheta E[return]",
    requires="a differentiable simulator",
    source="Heess et al. 2015, Learning Continuous Control Policies by Stochastic Value Gradients",
    route="dynamics",
    statistic=statistic,
    estimate=estimate,
)
