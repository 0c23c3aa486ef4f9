"""Many calls as one under vmap: the same rows, also of draws that fill a tensor which vmap cannot share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from checks.problem import Problem
from checks.user.call import Subject
from checks.user.many import at_once, multiple, vectorises
from checks.user.replaying import called
from tests.checks.proofs import proof_of

D = torch.distributions
F64 = torch.float64


def leave_one_out(f: Any, theta: Any, a: torch.Tensor) -> torch.Tensor:
    c = f(a).detach()
    return ((c - (c.sum() - c) / (len(a) - 1)) * D.Normal(theta.mu, theta.sigma).log_prob(a)).mean()


def rsample(f: Any, theta: Any, n: int) -> torch.Tensor:
    return leave_one_out(f, theta, D.Normal(theta.mu, theta.sigma).rsample((n,)).detach())


def filled(f: Any, theta: Any, n: int) -> torch.Tensor:
    b = torch.empty(n, dtype=F64).normal_()
    return leave_one_out(f, theta, (theta.mu + theta.sigma * b).detach())


def exponential(f: Any, theta: Any, n: int) -> torch.Tensor:
    b = torch.empty(n, dtype=torch.float32).exponential_().double()
    return leave_one_out(f, theta, (theta.mu + theta.sigma * b.log()).detach())


def half_normal(f: Any, theta: Any, n: int) -> torch.Tensor:
    return leave_one_out(f, theta, D.HalfNormal(theta.sigma).sample((n,)))


def filled_in_place(f: Any, theta: Any, n: int) -> torch.Tensor:
    b = torch.zeros(n, dtype=F64)
    b.normal_()  # and what it returns is left alone
    return leave_one_out(f, theta, (theta.mu + theta.sigma * b).detach())


def subject(function: Callable[..., Any]) -> Subject:
    return Subject(function, Problem(proof_of("normal", "a**2 + mu*a")))


@pytest.mark.parametrize("function", [rsample, filled, exponential, half_normal])
@pytest.mark.parametrize("n", [2, 3])
def test_rows_are_those_of_single_calls(function: Callable[..., Any], n: int) -> None:
    slow = called(subject(function), n)
    fast = at_once(subject(function), slow, n, 1e-9)
    assert fast is not None
    assert fast.way == "vectorised"
    noise = np.random.default_rng(1).random((7, n))
    assert fast.evaluate(noise)[0] == pytest.approx(slow.evaluate(noise)[0], rel=1e-9)


def test_what_is_filled_in_place_is_called_one_by_one() -> None:
    """Its rows under vmap are not those of single calls, so that way is not taken."""
    assert not vectorises(subject(filled_in_place), 2, 1e-9)
    assert vectorises(subject(filled), 2, 1e-9)


def masked(f: Any, theta: Any, n: int) -> torch.Tensor:
    a = theta.mu + theta.sigma * torch.randn(n, dtype=F64)
    b = a.detach().clone()
    b[b < 0.3] = 0.0
    return leave_one_out(f, theta, b)


def geometric(f: Any, theta: Any, n: int) -> torch.Tensor:
    law = D.Geometric(torch.sigmoid(theta.mu + theta.sigma))
    a = law.sample((n,))
    c = f(a).detach()
    return ((c - (c.sum() - c) / (n - 1)) * law.log_prob(a)).mean()


def test_writing_by_a_mask_is_done_for_all_calls() -> None:
    """``b[mask] = 0`` in the code, and in Torch's geometric density."""
    for of in (subject(masked), subject(geometric)):
        slow = called(of, 2)
        fast = at_once(of, slow, 2, 1e-9)
        assert fast is not None
        noise = np.random.default_rng(1).random((7, 2))
        assert fast.evaluate(noise)[0] == pytest.approx(slow.evaluate(noise)[0], rel=1e-9)


def summed(f: Any, theta: Any, n: int) -> torch.Tensor:
    return f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).sum()


def averaged_twice(f: Any, theta: Any, n: int) -> torch.Tensor:
    return summed(f, theta, n) / n**2


def once(f: Any, theta: Any, n: int) -> torch.Tensor:
    return summed(f, theta, n) / n


def zero(f: Any, theta: Any, n: int) -> torch.Tensor:
    return 0.0 * summed(f, theta, n)


FACTORS = [(summed, 2.0, 3.0), (averaged_twice, 1 / 2, 1 / 3), (once, 1.0, 1.0), (zero, 1.0, 1.0)]


@pytest.mark.parametrize(("function", "two", "three"), FACTORS, ids=[f.__name__ for f, _, _ in FACTORS])
def test_by_what_an_estimate_is_a_multiple_of_a_mean(
    function: Callable[..., Any], two: float, three: float
) -> None:
    of = subject(function)
    one = called(of, 1)
    assert multiple(of, one, one, 2, 1e-9) == pytest.approx(two, rel=1e-12)
    assert multiple(of, one, one, 3, 1e-9) == pytest.approx(three, rel=1e-12)


def own_baseline(f: Any, theta: Any, n: int) -> torch.Tensor:
    a = D.Normal(theta.mu, theta.sigma).rsample((n,)).detach()
    c = f(a).detach()
    return ((c - c.mean() + 1.0) * D.Normal(theta.mu, theta.sigma).log_prob(a)).mean()


def test_samples_that_interact_are_no_multiple() -> None:
    of = subject(own_baseline)
    one = called(of, 1)
    assert multiple(of, one, one, 2, 1e-9) is None
