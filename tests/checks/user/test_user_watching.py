"""Broadcasts of the batch, sums before their time, means over an event: each is named with its line."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from torch.distributions import Independent, Normal

from checks.problem import Problem
from checks.selection import Selection
from checks.session import Settings
from checks.user import session
from checks.user.call import Subject
from checks.user.watching import findings
from derive.cache import Cache
from tests.checks.proofs import proof_of
from tests.checks.user.estimators_right import right

F64 = torch.float64


def law(theta: Any) -> Normal:
    return Normal(theta.mu, theta.sigma)


def column(f: Any, theta: Any, n: int) -> Any:
    a = law(theta).sample((n, 1))
    return (f(a).detach() * law(theta).log_prob(a).squeeze(1)).mean()


def summed_densities(f: Any, theta: Any, n: int) -> Any:
    a = law(theta).sample((n,))
    log_p = law(theta).log_prob(a).sum()
    return (f(a).detach() * log_p).mean()


def averaged_costs(f: Any, theta: Any, n: int) -> Any:
    a = law(theta).sample((n,))
    return (f(a).detach().mean() * law(theta).log_prob(a)).mean()


def both_averaged(f: Any, theta: Any, n: int) -> Any:
    a = law(theta).sample((n,))
    return f(a).detach().mean() * law(theta).log_prob(a).mean()


NAMED = {
    "column": (column, r"line \d+: \[11, 1\] with \[11\] is broadcast to \[11, 11\], for 11 samples"),
    "densities": (
        summed_densities,
        r"line \d+: the log-densities were summed or averaged over the batch before",
    ),
    "costs": (averaged_costs, r"line \d+: the costs were summed or averaged over the batch before"),
    "both": (both_averaged, r"line \d+: the costs and the log-densities were summed or averaged"),
}


@pytest.mark.parametrize(("function", "said"), NAMED.values(), ids=NAMED)
def test_what_met_wrongly_is_named(function: Any, said: str) -> None:
    found = findings(Subject(function, Problem(proof_of("normal", "a**2"))))
    assert len(found) == 1
    matched = re.match(said, found[0])
    assert matched is not None, found
    line = int(found[0].partition(":")[0].removeprefix("line "))
    first = function.__code__.co_firstlineno
    assert first < line <= first + 4


@pytest.mark.parametrize(
    ("reduced", "said"),
    [
        (lambda x: x.mean(-1), "[11, 2] is averaged over its last dimension, the 2 entries of a sample"),
        (lambda x: x.sum(0).sum(), "[11, 2] is summed over its first dimension, the samples"),
    ],
    ids=["mean of entries", "sum of samples"],
)
def test_a_reduction_over_the_wrong_dimension_is_named(reduced: Any, said: str) -> None:
    def entries(f: Any, theta: Any, n: int) -> Any:
        one = torch.ones(2, dtype=F64)
        a = Independent(Normal(theta.mu, one), 1).sample((n,))
        return (f(a).detach() * reduced(Normal(theta.mu, one).log_prob(a))).mean()

    found = findings(Subject(entries, Problem(proof_of("multivariate_normal", "a[0]*a[1]"))))
    assert said in found[0]


BOTH = [e for e in right.entries if e.problem.integrand == "mu*a + a**2" and e.evidence == "exact"]


@pytest.mark.parametrize("entry", BOTH, ids=str)
def test_nothing_is_found_in_right_code(entry: Any) -> None:
    assert findings(Subject(entry.function, Problem(proof_of("normal", "mu*a + a**2")))) == []


def test_it_is_told_where_an_estimator_is_refuted(proofs: Cache) -> None:
    report = session.verify_function(
        column, "column", Selection(("normal",), ("a**2",)), Settings(workers=0, cache=proofs)
    )
    verdict = report.results[0].verdict
    assert verdict.outcome == "refuted"
    assert verdict.diagnosis is not None
    assert verdict.diagnosis["mistake"] == "broadcast_to_n_by_n"
    assert "[11, 1] with [11] is broadcast to [11, 11]" in verdict.reason
