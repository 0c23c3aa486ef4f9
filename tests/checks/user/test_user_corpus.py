"""No right estimator is refuted, every wrong one is, and a diagnosis is right where one is given."""

from __future__ import annotations

from typing import Any

import pytest

from checks.examples import examples
from checks.selection import Selection
from checks.session import Settings
from checks.user import session
from derive.cache import Cache
from tests.checks.user.corpus import Entry
from tests.checks.user.estimators_right import right
from tests.checks.user.estimators_right_more import right as right_more
from tests.checks.user.estimators_wrong import wrong
from tests.checks.user.estimators_wrong_more import wrong as wrong_more
from tests.checks.user.estimators_wrong_other import wrong as wrong_other

# Of what has to be sampled, with a false-fail rate of 1e-6 by construction: enough to see a wrong law.
COARSE = 0.2
RIGHT = right.entries + right_more.entries
WRONG = wrong.entries + wrong_more.entries + wrong_other.entries


def judged(entry: Entry, proofs: Cache) -> dict[str, Any]:
    """The record of the check of one entry."""
    p = entry.problem
    settings = Settings(
        resolution=0.01 if entry.evidence == "exact" else COARSE, budget=60.0, workers=0, cache=proofs
    )
    selection = Selection((p.family,), (p.integrand,), (), p.at, p.wrt)
    report = session.verify_function(entry.function, str(entry), selection, settings, entry.n)
    record: dict[str, Any] = report.to_json()["checks"][0]
    return record


def test_the_corpus_is_large_enough() -> None:
    # Each of the examples that ``explain`` shows is another one, and judged by its own test.
    shown = examples().values()
    assert len(RIGHT) >= 60
    assert len(WRONG) + len(shown) >= 150
    assert len({entry.function.__name__ for entry in WRONG + RIGHT}) == len(WRONG) + len(RIGHT)


@pytest.mark.parametrize("entry", RIGHT, ids=str)
def test_a_right_estimator_agrees(entry: Entry, proofs: Cache) -> None:
    found = judged(entry, proofs)
    assert (found["outcome"], found["evidence"]) == ("agrees", entry.evidence), found["reason"]
    assert found["diagnosis"] is None


@pytest.mark.parametrize("entry", WRONG, ids=str)
def test_a_wrong_estimator_is_refuted_and_recognised(entry: Entry, proofs: Cache) -> None:
    found = judged(entry, proofs)
    assert found["outcome"] == "refuted", found["reason"]
    assert entry.evidence in (found["evidence"], "any"), found["reason"]
    named = found["diagnosis"] and found["diagnosis"]["mistake"]
    assert named == entry.mistake, found["reason"]
