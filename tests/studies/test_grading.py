"""The study of right submissions in small: each fragment occurs, all are right, spoilt ones are not.

About 5 s on an idle core, beside the start of a grader.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from tests.studies import grading
from tests.studies.submissions import HANDED_IN, PATHWISE, REPARAMETRISED, SCORE, submissions

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sealed processes are Linux's")
COUNT = 60


def test_right_submissions_are_right_and_wrong_ones_are_not() -> None:
    every = submissions(COUNT)
    spoilt = [replace(one, source=f"{one.source}\n{_SPOILT}") for one in every[:2]]
    found = grading.judged([*every, *spoilt])
    assert [a for a in found[:COUNT] if not a.right] == []
    assert [a.right for a in found[COUNT:]] == [False] * 2


_SPOILT = """
_right = estimate
def estimate(f, theta, n):
    return _right(lambda a: 1.01 * f(a), theta, n)
"""


def test_every_fragment_occurs_and_none_occurs_twice() -> None:
    names = [one.name for one in submissions(COUNT)]
    assert len(set(names)) == COUNT
    for fragment in (*REPARAMETRISED, *PATHWISE, *SCORE, *HANDED_IN):
        assert any(fragment in name for name in names), fragment
    assert len({one.source for one in submissions(1000)}) == 1000
