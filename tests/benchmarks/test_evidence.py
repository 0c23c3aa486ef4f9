"""The benchmark of evidence counts what it says: right ones failed, wrong ones missed."""

from __future__ import annotations

import pytest

from checks.problem import Problem
from checks.prove import Request, prove
from tests.benchmarks._fixed_size import FixedSize
from tests.benchmarks.evidence import Subject, _exact, _goals, _held, _judged, _plan, _row, _shipped


@pytest.fixture(scope="module")
def subject() -> Subject:
    request = Request("normal", "a**2", wrt=("sigma",), estimators=("score_function",), fourth=True)
    proof = prove(request)
    return Subject(proof, Problem(proof))


def test_exact_evidence_sees_a_millionth_and_not_what_is_below_its_floor(subject: Subject) -> None:
    seen, unseen = _exact(subject, 1e-6), _exact(subject, 1e-12)
    assert (seen["right ones failed"], seen["wrong ones missed"]) == ("0 of 5", "0 of 5")
    assert unseen["wrong ones missed"] == "5 of 5"


def test_sampling_tells_the_right_one_from_the_wrong_one(subject: Subject) -> None:
    """Each judgement is wrong with probability 1e-3 at most; the seed is fixed."""
    assert _judged(subject, 0.1, 0.0, seed=0)[0].judgement == "agrees"
    assert _judged(subject, 0.1, 0.1, seed=0)[0].judgement == "refuted"


def test_a_fixed_size_test_is_run_as_it_is_foretold(subject: Subject) -> None:
    """A tolerance of nothing fails every time, a huge one never."""
    strict, lax = FixedSize("strict", 10), FixedSize("lax", 10, atol=1e9)
    assert [_held(test, subject, 5)["failed"] for test in (strict, lax)] == [5, 0]
    row = _shipped(lax, subject)
    assert (row["fails a right one"], row["misses 0.1"]) == (0.0, 1.0)


def test_nothing_is_claimed_of_what_was_not_run(subject: Subject) -> None:
    finest = _row("sampling", 0.01, 1e6, 2.0, 3.0, "0 of 1", "1 of 1")
    far = _plan(subject, [finest])
    assert (far["samples (right)"], far["s (right)"]) == pytest.approx((1e14, 2e8))
    assert (far["right ones failed"], far["wrong ones missed"]) == ("", "")
    missed = [goal for goal in _goals([{**finest, "bias": "0.1"}], [finest]) if not goal.met]
    assert [goal.reached for goal in missed] == ["2.000 s", "3.00 s", "2 wrong"]
