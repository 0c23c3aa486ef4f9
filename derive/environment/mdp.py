"""A finite Markov decision process with its policy, every number an exact fraction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from derive.errors import OutsideDomain
from derive.registry import unknown

Row = tuple[Fraction, ...]
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class Mdp:
    """``E[sum_{t < horizon} discount**t r(s_t, a_t)]`` under a policy with one set of logits per state.

    ``start [S]``, ``transitions [S][A][S]``, ``rewards [S][A]`` and ``policy [S][A]`` (all positive). The
    parameters are logits: ``sigmoid`` has one a state, ``theta[s]``, of the second of two actions;
    ``softmax`` has ``theta[s,a]`` for each. What is given is the policy itself, at the point. ``behaviour
    [S][A]`` is another policy, which may draw the data.
    """

    name: str
    states: tuple[str, ...]
    actions: tuple[str, ...]
    start: Row
    transitions: tuple[tuple[Row, ...], ...]
    rewards: tuple[Row, ...]
    policy: tuple[Row, ...]
    parametrization: Literal["sigmoid", "softmax"]
    horizon: int
    discount: Fraction
    behaviour: tuple[Row, ...] | None = None

    @property
    def drawn(self) -> Mdp:
        """The same process under its behaviour, which draws the data of off-policy estimators.

        Uniform where none is given.
        """
        share = Fraction(1, len(self.actions))
        uniform = ((share,) * len(self.actions),) * len(self.states)
        return replace(self, policy=self.behaviour or uniform)

    @property
    def indices(self) -> tuple[tuple[int, int], ...]:
        """State and action of each parameter; of a sigmoid the second action."""
        first = 1 if self.parametrization == "sigmoid" else 0
        actions = range(first, len(self.actions))
        return tuple((s, a) for s in range(len(self.states)) for a in actions)

    @property
    def parameters(self) -> tuple[str, ...]:
        """``theta[0], theta[1]`` or ``theta[0,0], theta[0,1], ...``."""
        return tuple(f"theta[{self._label(s, a)}]" for s, a in self.indices)

    @property
    def point(self) -> dict[str, Fraction]:
        """The numbers that ``--at`` may change: the policy at the point, and the discount."""
        values = {f"pi[{self._label(s, a)}]": self.policy[s][a] for s, a in self.indices}
        return {**values, "gamma": self.discount}

    def _label(self, s: int, a: int) -> str:
        return f"{s}" if self.parametrization == "sigmoid" else f"{s},{a}"

    def score(self, s: int, a: int) -> Row:
        """``d log pi(a | s) / d theta`` by parameter: the indicator of the action less its probability."""
        return tuple(
            (ONE if a == b else ZERO) - self.policy[s][b] if s == state else ZERO for state, b in self.indices
        )

    @property
    def trajectories(self) -> int:
        """How many trajectories have positive probability."""
        return self.trajectories_at(self.horizon)

    def trajectories_at(self, horizon: int) -> int:
        """The same at another horizon, by dynamic programming."""
        ways = [int(p > 0) for p in self.start]
        for _ in range(horizon - 1):
            reached = [0] * len(self.states)
            for count, rows in zip(ways, self.transitions, strict=True):
                for row in rows:
                    for n, p in enumerate(row):
                        reached[n] += count * (p > 0)
            ways = reached
        return sum(ways) * len(self.actions)

    def unreachable(self) -> tuple[str, ...]:
        """The rewards that no trajectory collects, each as a sentence."""
        seen, now = set[int](), {s for s, p in enumerate(self.start) if p}
        for _ in range(self.horizon):
            seen |= now
            now = {n for s in now for row in self.transitions[s] for n, p in enumerate(row) if p}
        return tuple(
            f"the reward {r} of '{self.actions[a]}' in '{self.states[s]}' is never reached in "
            f"{self.horizon} step{'s' * (self.horizon > 1)}"
            for s, row in enumerate(self.rewards)
            for a, r in enumerate(row)
            if r and s not in seen
        )

    def at(self, values: Mapping[str, Fraction]) -> Mdp:
        """The same with another policy or discount; raises ``UnknownName`` and ``OutsideDomain``."""
        point = self.point
        for name in values:
            if name not in point:
                raise unknown(name, f"number of {self.name}", tuple(point))
        point |= values
        policy = [list(row) for row in self.policy]
        for s, a in self.indices:
            policy[s][a] = point[f"pi[{self._label(s, a)}]"]
            if self.parametrization == "sigmoid":
                policy[s][0] = 1 - policy[s][a]
        made = replace(self, policy=tuple(map(tuple, policy)), discount=point["gamma"])
        made.require_policy()
        return made

    def require_policy(self) -> None:
        """Raises ``OutsideDomain`` unless each state has positive probabilities of sum one."""
        for state, row in zip(self.states, self.policy, strict=True):
            for action, p in zip(self.actions, row, strict=True):
                if p <= 0:
                    raise OutsideDomain(
                        f"{self.name}: the policy takes '{action}' in '{state}' with probability {p}",
                        "a logit is a finite number: every action needs a positive probability",
                    )
            if sum(row) != 1:
                raise OutsideDomain(
                    f"{self.name}: the policy in '{state}' sums to {sum(row)}, not 1",
                    "give the probabilities of all actions of that state",
                )
        if not 0 <= self.discount <= 1:
            raise OutsideDomain(f"{self.name}: the discount {self.discount} is not between 0 and 1")
