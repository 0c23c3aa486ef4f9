"""The study of the whole program in small: nothing ends badly, runs go on, the page is what was counted.

About 20 s of a processor: two blocks of cases with their proofs.
"""

from __future__ import annotations

import ast
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.engines import Here
from tests.studies.calibration import limits
from tests.studies.program import judging, right, running
from tests.studies.program.__main__ import COUNTS, PAGE, main
from tests.studies.program.cases import BLOCK
from tests.studies.program.laws import LAWS
from tests.studies.program.problems import problem
from tests.studies.program.tables import counted, page
from tests.studies.program.wrong import wrong

# Cases of two blocks, with laws whose noise is replayed at once.
SEED, BLOCKS = 0, (14, 21)
CASES = [i for block, many in zip(BLOCKS, (10, 40)) for i in range(block * BLOCK, block * BLOCK + many)]


@pytest.fixture(scope="module")
def rows() -> list[judging.Row]:
    """What came of fifty cases."""
    return [row for task in judging.tasks(SEED, CASES) for row in judging.judged(*task)]


def test_no_right_one_is_refuted_and_no_wrong_one_is_missed(rows: list[judging.Row]) -> None:
    record = counted(rows, SEED)
    assert (record["right"], record["wrong"]) == (25, 25)
    assert record["found"] == []
    assert record["all"]["right"].get("refuted", 0) == 0
    assert record["all"]["wrong"].get("missed", 0) == 0
    # Nearly all are decided, exactly, and the biases found are those that were put in.
    assert record["all"]["right"]["agrees"] >= 23
    assert record["all"]["wrong"]["refuted"] >= 20
    assert record["compared"] >= 12


def test_rows_depend_on_the_seed_alone(rows: list[judging.Row]) -> None:
    """The seeds of what is sampled do not depend on the folder that its file is in."""
    sampled = next(row for row in rows[10:] if row["evidence"] == "sampling")
    judging._forgotten()
    (again,) = judging.judged(SEED, BLOCKS[1], (sampled["index"],))
    assert running.without_times([again]) == running.without_times([sampled])


def test_a_wrong_one_that_passes_is_told(rows: list[judging.Row], monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts that are turned around are counted as false fails and as misses."""
    exact = [row for row in rows[10:] if row["evidence"] == "exact"]
    wrong = [row["index"] for row in exact if row["outcome"] == "refuted"][:2]
    right = [row["index"] for row in exact if row["outcome"] == "agrees"][:2]
    verified = judging._verified

    def turned(one: Any, *more: Any) -> judging.Row:
        found = verified(one, *more)
        return {**found, "outcome": "agrees" if one.wrong else "refuted", "diagnosis": None}

    monkeypatch.setattr(judging, "_verified", turned)
    found = [row for task in judging.tasks(SEED, sorted(wrong + right)) for row in judging.judged(*task)]
    record = counted(found, SEED)
    assert record["all"] == {"right": {"refuted": 2}, "wrong": {"missed": 2}}
    assert sorted(one["index"] for one in record["found"]) == sorted(wrong + right)
    low, high = (100 * x for x in limits(2, 2))
    assert f"| right ones refuted (false fails) | 2 | 2 | 100 % | {low:.2g} to {high:.2g} % |" in page(record)


def test_an_interrupted_study_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, ...]] = []

    def judged(seed: int, block: int, indices: tuple[int, ...]) -> list[judging.Row]:
        seen.append(indices)
        side = ("right", "wrong")
        return [
            {"index": i, "side": side[i % 2], "family": "f", "integrand": "a", "seed": seed} for i in indices
        ]

    monkeypatch.setattr(running, "judged", judged)
    keep = tmp_path / "kept"
    with Here() as here:
        first = running.run(here, 5, 25, keep)
        with keep.open("a") as file:
            file.write('\n{"of": [1, 5], "ro')  # killed while writing
        told: list[int] = []
        rows = running.run(here, 5, 45, keep, lambda done, total, name: told.append(done))
    assert [len(indices) for indices in seen] == [10, 10, 5, 5, 10, 5]
    assert rows[:25] == first
    assert [row["index"] for row in rows] == list(range(45))
    assert told == [25, 30, 40, 45]
    assert running.kept(keep, 6) == {}


def test_sources_are_varied_and_are_python() -> None:
    rng, seen = random.Random(1), set()
    for index in range(2000):
        of = problem(1, index)
        style, body = right.body(of, rng, False)
        seen.add(style)
        ast.parse(right.source(body, "function"))
    words = {word for style in seen for word in style.replace(":", ",").split(", ")}
    assert {"leave one out", "dice", "antithetic", "rsample", "log_prob", "by hand", "backward"} <= words
    assert len(seen) > 150
    assert {problem(1, i).law.family for i in range(1000)} == {law.family for law in LAWS}


def test_a_bias_is_that_of_the_mistake() -> None:
    block = BLOCKS[1]
    _, proof = judging._prepared(SEED, block)
    assert not isinstance(proof, str)
    exact = np.array([proof.exact[name] for name in proof.wrt])
    made = [wrong(problem(SEED, block), random.Random(i), "auto", proof) for i in range(60)]
    plain = [w for w in made if not w.mistake]
    named = [w for w in made if w.named in proof.statistics and not w.batch]
    assert plain
    assert named
    for one in plain:  # of one parameter
        assert one.bias(proof, 64) == pytest.approx(one.eps if one.shift else one.eps * exact)
    for one in named:
        means = np.array([proof.statistics[one.mistake].mean[name] for name in proof.wrt], dtype=float)
        assert one.bias(proof, 64) == pytest.approx(means - exact)


def test_the_page_is_what_was_counted() -> None:
    record = json.loads(COUNTS.read_text(encoding="utf-8"))
    assert PAGE.read_text(encoding="utf-8") == page(record)
    assert sum(record["all"]["right"].values()) == record["right"]
    assert sum(record["all"]["wrong"].values()) == record["wrong"]


def test_no_scheduler_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed")
    assert main(["--scheduler", "tcp://x", "--cases", "1"]) == 2
    assert "no Dask scheduler answers at 'tcp://x'" in capsys.readouterr().err
