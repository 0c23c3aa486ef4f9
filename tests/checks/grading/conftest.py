"""One sealed grader and one proof for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checks.grading.answers import CodeTask
from checks.grading.grader import Grader
from checks.prover import answer
from derive.proof import Proof


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    with Grader() as made:
        yield made


@pytest.fixture(scope="session")
def proof() -> Proof:
    """Of E[mu*a + a**2] under a normal law, with the exact means of all known mistakes."""
    task = CodeTask("estimate", "normal", "mu*a + a**2", estimator="pathwise")
    return Proof.from_json(answer(task.explaining())["proof"])
