"""Processes: one gradient by enumeration, by recursion, as a polynomial and as a quotient of differences."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol, sympify

from derive.environment.bellman import action_slopes, gradient, gradient_by_step, values, visits
from derive.environment.mdp import Mdp
from derive.environment.paths import gradient_by_paths, moments, objective, paths, rewards, scored, to_go
from derive.environment.symbolic import closed_gradient
from derive.errors import OutsideDomain, UnknownName
from tests.derive.environment.processes import process, processes

PROBLEMS = ("mdp2", "mdp3", "corridor")


# By hand from the two-step sum over trajectories, in the policy's probabilities and the discount.
TWO_STEPS = {
    "theta[0]": "-q0*(q0 - 1)*(36*g*q0 + 78*g*q1 - 13*g - 30)/40",
    "theta[1]": "-q1*(q1 - 1)*(39*g*q0 + 24*g*q1 + 21*g + 20)/20",
}
THREE_STEPS = {
    "theta[0]": "q0*(q0 - 1)*(324*g**2*q0**2 + 720*g**2*q0*q1 - 192*g**2*q0 - 324*g**2*q1**2 - 948*g**2*q1"
    " + 107*g**2 - 360*g*q0 - 780*g*q1 + 130*g + 300)/400",
    "theta[1]": "q1*(q1 - 1)*(90*g**2*q0**2 - 162*g**2*q0*q1 - 237*g**2*q0 - 108*g**2*q1**2 - 138*g**2*q1"
    " - 104*g**2 - 195*g*q0 - 120*g*q1 - 105*g - 100)/100",
}


@pytest.mark.parametrize(
    ("name", "forms"), [("mdp2", TWO_STEPS), ("mdp3", THREE_STEPS)], ids=["mdp2", "mdp3"]
)
def test_the_closed_gradient_is_the_polynomial_derived_by_hand(name: str, forms: dict[str, str]) -> None:
    mdp = process(name)
    closed = closed_gradient(mdp)
    assert closed is not None
    names = {Symbol("q0"): Symbol("pi[0]"), Symbol("q1"): Symbol("pi[1]"), Symbol("g"): Symbol("gamma")}
    for form, wanted in zip(closed.forms, forms.values(), strict=True):
        assert (form - sympify(wanted).xreplace(names)).expand() == 0
    assert closed.at_point == gradient(mdp)


def test_the_known_numbers() -> None:
    assert objective(process("mdp2")) == Fraction("3.7624")
    assert objective(process("mdp3")) == Fraction("5.8776016")
    assert gradient(process("mdp2")) == (Fraction(187, 3000), Fraction("0.76272"))
    assert gradient(process("mdp3")) == (Fraction(405647, 1500000), Fraction("1.39856352"))


@pytest.mark.parametrize("name", PROBLEMS)
def test_enumeration_and_recursion_agree_exactly(name: str) -> None:
    mdp = process(name)
    assert gradient_by_paths(mdp) == gradient(mdp)
    start = sum(p * v for p, v in zip(mdp.start, values(mdp).state[0], strict=True))
    assert start == objective(mdp)
    assert len(list(paths(mdp))) == mdp.trajectories
    assert sum(path.probability for path in paths(mdp)) == 1
    assert all(sum(row) == 1 for row in visits(mdp))
    assert tuple(map(sum, zip(*gradient_by_step(mdp), strict=True))) == gradient(mdp)


@given(processes())
@settings(max_examples=40, deadline=None)
def test_any_process_has_one_gradient(mdp: Mdp) -> None:
    found = gradient(mdp)
    assert gradient_by_paths(mdp) == found
    assert moments(mdp, lambda m, p: scored(m, p, (to_go(m, p)[0],) * m.horizon)).mean == found
    assert moments(mdp, lambda m, p: scored(m, p, rewards(m, p))).mean is not None
    closed = closed_gradient(mdp)
    assert closed is None or closed.at_point == found


@given(processes(), st.data())
@settings(max_examples=15, deadline=None)
def test_the_gradient_is_the_slope_of_the_objective(mdp: Mdp, data: st.DataObject) -> None:
    """Central differences at logits moved by h: the error is of the order of h**2."""
    i = data.draw(st.integers(0, len(mdp.indices) - 1))
    h = 1e-4
    slope = (float(objective(moved(mdp, i, h))) - float(objective(moved(mdp, i, -h)))) / (2 * h)
    # The third derivative of a return below 5 * 3 in a logit is below 100; a double has 16 digits.
    assert slope == pytest.approx(float(gradient(mdp)[i]), abs=100 * h**2 + 1e-10)


def moved(mdp: Mdp, i: int, h: float) -> Mdp:
    state, action = mdp.indices[i]
    weights = [float(p) * (math.exp(h) if a == action else 1.0) for a, p in enumerate(mdp.policy[state])]
    row = tuple(Fraction(w / sum(weights)) for w in weights)
    return replace(mdp, policy=tuple(row if s == state else p for s, p in enumerate(mdp.policy)))


def test_a_wrong_gradient_is_told_apart_by_differences() -> None:
    mdp, h = process("mdp2"), 1e-4
    slope = (float(objective(moved(mdp, 0, h))) - float(objective(moved(mdp, 0, -h)))) / (2 * h)
    undiscounted = replace(mdp, discount=Fraction(1))
    assert slope == pytest.approx(float(gradient(mdp)[0]), abs=1e-6)
    assert slope != pytest.approx(float(gradient(undiscounted)[0]), abs=1e-3)


@pytest.mark.parametrize("name", PROBLEMS)
def test_slopes_of_values_are_differences_of_values(name: str) -> None:
    mdp, h = process(name), 1e-4
    slopes = action_slopes(mdp)
    for i in range(len(mdp.indices)):
        up, down = (values(moved(mdp, i, step)).action for step in (h, -h))
        for t, rows in enumerate(slopes):
            for s, row in enumerate(rows):
                for a, slope in enumerate(row):
                    found = float(up[t][s][a] - down[t][s][a]) / (2 * h)
                    assert found == pytest.approx(float(slope[i]), abs=1e-6)  # h**2 times a derivative


def test_another_point() -> None:
    mdp = process("mdp2").at({"pi[0]": Fraction(1, 4), "gamma": Fraction(1)})
    assert mdp.policy[0] == (Fraction(3, 4), Fraction(1, 4))
    assert mdp.policy[1] == process("mdp2").policy[1]
    known = {Symbol("q0"): Rational(1, 4), Symbol("q1"): Rational(3, 5), Symbol("g"): Rational(1)}
    wanted = [sympify(form).xreplace(known) for form in TWO_STEPS.values()]
    assert list(gradient(mdp)) == [Fraction(int(w.p), int(w.q)) for w in wanted]


@pytest.mark.parametrize(
    ("values_", "error", "says"),
    [
        ({"pi[0]": Fraction(1)}, OutsideDomain, "takes 'stay' in 'low' with probability 0"),
        ({"gamma": Fraction(2)}, OutsideDomain, "the discount 2 is not between 0 and 1"),
        ({"pi[7]": Fraction(1, 2)}, UnknownName, r"no number of mdp2 is called 'pi\[7\]'"),
    ],
    ids=["edge", "discount", "name"],
)
def test_points_that_are_none(values_: dict[str, Fraction], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        process("mdp2").at(values_)


def test_a_softmax_needs_the_whole_row() -> None:
    with pytest.raises(OutsideDomain, match="the policy in 'near' sums to 13/10, not 1"):
        process("corridor").at({"pi[0,0]": Fraction(1, 2)})


def test_a_long_horizon_needs_no_enumeration() -> None:
    mdp = replace(process("mdp2"), horizon=40)
    assert mdp.trajectories == 4**40
    assert all(isinstance(g, Fraction) for g in gradient(mdp))
    assert closed_gradient(replace(mdp, horizon=6)) is None  # nobody would read it
