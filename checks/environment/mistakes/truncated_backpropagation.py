"""Backpropagation through time, truncated: the graph is cut after every two steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checks.environment.estimator import EnvironmentMistake

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.environment.simulator import SimulatorProblem
    from derive.environment.linear_quadratic import LinearQuadratic

# Steps between two cuts of the graph.
WINDOW = 2


def statistic(lq: LinearQuadratic) -> Any:
    """As ``pathwise_dynamics`` with ``dx`` set to zero after every two steps."""
    from derive.environment.noise_polynomials import noise, rational, states

    eps = noise(lq.horizon)
    moved, total = eps[0].ring.zero, eps[0].ring.zero
    x = states(lq, eps)
    for t in range(lq.horizon):
        if t % WINDOW == 0:
            moved = eps[0].ring.zero
        moved = rational(lq.B) * x[t] + rational(lq.closed_loop) * moved
        total -= 2 * x[t + 1] * moved
    return total


def estimate(problem: SimulatorProblem, n: int, generator: Generator) -> Tensor:
    """Backpropagation in windows."""
    rollout = problem.path(n, generator, lambda t, x: x.detach() if t % WINDOW == 0 else x)
    return problem.gradients(rollout, rollout.rewards.sum(-1))


MISTAKE = EnvironmentMistake(
    name="truncated_backpropagation",
    kind="linear_quadratic",
    of="pathwise_dynamics",
    says="without what moves from one window of two steps to the next: backpropagation was truncated",
    source="Williams and Peng 1990, An Efficient Gradient-Based Algorithm for On-Line Training",
    route="dynamics",
    statistic=statistic,
    estimate=estimate,
)
