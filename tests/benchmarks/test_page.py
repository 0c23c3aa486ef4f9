"""The page of the benchmarks: it is what the kept results render to, and results come back as they went."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.benchmarks import __main__ as command
from tests.benchmarks._page import kept, measured, render, write
from tests.benchmarks.part import Goal, Part, Table

FOLDER = Path(__file__).parents[2] / "docs" / "handbook"
PART = Part(
    "Some part",
    "What it says.",
    ({"what": "a", "seconds": 1.5}, {"what": "b", "seconds": math.nan}),
    (Goal("fast", "1 s", True),),
    ("A note.",),
    (Table("A further table.", ({"peer": "one"},)),),
)


def test_the_page_is_what_the_kept_results_render_to() -> None:
    page = (FOLDER / "benchmarks.md").read_text(encoding="utf-8")
    renew = "python -m tests.benchmarks --render --out docs/handbook"
    assert page == render(kept(FOLDER)), f"renew it: {renew}"


def test_kept_results_are_of_parts_that_exist() -> None:
    assert {result.key for result in kept(FOLDER)} <= set(command.PARTS)


def test_a_result_comes_back_as_it_went(tmp_path: Path) -> None:
    write(measured("some", PART, True, 0.5), tmp_path)
    (found,) = kept(tmp_path)
    assert found.part.goals == PART.goals
    assert found.part.more == PART.more
    assert found.part.rows[1]["seconds"] is None
    assert found.part.table() == PART.table()
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert "| b | - |" in page
    assert "A further table.\n\n| peer |" in page
    assert "with `--quick`" in page
    assert "load average 0.5 before" in page


def test_a_number_that_was_edited_is_noticed(tmp_path: Path) -> None:
    write(measured("some", PART, False, 0.0), tmp_path)
    path = tmp_path / "measured" / "some.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["part"]["rows"][0]["seconds"] = 2.5
    path.write_text(json.dumps(data), encoding="utf-8")
    assert (tmp_path / "benchmarks.md").read_text(encoding="utf-8") != render(kept(tmp_path))


def test_one_command_measures_and_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(measured("other", PART, False, 0.0), tmp_path)
    monkeypatch.setattr(command, "measure", lambda name, quick: PART)
    found = CliRunner().invoke(command.main, ["sampling", "--quick", "--out", str(tmp_path)])
    assert found.exit_code == 0
    assert [result.key for result in kept(tmp_path)] == ["sampling", "other"]


def test_the_peers_get_the_time_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, float]]] = []

    def measure(name: str, quick: bool, **settings: float) -> Part:
        asked.append((name, settings))
        return PART

    monkeypatch.setattr(command, "measure", measure)
    line = ["closed_forms", "growth", "--quick", "--peer-seconds", "40", "--out", str(tmp_path)]
    assert CliRunner().invoke(command.main, line).exit_code == 0
    assert asked == [("closed_forms", {"peer_seconds": 40.0}), ("growth", {})]
    assert CliRunner().invoke(command.main, ["--peer-seconds", "0"]).exit_code == 2


def test_the_page_alone_can_be_renewed(tmp_path: Path) -> None:
    write(measured("sampling", PART, False, 0.0), tmp_path)
    (tmp_path / "benchmarks.md").write_text("stale", encoding="utf-8")
    found = CliRunner().invoke(command.main, ["--render", "--out", str(tmp_path)])
    assert found.exit_code == 0
    assert (tmp_path / "benchmarks.md").read_text(encoding="utf-8") == render(kept(tmp_path))


def test_parts_are_modules_with_a_part() -> None:
    assert {"start", "closed_forms", "sampling", "evidence", "growth"} <= set(command.PARTS)
    assert not {"part", "_page"} & set(command.PARTS)
