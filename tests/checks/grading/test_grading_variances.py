"""Marks for the variance: the right one gets them, another does not; where samples meet it is decided, too.

About 8 s on an idle core, most of it the proofs.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from checks.grading.answers import CodeTask, TaskFinding
from checks.grading.grader import Grader
from checks.grading.judging import grade_code
from checks.grading.spreads import spread
from checks.prover import answer
from derive.proof import Proof

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sealed processes are Linux's")

REQUIRES = ("unbiased", "estimator", "variance")
REWARDS = (1.0, 4.0, 2.0)
POINT = (("logits[0]", "0"), ("logits[1]", "-1"), ("logits[2]", "1/2"))
SOURCE = """
import torch

def multinomial(policy, n):
    return torch.multinomial(policy.detach(), n, replacement=True)

def gumbels(policy, n):
    g = -torch.log(-torch.log(torch.rand(n, 3, dtype=torch.float64)))
    return (torch.log(policy.detach()) + g).argmax(-1)

def clocks(policy, n):
    return (torch.empty(n, 3, dtype=torch.float64).exponential_() / policy.detach()).argmin(-1)

def plain(f, policy, a):
    return (f(a) * torch.log(policy[a])).mean()

def leave_one_out(f, policy, a):
    c = f(a)
    return ((c - (c.sum() - c) / max(len(a) - 1, 1)) * torch.log(policy[a])).mean()

def constant(f, policy, a):
    return ((f(a) - 1.0) * torch.log(policy[a])).mean()

def pairs(f, policy, a):
    # Leave-one-out within neighbours alone: right, and not of that variance for n > 2.
    c = f(a)
    other = c.flip(0)
    return ((c - other) * torch.log(policy[a])).mean()

def estimate(f, theta, n):
    policy = torch.softmax(theta.logits, dim=0)
    return {method}(f, policy, {samples}(policy, n))
"""


def judged(declared: str, method: str, samples: str, grader: Grader, proofs: dict[str, Proof]) -> TaskFinding:
    task = CodeTask(
        "estimate",
        "categorical_logits",
        "table(1, 4, 2)",
        POINT,
        estimator=declared,
        requires=REQUIRES,
        seed=3,
    )
    source = SOURCE.format(method=method, samples=samples).encode()
    (found,) = grade_code(source, [task], [proofs[declared]], grader)
    return found


@pytest.fixture(scope="module")
def proofs() -> dict[str, Proof]:
    made = {}
    for name in ("score_function", "leave_one_out", "gumbel_max"):
        task = CodeTask("e", "categorical_logits", "table(1, 4, 2)", POINT, estimator=name)
        request = {**task.request(), "estimators": sorted({name, "score_function"})}
        made[name] = Proof.from_json(answer(request)["proof"])
    return made


# Declared, what was written, how it draws: whether it is that estimator, and has its variance.
CASES = {
    "score-function": ("score_function", "plain", "multinomial", True, True),
    "score-function-by-gumbels": ("score_function", "plain", "gumbels", True, True),
    "leave-one-out-for-score-function": ("score_function", "leave_one_out", "multinomial", False, False),
    "constant-for-score-function": ("score_function", "constant", "multinomial", False, False),
    "leave-one-out": ("leave_one_out", "leave_one_out", "multinomial", True, True),
    "leave-one-out-by-gumbels": ("leave_one_out", "leave_one_out", "gumbels", True, True),
    "score-function-for-leave-one-out": ("leave_one_out", "plain", "multinomial", False, False),
    "constant-for-leave-one-out": ("leave_one_out", "constant", "clocks", False, False),
    "gumbel-max": ("gumbel_max", "plain", "gumbels", True, True),
    "gumbel-max-by-clocks": ("gumbel_max", "plain", "clocks", True, True),
    "multinomial-for-gumbel-max": ("gumbel_max", "plain", "multinomial", False, True),
    "leave-one-out-for-gumbel-max": ("gumbel_max", "leave_one_out", "gumbels", False, False),
}


@pytest.mark.parametrize("name", CASES)
def test_the_variance_is_decided(name: str, grader: Grader, proofs: dict[str, Proof]) -> None:
    declared, method, samples, is_it, same = CASES[name]
    found = judged(declared, method, samples, grader, proofs)
    assert found.outcome == "agrees", found
    assert dict(found.met) == {"unbiased": True, "estimator": is_it, "variance": same}


@pytest.mark.parametrize("n", [2, 3, 4])
def test_the_spread_of_leave_one_out_is_that_of_all_its_values(n: int, proofs: dict[str, Proof]) -> None:
    """Oracle: the estimates of all 3**n samples with their probabilities."""
    proof = proofs["leave_one_out"]
    logits = np.array([0.0, -1.0, 0.5])
    p = np.exp(logits) / np.exp(logits).sum()
    rows, weights = [], []
    for a in itertools.product(range(3), repeat=n):
        rows.append(_leave_one_out(a, p))
        weights.append(math.prod(p[k] for k in a))
    mean = np.average(rows, axis=0, weights=weights)
    variance = np.average((np.array(rows) - mean) ** 2, axis=0, weights=weights)
    assert spread(proof, "leave_one_out", n) == pytest.approx(n * variance, rel=1e-9)


def _leave_one_out(a: Sequence[int], p: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
    costs = [REWARDS[k] for k in a]
    total = sum(costs)
    found = np.zeros(3)
    for k, cost in zip(a, costs):
        found += (cost - (total - cost) / (len(a) - 1)) * (np.eye(3)[k] - p)
    return [float(x) for x in found / len(a)]


def test_estimates_of_independent_samples_have_the_spread_of_one(proofs: dict[str, Proof]) -> None:
    proof = proofs["score_function"]
    stated = [proof.statistics["score_function"].variance[name] for name in proof.wrt]
    assert spread(proof, "score_function", 64).tolist() == stated
