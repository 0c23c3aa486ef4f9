"""Many calls as one under vmap: the same rows, also of draws that fill a tensor which vmap cannot share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from checks.problem import Problem
from checks.user.call import Subject
from checks.user.exact import _at_once, vectorises
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
    fast = _at_once(subject(function), slow, n, 1e-9)
    assert fast is not None
    assert fast.way == "vectorised"
    noise = np.random.default_rng(1).random((7, n))
    assert fast.evaluate(noise)[0] == pytest.approx(slow.evaluate(noise)[0], rel=1e-9)


def test_what_is_filled_in_place_is_called_one_by_one() -> None:
    """Its rows under vmap are not those of single calls, so that way is not taken."""
    assert not vectorises(subject(filled_in_place), 2, 1e-9)
    assert vectorises(subject(filled), 2, 1e-9)
