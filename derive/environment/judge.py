"""The second judge of a policy gradient's steps: both sides as numbers, by enumeration of all trajectories.

It knows the meaning of the terms and nothing of the rules. Derivatives are taken by dual numbers; a term with
T left open is judged at the horizon of each process that it is tried on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from sympy import Add, Expr, Mul, Number, Pow, Symbol, log

from derive.environment.terms import (
    ACTIONS,
    GAMMA,
    HORIZON,
    STATES,
    ActionAt,
    ActionValue,
    Move,
    Paths,
    Policy,
    Product,
    Reward,
    Start,
    StateAt,
    StateValue,
    Visits,
)
from derive.errors import Undecided
from derive.oracle import Comparison
from derive.terms import D, Density, E, Total

# Sums of some hundred products of doubles.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Dual:
    """A number with its derivative by one parameter."""

    v: float
    d: float = 0.0

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.v + other.v, self.d + other.d)

    def __mul__(self, other: Dual) -> Dual:
        return Dual(self.v * other.v, self.v * other.d + self.d * other.v)

    def power(self, n: float) -> Dual:
        slope = n * self.v ** (n - 1) * self.d if self.d else 0.0
        return Dual(self.v**n, slope)

    def log(self) -> Dual:
        return Dual(math.log(self.v), self.d / self.v)


ZERO, ONE = Dual(0.0), Dual(1.0)
Path = tuple[tuple[int, ...], tuple[int, ...]]
Env = Mapping[Symbol, Any]


@dataclass(frozen=True)
class Trial:
    """A process at one point: tables of numbers, and the policy as duals by each parameter's symbol.

    ``policy(wrt)[s][a]`` carries the derivative by ``wrt``; ``moves(wrt)[s][a][n]`` does as well where the
    process itself depends on it, as no process of a problem file does.
    """

    start: tuple[float, ...]
    moves: Callable[[Symbol], tuple[tuple[tuple[Dual, ...], ...], ...]]
    rewards: tuple[tuple[float, ...], ...]
    policy: Callable[[Symbol], tuple[tuple[Dual, ...], ...]]
    horizon: int
    discount: float
    point: Mapping[str, str] = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[int, int]:
        return len(self.rewards), len(self.rewards[0])


def judge(trials: tuple[Trial, ...], wrt: Symbol) -> Callable[[Expr, Expr], Comparison]:
    """The comparison of two terms on every trial; derivatives are those by ``wrt``."""
    readers = [_Reader(trial, wrt) for trial in trials]

    def compare(before: Expr, after: Expr) -> Comparison:
        worst = 0.0
        for reader in readers:
            try:
                one, two = reader.value(before).v, reader.value(after).v
            except (Undecided, ArithmeticError, ValueError) as error:
                return Comparison("unknown", f"not evaluated: {error}")
            gap, scale = abs(one - two), max(abs(one), abs(two), 1.0)
            if not math.isfinite(gap):
                return Comparison("unknown", "a side is not finite")
            if gap > ROUNDING * scale:
                witness = tuple(reader.trial.point.items())
                return Comparison("differs", f"{one:.10g} against {two:.10g}", witness)
            worst = max(worst, gap)
        count = f"{len(readers)} process{'es' * (len(readers) > 1)}"
        return Comparison("agrees", f"equal to {worst:.0e} by enumeration of the trajectories of {count}")

    return compare


class _Reader:
    """The meaning of terms in one trial. Results of terms without free variables are kept."""

    def __init__(self, trial: Trial, wrt: Symbol) -> None:
        self.trial = trial
        self.wrt = wrt
        self.policy = trial.policy(wrt)
        self.moves = trial.moves(wrt)
        self.paths = self._paths()
        self.action_values, self.state_values = self._values()
        self.visits = self._visits()
        self.known: dict[Expr, Dual] = {}

    def value(self, term: Expr) -> Dual:
        if term not in self.known:
            self.known[term] = self._of(term, {})
        return self.known[term]

    def _of(self, term: Expr, env: Env) -> Dual:
        for kind, meaning in _MEANINGS:
            if isinstance(term, kind):
                return meaning(self, term, env)
        raise Undecided(f"{type(term).__name__} has no meaning here")

    def _symbol(self, term: Symbol, env: Env) -> Dual:
        if term in env:
            return Dual(float(env[term]))
        n_states, n_actions = self.trial.sizes
        meanings = {
            HORIZON: self.trial.horizon,
            GAMMA: self.trial.discount,
            STATES: n_states,
            ACTIONS: n_actions,
        }
        if term not in meanings:
            raise Undecided(f"{term} has no value")
        return Dual(float(meanings[term]))

    def _sum(self, term: Expr, env: Env) -> Dual:
        total = ZERO
        for part in term.args:
            total = total + self._of(part, env)
        return total

    def _product(self, term: Expr, env: Env) -> Dual:
        total = ONE
        for part in term.args:
            total = total * self._of(part, env)
            if total == ZERO:
                return ZERO
        return total

    def _power(self, term: Pow, env: Env) -> Dual:
        return self._of(term.base, env).power(self._of(term.exp, env).v)

    def _slope(self, term: D, env: Env) -> Dual:
        if term.theta != self.wrt:
            raise Undecided(f"derivatives by {term.theta} are not taken here")
        return Dual(self._of(term.body, env).d)

    def _over(self, term: Total, env: Env) -> Dual:
        ((variable, low, high),) = term.limits
        first, last = (round(self._of(end, env).v) for end in (low, high))
        is_product = isinstance(term, Product)
        total = ONE if is_product else ZERO
        for i in range(first, last + 1):
            part = self._of(term.body, {**env, variable: i})
            total = total * part if is_product else total + part
        return total

    def _trajectories(self, term: E | Paths, env: Env) -> Dual:
        weighed = isinstance(term, E)
        total = ZERO
        (tau,) = term.variables
        for path, p in self.paths.items():
            inner = self._of(term.body, {**env, tau: path})
            total = total + (p * inner if weighed else inner)
        return total

    def _density(self, term: Density, env: Env) -> Dual:
        return self.paths[env[term.point[0]]]

    def _index(self, term: Expr, env: Env) -> int:
        if isinstance(term, (StateAt, ActionAt)):
            states, actions = env[term.args[0]]
            return int((states if isinstance(term, StateAt) else actions)[round(self._of(term.time, env).v)])
        return round(self._of(term, env).v)

    def _table(self, term: Expr, env: Env) -> Dual:
        i = [self._index(argument, env) for argument in term.args[: getattr(term, "shown", None)]]
        if isinstance(term, Start):
            return Dual(self.trial.start[i[0]])
        if isinstance(term, Policy):
            return self.policy[i[1]][i[0]]
        if isinstance(term, Move):
            return self.moves[i[1]][i[2]][i[0]]
        if isinstance(term, Reward):
            return Dual(self.trial.rewards[i[0]][i[1]])
        if isinstance(term, ActionValue):
            return self.action_values[i[0]][i[1]][i[2]]
        return (self.state_values if isinstance(term, StateValue) else self.visits)[i[0]][i[1]]

    def _paths(self) -> dict[Path, Dual]:
        """Every trajectory that can happen, with its probability."""
        n_states, n_actions = self.trial.sizes
        found: dict[Path, Dual] = {}
        steps = range(self.trial.horizon)
        for states in product(range(n_states), repeat=self.trial.horizon):
            if not self.trial.start[states[0]]:
                continue
            for actions in product(range(n_actions), repeat=self.trial.horizon):
                p = Dual(self.trial.start[states[0]])
                for t in steps:
                    p = p * self.policy[states[t]][actions[t]]
                    if t + 1 < self.trial.horizon:
                        p = p * self.moves[states[t]][actions[t]][states[t + 1]]
                if p.v:
                    found[states, actions] = p
        return found

    def _values(self) -> tuple[list[list[list[Dual]]], list[list[Dual]]]:
        n_states, n_actions = self.trial.sizes
        state: list[list[Dual]] = [[ZERO] * n_states]
        action: list[list[list[Dual]]] = []
        for _ in range(self.trial.horizon):
            q = [
                [
                    Dual(self.trial.rewards[s][a])
                    + Dual(self.trial.discount) * _dot(self.moves[s][a], state[0])
                    for a in range(n_actions)
                ]
                for s in range(n_states)
            ]
            action.insert(0, q)
            state.insert(0, [_dot(self.policy[s], q[s]) for s in range(n_states)])
        return action, state

    def _visits(self) -> list[list[Dual]]:
        n_states, n_actions = self.trial.sizes
        found = [[Dual(p) for p in self.trial.start]]
        for _ in range(self.trial.horizon - 1):
            moved = [ZERO] * n_states
            for s, a, n in product(range(n_states), range(n_actions), range(n_states)):
                moved[n] = moved[n] + found[-1][s] * self.policy[s][a] * self.moves[s][a][n]
            found.append(moved)
        return found


def _dot(one: Any, two: Any) -> Dual:
    total = ZERO
    for x, y in zip(one, two, strict=True):
        total = total + x * y
    return total


_TABLES = (Start, Policy, Move, Reward, ActionValue, StateValue, Visits)
_MEANINGS: tuple[tuple[Any, Callable[[_Reader, Any, Env], Dual]], ...] = (
    (Number, lambda _, term, __: Dual(float(term))),
    (Symbol, _Reader._symbol),
    (Add, _Reader._sum),
    (Mul, _Reader._product),
    (Pow, _Reader._power),
    (log, lambda reader, term, env: reader._of(term.args[0], env).log()),
    (D, _Reader._slope),
    (Total, _Reader._over),
    ((E, Paths), _Reader._trajectories),
    (Density, _Reader._density),
    (_TABLES, _Reader._table),
)
