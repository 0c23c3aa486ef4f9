"""The table of what applies to what is what the estimators say today."""

from __future__ import annotations

import pytest

from checks.applicability import estimators_of, families_of, measured, serves, stored
from checks.listing import as_json, listing

RENEW = "renew it: python -c 'from checks.applicability import store; store()'"


def test_the_file_is_what_the_estimators_say() -> None:
    found, kept = measured(), stored()
    assert sorted(kept) == sorted(found), RENEW
    for name, row in found.items():
        assert kept[name] == row, f"{name}: {RENEW}"


@pytest.mark.parametrize(
    ("family", "applies", "not_"),
    [
        pytest.param("normal", {"pathwise", "score_function"}, {"gumbel_softmax"}, id="continuous"),
        pytest.param("bernoulli", {"score_function", "gumbel_softmax"}, {"pathwise"}, id="discrete"),
        pytest.param("student_t", {"pathwise"}, {"straight_through"}, id="by some parameters"),
        pytest.param("uniform", {"pathwise"}, {"score_function", "leave_one_out"}, id="moving support"),
    ],
)
def test_what_applies_to_a_family(family: str, applies: set[str], not_: set[str]) -> None:
    found = set(estimators_of(family))
    assert applies <= found
    assert not not_ & found


def test_the_other_way_round() -> None:
    assert "gamma" in families_of("pathwise")  # by its rate alone
    assert "poisson" not in families_of("pathwise")
    assert not serves("poisson is a law on whole numbers")


def test_the_list_says_why_not() -> None:
    text = listing(("applicability",))
    assert "no: the support of the family moves with low and high" in text
    cells = {(c["estimator"], c["family"]): c for c in as_json(("applicability",))["applicability"]}
    assert cells["pathwise", "normal"] == {
        "estimator": "pathwise", "family": "normal", "applies": True, "reason": ""}  # fmt: skip
    assert "whole numbers" in cells["pathwise", "poisson"]["reason"]
