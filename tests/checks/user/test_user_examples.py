"""What ``explain`` shows is true: the wrong code is recognised as its mistake, and the right code agrees."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.distributions import Bernoulli, Normal, Poisson

from checks.examples import examples
from checks.selection import Selection
from checks.session import Settings
from checks.user import session
from derive.cache import Cache

EXAMPLES = examples()
NAMES = {"math": math, "torch": torch, "Normal": Normal, "Bernoulli": Bernoulli, "Poisson": Poisson}
RIGHT = {e["right"]: name for name, e in EXAMPLES.items()}
# Of what has to be sampled, with a false-fail rate of 1e-6 by construction: enough for these.
COARSE = 0.05


def compiled(body: str) -> Callable[..., Any]:
    made: dict[str, Any] = dict(NAMES)
    exec("def estimator(f, theta, n):\n" + textwrap.indent(body.strip(), "    "), made)
    function: Callable[..., Any] = made["estimator"]
    return function


def judged(body: str, example: dict[str, str], proofs: Cache) -> dict[str, Any]:
    problem = (example.get("family", "normal"),), (example.get("integrand", "mu*a + a**2"),)
    settings = Settings(workers=0, cache=proofs, resolution=COARSE)
    report = session.verify_function(compiled(body), "estimator", Selection(*problem), settings)
    record: dict[str, Any] = report.to_json()["checks"][0]
    return record


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_wrong_code_is_recognised(name: str, proofs: Cache) -> None:
    example = EXAMPLES[name]
    found = judged(example["wrong"], example, proofs)
    assert found["outcome"] == "refuted", found["reason"]
    if "shared" in example:
        assert found["diagnosis"] is None
        told = (name.replace("_", " "), example["shared"].replace("_", " "))
        assert all(word in found["reason"] for word in told)
    else:
        assert found["diagnosis"] is not None, found["reason"]
        assert found["diagnosis"]["mistake"] == name


@pytest.mark.parametrize("body", RIGHT, ids=RIGHT.values())
def test_the_right_code_agrees(body: str, proofs: Cache) -> None:
    found = judged(body, EXAMPLES[RIGHT[body]], proofs)
    assert found["outcome"] == "agrees", found["reason"]
    assert found["diagnosis"] is None
