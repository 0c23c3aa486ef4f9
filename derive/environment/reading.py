"""From what a problem file says to a Markov decision process, checked: rows, signs, names, horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from derive.environment.files import Data, number, require_keys, table
from derive.environment.mdp import ZERO, Mdp, Row
from derive.errors import BadProblem, OutsideDomain

REQUIRED = ("horizon", "discount", "states", "actions", "start", "policy", "transitions", "rewards")
KNOWN = ("kind", "says", "source", "parametrization", "behaviour", *REQUIRED)
# The score of a horizon beyond this is no longer a small exact number, and nobody enumerates it.
LONGEST = 1000


def mdp_of(name: str, data: Data) -> Mdp:
    """The process; raises ``BadProblem`` or ``OutsideDomain``, naming the file and the place."""
    require_keys(name, data, KNOWN, REQUIRED)
    states, actions = _names(name, "states", data), _names(name, "actions", data)
    made = Mdp(
        name=name,
        states=states,
        actions=actions,
        start=_distribution(f"{name}: the start", data["start"], states),
        transitions=_transitions(name, data["transitions"], states, actions),
        rewards=tuple(
            _rewards(f"{name}: the rewards in '{s}'", row, actions)
            for s, row in _by_state(f"{name}: the rewards", data["rewards"], states, optional=True)
        ),
        policy=_policy(f"{name}: the policy", data["policy"], states, actions),
        parametrization=_parametrization(name, data, actions),
        horizon=_horizon(name, data["horizon"]),
        discount=number(f"{name}: the discount", data["discount"]),
    )
    made.require_policy()
    if "behaviour" in data:
        behaviour = _policy(f"{name}: the behaviour", data["behaviour"], states, actions)
        made = replace(made, behaviour=behaviour)
        replace(made.drawn, name=f"{name}, behaviour").require_policy()
    return made


def _policy(where: str, value: Any, states: Sequence[str], actions: Sequence[str]) -> tuple[Row, ...]:
    return tuple(_row(f"{where} in '{s}'", row, actions) for s, row in _by_state(where, value, states))


def _names(where: str, key: str, data: Data) -> tuple[str, ...]:
    found = data[key]
    if not isinstance(found, list) or not found or not all(isinstance(n, str) for n in found):
        raise BadProblem(f"{where}: {key} is {found!r}, not a list of names", f'as in {key} = ["one", "two"]')
    if len(set(found)) < len(found):
        raise BadProblem(f"{where}: a name stands twice in {key}", "every name needs to be its own")
    return tuple(found)


def _by_state(where: str, value: Any, states: Sequence[str], optional: bool = False) -> list[tuple[str, Any]]:
    found = table(where, value)
    require_keys(where, found, states, () if optional else states)
    return [(s, found.get(s, {})) for s in states]


def _row(where: str, value: Any, names: Sequence[str]) -> Row:
    """Numbers by name; what is not given is zero."""
    found = table(where, value)
    require_keys(where, found, names, ())
    return tuple(number(f"{where}, '{n}'", found[n]) if n in found else ZERO for n in names)


def _rewards(where: str, value: Any, actions: Sequence[str]) -> Row:
    for action, reward in table(where, value).items():
        if isinstance(reward, dict):
            help = "a reward is of state and action; of one for the next state, give the mean"
            raise BadProblem(f"{where}, '{action}' is a table, not a number", help)
    return _row(where, value, actions)


def _distribution(where: str, value: Any, names: Sequence[str]) -> Row:
    row = _row(where, value, names)
    for name, p in zip(names, row, strict=True):
        if p < 0:
            raise OutsideDomain(f"{where} has probability {p} for '{name}'", "probabilities are not negative")
    if sum(row) != 1:
        lacking = 1 - sum(row)
        help = f"{lacking} is missing" if lacking > 0 else f"that is {-lacking} too much"
        raise OutsideDomain(f"{where} sums to {sum(row)}, not 1", help)
    return row


def _transitions(
    name: str, value: Any, states: Sequence[str], actions: Sequence[str]
) -> tuple[tuple[Row, ...], ...]:
    rows = []
    for state, by_action in _by_state(f"{name}: the transitions", value, states):
        where = f"{name}: the transitions from '{state}'"
        found = table(where, by_action)
        require_keys(where, found, actions, actions)
        row = f"{name}: the row of transitions from '{state}'"
        rows.append(tuple(_distribution(f"{row} by '{a}'", found[a], states) for a in actions))
    return tuple(rows)


def _parametrization(name: str, data: Data, actions: Sequence[str]) -> Literal["sigmoid", "softmax"]:
    usual = "sigmoid" if len(actions) == 2 else "softmax"
    given = data.get("parametrization", usual)
    if given not in ("sigmoid", "softmax"):
        raise BadProblem(f"{name}: the parametrization {given!r} is not known", "known: sigmoid, softmax")
    if given == "sigmoid" and len(actions) != 2:
        raise BadProblem(f"{name}: a sigmoid chooses between two actions, not {len(actions)}", "use softmax")
    if len(actions) < 2:
        raise BadProblem(f"{name}: with one action there is no policy to learn", "give at least two actions")
    return "sigmoid" if given == "sigmoid" else "softmax"


def _horizon(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST:
        raise OutsideDomain(
            f"{name}: the horizon is {value!r}, not a whole number from 1 to {LONGEST}",
            "infinite horizons are not supported: cut where discount**horizon is small enough",
        )
    return value
