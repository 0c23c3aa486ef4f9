"""A diagnosis: sharp bounds name the one mistake, wide ones remark on it, and both say what they stand on."""

from __future__ import annotations

import numpy as np

from checks.user.judging import Judged
from checks.user.matching import SHARP, Match, match
from checks.verdict import Verdict
from tests.checks.proofs import proof_of, stated

EXACT = {"mu": 2.0, "sigma": 4.0}
WRONG = {"mu": 1.5, "sigma": 4.0}


def found(half_width: float, mean: dict[str, float] = WRONG) -> Match:
    """What is said of a mean known within ``half_width``, where one mistake has the mean ``WRONG``."""
    proof = proof_of(
        "normal",
        "a**2",
        exact=EXACT,
        statistics={"dropped_explicit_term": stated("dropped_explicit_term", WRONG)},
    )
    middle = np.array([mean[name] for name in proof.wrt])
    bounds = middle - half_width, middle + half_width
    return match(Judged(Verdict("refuted", "sampling", ""), None, bounds), proof)


def test_sharp_bounds_name_the_mistake_and_what_that_stands_on() -> None:
    diagnosis = found(0.9 * SHARP * 0.5).diagnosis
    assert diagnosis is not None
    assert diagnosis["mistake"] == "dropped_explicit_term"
    assert diagnosis["says"].startswith("as far as samples tell, your mean equals the gradient without")


def test_wide_bounds_only_remark_on_it() -> None:
    assert found(1.1 * SHARP * 0.5) == Match(None, "dropped explicit term may have this mean, by samples")


def test_wide_bounds_in_which_no_mistake_lies_say_nothing() -> None:
    assert found(0.3, {"mu": 0.5, "sigma": 4.0}) == Match(None)


def test_a_bias_in_sharp_bounds_that_is_no_mistakes_is_not_named() -> None:
    assert found(0.005, {"mu": 1.4, "sigma": 4.0}) == Match(None)


def by_quadrature(accuracy: float) -> Match:
    """What is said where exact evidence would notice a bias of that size."""
    statistics = {"dropped_explicit_term": stated("dropped_explicit_term", WRONG)}
    proof = proof_of("normal", "a**2", exact=EXACT, statistics=statistics)
    noticed = dict.fromkeys(WRONG, accuracy)
    verdict = Verdict("refuted", "exact", "", estimate=dict(WRONG), detectable_bias=noticed)
    return match(Judged(verdict, None), proof)


def test_quadrature_that_has_not_quite_settled_names_nothing() -> None:
    diagnosis = by_quadrature(0.9 * SHARP * 0.5).diagnosis
    assert diagnosis is not None
    assert diagnosis["says"].startswith("your mean equals the gradient without")
    remark = "dropped explicit term may have this mean, as far as the quadrature tells"
    assert by_quadrature(1.1 * SHARP * 0.5) == Match(None, remark)
