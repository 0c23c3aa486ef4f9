"""Episodes of a Markov decision process in Torch: sampled step by step, with the policy's graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn.functional import logsigmoid

from derive.environment.bellman import values
from derive.environment.mdp import Mdp


@dataclass(frozen=True, slots=True)
class Episodes:
    """``n`` episodes of ``T`` steps: ``states, actions, rewards, log_policy [n, T]``, ``theta [n, p]``.

    ``log_drawn [n, T]`` is the log probability of the actions under the policy that drew them, without a
    graph. ``log_policy`` carries the graph to ``theta``, of which each episode has a row of its own; ``table
    [n, S, A]`` is the whole log policy. ``state_values [T+1, S]`` and ``action_values [T, S, A]`` are the
    exact ones at the point, without a graph.
    """

    theta: Tensor
    table: Tensor
    states: Tensor
    actions: Tensor
    rewards: Tensor
    log_policy: Tensor
    log_drawn: Tensor
    gamma: float
    state_values: Tensor
    action_values: Tensor
    knobs: Mapping[str, float]
    process: Process

    @property
    def horizon(self) -> int:
        return self.states.shape[1]

    @property
    def discounts(self) -> Tensor:
        """``gamma**t``, ``[T]``."""
        return self.gamma ** torch.arange(self.horizon, dtype=torch.float64)

    def to_go(self, values: Tensor | None = None, factor: float | None = None) -> Tensor:
        """``sum_{k >= t} factor**(k-t) values_k``: of the rewards and the discount by default, ``[n, T]``."""
        x = self.rewards if values is None else values
        by = self.gamma if factor is None else factor
        sums = [x[:, -1]]
        for t in range(x.shape[1] - 2, -1, -1):
            sums.append(x[:, t] + by * sums[-1])
        return torch.stack(sums[::-1], dim=-1)

    def values_here(self) -> Tensor:
        """``V_t(s_t)``, ``[n, T]``."""
        return self.state_values[torch.arange(self.horizon), self.states]

    def values_next(self) -> Tensor:
        """``V_{t+1}(s_{t+1})``, ``[n, T]``, zero after the last step."""
        times = torch.arange(1, self.horizon)
        inner = self.state_values[times, self.states[:, 1:]]
        return torch.cat([inner, torch.zeros(len(inner), 1, dtype=inner.dtype)], dim=-1)

    def action_values_here(self) -> Tensor:
        """``Q_t(s_t, a_t)``, ``[n, T]``."""
        return self.action_values[torch.arange(self.horizon), self.states, self.actions]


@dataclass(frozen=True, slots=True)
class Process:
    """The tables of a process: ``start [S]``, ``transitions [S, A, S]``, ``rewards [S, A]``."""

    start: Tensor
    transitions: Tensor
    rewards: Tensor
    logits: Tensor
    sigmoid: bool

    @classmethod
    def of(cls, mdp: Mdp) -> Process:
        policy = _tensor(mdp.policy)
        sigmoid = mdp.parametrization == "sigmoid"
        logits = torch.log(policy[:, 1] / policy[:, 0]) if sigmoid else torch.log(policy).reshape(-1)
        return cls(_tensor(mdp.start), _tensor(mdp.transitions), _tensor(mdp.rewards), logits, sigmoid)

    def log_policy(self, theta: Tensor) -> Tensor:
        """``log pi(a | s)``, ``[n, S, A]``, from logits ``[n, p]``."""
        if self.sigmoid:
            return torch.stack([logsigmoid(-theta), logsigmoid(theta)], dim=-1)
        return torch.log_softmax(theta.reshape(len(theta), *self.rewards.shape), dim=-1)


class MdpProblem:
    """A Markov decision process at its point, ready to be estimated."""

    def __init__(self, mdp: Mdp, wrt: tuple[str, ...], knobs: Mapping[str, float]) -> None:
        self.mdp = mdp
        self.wrt = wrt
        self.knobs = knobs
        self.process = Process.of(mdp)
        self.behaviour = _tensor(mdp.drawn.policy)
        known = values(mdp)
        self.state_values, self.action_values = _tensor(known.state), _tensor(known.action)
        self._columns = [mdp.parameters.index(name) for name in wrt]

    def episodes(self, n: int, generator: Generator, off_policy: bool = False) -> Episodes:
        """Sample ``n`` episodes under the policy, or under the behaviour."""
        theta = self.process.logits.repeat(n, 1).requires_grad_()
        table = self.process.log_policy(theta)
        drawing = self.behaviour if off_policy else table[0].detach().exp()
        states, actions = self._walk(drawing, n, generator)
        chosen = table[torch.arange(n)[:, None], states, actions]
        return Episodes(
            theta=theta,
            table=table,
            states=states,
            actions=actions,
            rewards=self.process.rewards[states, actions],
            log_policy=chosen,
            log_drawn=drawing[states, actions].log(),
            gamma=float(self.mdp.discount),
            state_values=self.state_values,
            action_values=self.action_values,
            knobs=self.knobs,
            process=self.process,
        )

    def _walk(self, policy: Tensor, n: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """The same table for every episode: ``[S, A]``."""
        states, actions = [_drawn(self.process.start.expand(n, -1), generator)], []
        for t in range(self.mdp.horizon):
            here = states[-1]
            actions.append(_drawn(policy[here], generator))
            if t < self.mdp.horizon - 1:
                states.append(_drawn(self.process.transitions[here, actions[-1]], generator))
        return torch.stack(states, -1), torch.stack(actions, -1)

    def gradients(self, episodes: Episodes, surrogate: Tensor) -> Tensor:
        """``[n, p]``: the gradient of each episode's surrogate by the parameters asked for."""
        (found,) = torch.autograd.grad(
            surrogate.sum(), [episodes.theta], allow_unused=True, materialize_grads=True
        )
        return found[:, self._columns]


def _drawn(probabilities: Tensor, generator: Generator) -> Tensor:
    """One outcome for each row ``[n, K]``; of two, by a coin, which Torch draws five times as fast."""
    if probabilities.shape[-1] == 2:
        return torch.bernoulli(probabilities[:, 1], generator=generator).to(torch.int64)
    return torch.multinomial(probabilities, 1, True, generator=generator)[:, 0]


def _tensor(table: Any) -> Tensor:
    return torch.tensor(_floats(table), dtype=torch.float64)


def _floats(table: Any) -> Any:
    return [_floats(row) for row in table] if isinstance(table, tuple) else float(table)
