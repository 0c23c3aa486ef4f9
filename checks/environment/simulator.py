"""The linear simulator in Torch: a differentiable one for the path, one with actions drawn for the score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from derive.environment.linear_quadratic import LinearQuadratic

# What becomes of the state between two steps: kept, or detached.
Carry = Callable[[int, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Rollout:
    """``rewards [n, T]`` and ``log_policy [n, T]``, both with whatever graph the simulation left."""

    theta: Tensor
    rewards: Tensor
    log_policy: Tensor


class SimulatorProblem:
    """A linear-quadratic problem at its point, ready to be estimated."""

    def __init__(self, lq: LinearQuadratic, knobs: Mapping[str, float]) -> None:
        self.lq = lq
        self.knobs = knobs
        self.wrt = ("theta",)

    def path(self, n: int, generator: Generator, carry: Carry = lambda _, x: x) -> Rollout:
        """``n`` rollouts through which theta can be differentiated; ``carry(t, x_t)`` may cut the graph."""
        theta, x, eps = self._start(n, generator)
        rewards = []
        for t in range(self.lq.horizon):
            x = carry(t, x)
            action = theta * x + float(self.lq.sigma) * eps[:, t]
            x = float(self.lq.A) * x + float(self.lq.B) * action
            rewards.append(-x.square())
        return Rollout(theta, torch.stack(rewards, -1), torch.zeros(n, self.lq.horizon))

    def drawn(self, n: int, generator: Generator) -> Rollout:
        """``n`` rollouts of drawn actions: states carry no graph, ``log_policy`` does."""
        theta, x, eps = self._start(n, generator)
        sigma, rewards, scores = float(self.lq.sigma), [], []
        for t in range(self.lq.horizon):
            mean = theta * x
            action = (mean + sigma * eps[:, t]).detach()
            scores.append(-((action - mean) / sigma).square() / 2)  # up to a constant
            x = float(self.lq.A) * x + float(self.lq.B) * action
            rewards.append(-x.square())
        return Rollout(theta, torch.stack(rewards, -1), torch.stack(scores, -1))

    def gradients(self, rollout: Rollout, surrogate: Tensor) -> Tensor:
        """``[n, 1]``: the gradient of each rollout's surrogate."""
        (found,) = torch.autograd.grad(surrogate.sum(), [rollout.theta])
        return found[:, None]

    def _start(self, n: int, generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
        theta = torch.full((n,), float(self.lq.theta), dtype=torch.float64, requires_grad=True)
        x = torch.full((n,), float(self.lq.x0), dtype=torch.float64)
        return theta, x, torch.randn(n, self.lq.horizon, dtype=torch.float64, generator=generator)
