"""The study of right submissions in small: each fragment occurs, all are right, spoilt ones are not.

About 8 s on an idle core, beside the start of a grader.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import replace

import pytest

from tests.studies import grading
from tests.studies.grading import Answer
from tests.studies.submissions import HANDED_IN, PATHWISE, REPARAMETRISED, SCORE, submissions

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sealed processes are Linux's")
COUNT = 60
# What a submission may take of the processor, and how many times less than a fresh interpreter with Torch.
SECONDS, TIMES = 0.1, 20

_SPOILT = """
_right = estimate
def estimate(f, theta, n):
    return _right(lambda a: 1.01 * f(a), theta, n)
"""


@pytest.fixture(scope="module")
def found() -> list[Answer]:
    """What was found of right submissions, and then of the first two of them, spoilt."""
    every = submissions(COUNT)
    return grading.judged([*every, *(replace(one, source=one.source + _SPOILT) for one in every[:2])])


def test_right_submissions_are_right(found: list[Answer]) -> None:
    assert [a for a in found[:COUNT] if not a.right] == []


def test_wrong_submissions_are_not(found: list[Answer]) -> None:
    assert [a.right for a in found[COUNT:]] == [False, False]


def test_a_submission_costs_little(found: list[Answer]) -> None:
    """Processor time, which other programs on the machine do not use up; both measured in this run."""
    usual = statistics.median(a.seconds for a in found[:COUNT])
    assert usual <= SECONDS
    assert grading.cold_start() / usual >= TIMES


def test_every_fragment_occurs_and_none_occurs_twice() -> None:
    names = [one.name for one in submissions(COUNT)]
    assert len(set(names)) == COUNT
    for fragment in (*REPARAMETRISED, *PATHWISE, *SCORE, *HANDED_IN):
        assert any(fragment in name for name in names), fragment
    assert len({one.source for one in submissions(1000)}) == 1000
