"""The same seed gives the same report to the last bit, with any number of workers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checks.selection import Selection, select
from checks.session import Settings, verify

ASKED = Selection(families=("normal", "exponential"))


def _report(workers: int, seed: int, evidence: str) -> str:
    settings = Settings(seed=seed, workers=workers, evidence=evidence, resolution=0.05)  # type: ignore[arg-type]
    made: dict[str, Any] = verify("product-rule", select("product-rule", ASKED)[:4], settings).to_json()
    for check in made["checks"]:
        del check["seconds"]
    return json.dumps(made, sort_keys=True)


@pytest.mark.parametrize("evidence", ["exact", "sampling"])
def test_workers_do_not_change_a_bit(evidence: str) -> None:
    assert _report(0, 0, evidence) == _report(1, 0, evidence) == _report(2, 0, evidence)


def test_another_seed_draws_other_samples() -> None:
    assert _report(0, 0, "sampling") != _report(0, 1, "sampling")
