"""What a function may take of the processor: a call that does not end is no answer, a slow one nobody's zero.

About 4 s on an idle core, most of it functions that wait on purpose.
"""

from __future__ import annotations

import sys

import pytest

from checks.grading import examining
from checks.grading.answers import CodeTask, TaskFinding
from checks.grading.grader import Grader
from checks.grading.judging import grade_code
from derive.proof import Proof

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sealed processes are Linux's")

# Right, not an estimator that is known, and slow: whatever judges it takes many calls.
SLOW = """
import time, torch
from torch.distributions import Normal

def estimate(f, theta, n):
    start = time.process_time()
    while time.process_time() - start < {seconds}:
        pass
    law = Normal(theta.mu, theta.sigma)
    a = law.sample((n,))
    return ((f(a).detach() - 0.3) * law.log_prob(a) + f(a)).mean()
"""
REQUIRES = ("unbiased", "n_samples", "no_closed_form")


def judged(source: str, grader: Grader, proof: Proof, seconds: float, budget: float) -> TaskFinding:
    task = CodeTask(
        "estimate", "normal", "mu*a + a**2", requires=REQUIRES, seed=2, seconds=seconds, budget=budget
    )
    (found,) = grade_code(source.encode(), [task], [proof], grader)
    return found


def test_a_call_that_does_not_end_costs_its_limit_once(grader: Grader, proof: Proof) -> None:
    source = "def estimate(f, theta, n):\n    while True: pass\n"
    found = judged(source, grader, proof, seconds=0.5, budget=10.0)
    assert (found.outcome, found.failure) == ("no answer", "time")
    assert "within 0.5 s of processor time" in found.says
    assert found.met == dict.fromkeys(REQUIRES, False)
    assert 0.4 < found.cpu_seconds < 2.0


def test_who_is_slow_is_left_to_a_person(
    grader: Grader, proof: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call ends in time, and all of them together take longer than there is."""
    monkeypatch.setattr(examining, "SAMPLING", 0.5)
    found = judged(SLOW.format(seconds=0.05), grader, proof, seconds=1.0, budget=0.5)
    assert found.outcome == "inconclusive", found
    assert "its calls took 0.5 s of processor time" in found.says
    assert "too slow to be sampled" in found.says
    assert found.met == dict.fromkeys(REQUIRES)


def test_the_same_function_is_right_where_there_is_time(grader: Grader, proof: Proof) -> None:
    found = judged(SLOW.format(seconds=0.0), grader, proof, seconds=1.0, budget=10.0)
    assert (found.outcome, all(found.met.values())) == ("agrees", True), found
