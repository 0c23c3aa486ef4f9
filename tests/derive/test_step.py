"""A derivation is a chain; it is worth what its weakest step is worth, and forgets no assumption."""

from __future__ import annotations

import pytest
from sympy import Symbol

from derive.step import STRENGTH, Condition, Derivation, Step, StepStatus
from derive.terms import SAMPLE as a
from derive.terms import E, Law

x, y, z = (Symbol(n, real=True) for n in "xyz")
TERM = E(a, Law("P", x), a)
ASSUMED = Condition("g is smooth", "assumed")


def _chain(one: StepStatus, two: StepStatus) -> Derivation:
    first = Step("linearity", x, y, one, (ASSUMED,))
    second = Step("moments", y, z, two, (ASSUMED, Condition("x > 0", "proved")))
    return Derivation(TERM, x, "direct", (first, second))


def test_a_broken_chain_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"step 1 \(linearity\) ends with y, step 2 \(moments\) begins with z"
    ):
        Derivation(TERM, x, "direct", (Step("linearity", x, y, "proved"), Step("moments", z, y, "proved")))


@pytest.mark.parametrize("one", STRENGTH)
@pytest.mark.parametrize("two", STRENGTH)
def test_status_is_that_of_the_weakest_step(one: StepStatus, two: StepStatus) -> None:
    assert _chain(one, two).status == max(one, two, key=STRENGTH.index)


def test_assumptions_are_the_union_over_the_steps() -> None:
    assert _chain("proved-if", "proved").assumptions == (ASSUMED,)


def test_a_derivation_without_steps_shows_nothing() -> None:
    assert Derivation(TERM, x, "direct").status == "undecided"
