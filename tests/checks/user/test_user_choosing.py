"""Samples that code makes of other numbers: enumerated where they are seen to be choices, and only there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from checks.problem import Problem
from checks.prove import Request, prove
from checks.selection import Selection
from checks.session import Settings
from checks.user import session
from checks.user.call import Subject
from checks.user.choosing import Choosing, by_choice, choosing
from checks.user.replaying import called
from derive.cache import Cache

F64 = torch.float64
FAMILY, INTEGRAND = "categorical_logits", "table(1, -2, 3)"
Estimator = Callable[..., Any]


def check(
    function: Estimator, proofs: Cache, family: str = FAMILY, integrand: str = INTEGRAND
) -> dict[str, Any]:
    settings = Settings(workers=0, cache=proofs, resolution=0.1)
    selection = Selection((family,), (integrand,))
    made = session.verify_function(function, f"mine.py::{function.__name__}", selection, settings)
    record: dict[str, Any] = made.to_json()["checks"][0]
    return record


def loss(f: Any, log_p: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
    c = f(a).detach()
    rest = (c.sum() - c) / (len(a) - 1) if len(a) > 1 else 0.0
    return ((c - rest) * log_p[a]).mean()


def gumbels(f: Any, theta: Any, n: int) -> Any:
    u = torch.rand(n, 3, dtype=F64)
    return loss(f, theta.logits.log_softmax(-1), (theta.logits - torch.log(-torch.log(u))).argmax(-1))


def torch_gumbels(f: Any, theta: Any, n: int) -> Any:
    noise = torch.distributions.Gumbel(torch.zeros(3, dtype=F64), torch.ones(3, dtype=F64)).sample((n,))
    return loss(f, theta.logits.log_softmax(-1), (theta.logits + noise).argmax(-1))


def clocks(f: Any, theta: Any, n: int) -> Any:
    e = torch.empty(n, 3, dtype=F64).exponential_()
    return loss(f, theta.logits.log_softmax(-1), (e / theta.logits.softmax(-1)).argmin(-1))


def one_by_one(f: Any, theta: Any, n: int) -> Any:
    a = [int((theta.logits - torch.log(-torch.log(torch.rand(3, dtype=F64)))).argmax()) for _ in range(n)]
    return loss(f, theta.logits.log_softmax(-1), torch.tensor(a))


def thresholds(f: Any, theta: Any, n: int) -> Any:
    edges = theta.logits.softmax(-1).detach().cumsum(-1)[:-1]
    return loss(f, theta.logits.log_softmax(-1), torch.bucketize(torch.rand(n, dtype=F64), edges))


@pytest.mark.parametrize("function", [gumbels, torch_gumbels, clocks, one_by_one, thresholds])
def test_choices_are_enumerated(function: Estimator, proofs: Cache) -> None:
    found = check(function, proofs)
    assert (found["outcome"], found["evidence"]) == ("agrees", "exact")
    how = "thresholds" if function is thresholds else "Gumbel-max"
    assert f"all 36 values of its samples, made by {how}, enumerated, at n = 2 and 3" in found["reason"]


def slightly_off(f: Any, theta: Any, n: int) -> Any:
    return (1.0 + 1e-7) * gumbels(f, theta, n)


def test_a_small_bias_is_seen(proofs: Cache) -> None:
    found = check(slightly_off, proofs)
    assert (found["outcome"], found["evidence"]) == ("refuted", "exact")


def test_geometric_variables_by_quantiles(proofs: Cache) -> None:
    def quantiles(f: Any, theta: Any, n: int) -> Any:
        a = torch.floor(torch.log(torch.rand(n, dtype=F64)) / torch.log1p(-theta.p)).detach()
        c = f(a).detach()
        rest = (c.sum() - c) / (n - 1) if n > 1 else 0.0
        return ((c - rest) * (a * torch.log1p(-theta.p) + theta.p.log())).mean()

    found = check(quantiles, proofs, "geometric", "a**2")
    assert (found["outcome"], found["evidence"]) == ("agrees", "exact")
    assert "made by thresholds" in found["reason"]


def one_log(f: Any, theta: Any, n: int) -> Any:
    u = torch.rand(n, 3, dtype=F64)
    return loss(f, theta.logits.log_softmax(-1), (theta.logits - torch.log(u)).argmax(-1))


def colder(f: Any, theta: Any, n: int) -> Any:
    u = torch.rand(n, 3, dtype=F64)
    return loss(f, theta.logits.log_softmax(-1), (theta.logits - 1.02 * torch.log(-torch.log(u))).argmax(-1))


def padded(f: Any, theta: Any, n: int) -> Any:
    u = torch.rand(n, 3, dtype=F64)
    return loss(f, theta.logits.log_softmax(-1), (theta.logits - torch.log(1e-4 - torch.log(u))).argmax(-1))


def straight_through(f: Any, theta: Any, n: int) -> Any:
    scores = theta.logits - torch.log(-torch.log(torch.rand(n, 3, dtype=F64)))
    soft = scores.softmax(-1)
    return (f(scores.argmax(-1)).detach() * soft.log().sum(-1)).mean()


@pytest.fixture(scope="module")
def problem() -> Problem:
    return Problem(prove(Request(FAMILY, INTEGRAND, (), None, ())))


@pytest.mark.parametrize("function", [one_log, colder, padded, straight_through])
def test_what_is_no_choice_of_the_law_is_not_taken_for_one(function: Estimator, problem: Problem) -> None:
    """Noise of another law, edges that are off by a ten-thousandth, and code that uses the numbers again."""
    assert choosing(Subject(function, problem), 1e-9) is None
    assert choosing(Subject(gumbels, problem), 1e-9) is not None


def test_the_same_samples_of_other_numbers_at_another_point(problem: Problem) -> None:
    """Enumerated means there are the gradient of ``E[table]``, by central differences of the masses."""
    here = choosing(Subject(gumbels, problem), 1e-9)
    assert isinstance(here, Choosing)
    at = {"logits[0]": "1/10", "logits[1]": "-1/2", "logits[2]": "3/4"}
    there = Problem(replace(problem.proof, at=at))
    source = called(by_choice(Subject(gumbels, there), here.choice), 1)
    values, weights = source.evaluate(np.arange(3.0)[:, None])
    logits, costs = np.array([0.1, -0.5, 0.75]), np.array([1.0, -2.0, 3.0])
    masses = np.exp(logits) / np.exp(logits).sum()
    assert weights == pytest.approx(masses, rel=1e-12)
    assert weights @ values == pytest.approx(masses * (costs - masses @ costs), rel=1e-9)


@pytest.mark.parametrize("function", [one_log, colder])
def test_wrong_noise_is_refuted_all_the_same(function: Estimator, proofs: Cache) -> None:
    found = check(function, proofs)
    assert found["evidence"] != "exact" or found["outcome"] == "refuted"
    if function is one_log:  # two percent of the temperature are below what is asked for here
        assert found["outcome"] == "refuted"
