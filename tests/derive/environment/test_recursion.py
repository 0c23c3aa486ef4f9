"""Moments by recursion are those by enumeration, as fractions, for any recursion on any process."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from derive.environment.bellman import gradient
from derive.environment.kinds import environment
from derive.environment.mdp import Mdp
from derive.environment.paths import moments
from derive.environment.recursion import MOST_WORK, Recursion, along, is_affordable, moments_by_recursion
from tests.derive.environment.processes import process, processes

small = st.integers(-3, 3).map(lambda k: Fraction(k, 2))


@st.composite
def recursions(draw: st.DrawFn, mdp: Mdp) -> Recursion:
    """Functions of one step drawn as tables, with the next state in them."""
    n_states, n_actions = len(mdp.states), len(mdp.actions)

    def table() -> dict[tuple[int, int, int, int | None], Fraction]:
        keys = [(t, s, a, n) for t in range(mdp.horizon) for s in range(n_states) for a in range(n_actions)
                for n in (*range(n_states), None)]  # fmt: skip
        values = draw(st.lists(small, min_size=6, max_size=6))
        return {key: values[i % 6] for i, key in enumerate(keys)}

    credit, own, added = table(), table(), table()
    return Recursion(
        front=draw(small),
        factor=draw(small),
        credit=lambda t, s, a, n: credit[t, s, a, n],
        own=lambda t, s, a, n: own[t, s, a, n],
        added=lambda t, s, a: tuple(added[t, s, a, None] * (i + 1) for i in range(len(mdp.indices))),
        tilted=draw(st.booleans()),
    )


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_recursion_and_enumeration_agree_exactly(data: st.DataObject) -> None:
    mdp = data.draw(processes())
    made = data.draw(recursions(mdp))
    found = moments(mdp, lambda m, path: along(m, path, made))
    assert moments_by_recursion(mdp, made) == (found.mean, found.variance)


def test_a_lost_covariance_would_be_seen() -> None:
    """Without credit that is carried back, the variance is another one."""
    mdp = process("mdp3")
    whole = Recursion(mdp.discount, mdp.discount, credit=lambda t, s, a, n: mdp.rewards[s][a])
    cut = replace(whole, factor=Fraction(0))
    assert moments_by_recursion(mdp, whole)[1] != moments_by_recursion(mdp, cut)[1]


def test_a_long_horizon_has_an_exact_variance() -> None:
    mdp = replace(process("mdp2"), horizon=30)
    made = Recursion(mdp.discount, mdp.discount, credit=lambda t, s, a, n: mdp.rewards[s][a])
    mean, variance = moments_by_recursion(mdp, made)
    assert mean == gradient(mdp)
    assert all(v > 0 for v in variance)


def test_what_would_take_minutes_is_not_begun() -> None:
    assert is_affordable(process("corridor"))
    assert not is_affordable(replace(process("corridor"), horizon=MOST_WORK))
    assert isinstance(environment("corridor"), Mdp)
