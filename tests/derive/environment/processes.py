"""Processes for tests: those that come with gradproof, and any other."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from derive.environment.kinds import environment
from derive.environment.mdp import Mdp


def process(name: str) -> Mdp:
    made = environment(name)
    assert isinstance(made, Mdp)
    return made


def shares(draw: st.DrawFn, n: int, least: int) -> tuple[Fraction, ...]:
    parts = [draw(st.integers(least, 5)) for _ in range(n)]
    parts[0] += not sum(parts)
    return tuple(Fraction(p, sum(parts)) for p in parts)


@st.composite
def processes(draw: st.DrawFn) -> Mdp:
    n_states, n_actions = draw(st.integers(1, 3)), draw(st.integers(2, 3))
    names = tuple(f"s{i}" for i in range(n_states)), tuple(f"a{i}" for i in range(n_actions))
    sigmoid = n_actions == 2 and draw(st.booleans())
    return Mdp(
        name="drawn",
        states=names[0],
        actions=names[1],
        start=shares(draw, n_states, 0),
        transitions=tuple(tuple(shares(draw, n_states, 0) for _ in names[1]) for _ in names[0]),
        rewards=tuple(tuple(Fraction(draw(st.integers(-4, 4)), 3) for _ in names[1]) for _ in names[0]),
        policy=tuple(shares(draw, n_actions, 1) for _ in names[0]),
        parametrization="sigmoid" if sigmoid else "softmax",
        horizon=draw(st.integers(1, 3)),
        discount=Fraction(draw(st.integers(0, 4)), 4),
    )
