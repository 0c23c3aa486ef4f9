"""The state detached in every step: actions get no blame for later states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checks.environment.estimator import EnvironmentMistake

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.environment.simulator import SimulatorProblem
    from derive.environment.linear_quadratic import LinearQuadratic


def statistic(lq: LinearQuadratic) -> Any:
    """``-sum_t 2 x_t B x_{t-1}``: each state differentiated through its last action alone."""
    from derive.environment.noise_polynomials import noise, rational, states

    eps = noise(lq.horizon)
    moved, total = eps[0].ring.zero, eps[0].ring.zero
    x = states(lq, eps)
    for t in range(lq.horizon):
        moved = rational(lq.B) * x[t]
        total -= 2 * x[t + 1] * moved
    return total


def estimate(problem: SimulatorProblem, n: int, generator: Generator) -> Tensor:
    """Backpropagation with the graph cut between the steps."""
    rollout = problem.path(n, generator, lambda _, x: x.detach())
    return problem.gradients(rollout, rollout.rewards.sum(-1))


MISTAKE = EnvironmentMistake(
    name="state_detached",
    kind="linear_quadratic",
    of="pathwise_dynamics",
    says="without what moves through the state: it was detached in every step",
    source="Werbos 1990, Backpropagation Through Time; truncated to one step",
    route="dynamics",
    statistic=statistic,
    estimate=estimate,
)
