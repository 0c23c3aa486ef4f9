"""Exact verdicts on users' code: what is seen at one number of samples, and not at another."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from checks.selection import Selection
from checks.session import Settings
from checks.user import session
from checks.user.judging import _sharp_enough
from checks.verdict import Verdict
from derive.cache import Cache

F64 = torch.float64


def verdict(outcome: Any, bias: float, detectable: float) -> Verdict:
    return Verdict(outcome, "exact", "", bias={"mu": bias}, detectable_bias={"mu": detectable})


def test_a_verdict_that_could_not_see_the_bias_is_left_out() -> None:
    sharp, blind = verdict("refuted", 1e-6, 1e-9), verdict("agrees", 2e-7, 1e-5)
    assert _sharp_enough({2: sharp, 3: blind}) == {2: sharp}


def test_one_that_would_have_seen_it_stays() -> None:
    both = {2: verdict("refuted", 1e-6, 1e-9), 3: verdict("agrees", 1e-9, 1e-8)}
    assert _sharp_enough(both) == both


def test_verdicts_that_agree_all_stay() -> None:
    both = {2: verdict("agrees", 0.0, 1e-9), 3: verdict("agrees", 0.0, 1e-4)}
    assert _sharp_enough(both) == both


def tossed(f: Any, theta: Any, n: int, off: float = 0.0) -> Any:
    """Coins as ``u < p``, each against what the others cost."""
    p = theta.p
    a = (torch.rand(n, dtype=F64) < p).double()
    c = f(a).detach()
    rest = (c.sum() - c) / (n - 1) if n > 1 else 0.0
    score = a * p.log() + (1 - a) * (1 - p).log()
    return (1.0 + off) * ((c - rest) * score + f(a)).mean()


def slightly_off(f: Any, theta: Any, n: int) -> Any:
    return tossed(f, theta, n, off=1e-6)


@pytest.mark.parametrize(("function", "outcome"), [(tossed, "agrees"), (slightly_off, "refuted")])
def test_coins_with_a_baseline_of_the_others_are_exact(function: Any, outcome: str, proofs: Cache) -> None:
    settings = Settings(workers=0, cache=proofs, resolution=0.01)
    selection = Selection(("bernoulli",), ("(a - p)**2",))
    made = session.verify_function(function, f"mine.py::{function.__name__}", selection, settings)
    found = made.to_json()["checks"][0]
    assert (found["outcome"], found["evidence"]) == (outcome, "exact")
