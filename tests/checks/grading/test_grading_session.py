"""``grade`` and ``self-check`` from the command line: exit codes, files, and what is said where."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import cli
from checks.grading import session
from checks.grading.classroom import Class
from checks.grading.engines import Here
from checks.grading.spec import Spec
from tests.checks.grading.samples import JUDGE, TOML, spec

LATE = """
[late]
due = 2026-12-01T00:00:00Z
submitted = "times.csv"
per_day = "10%"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An assignment with three submissions in the current folder, for the judge of the tests."""

    def made(assignment: Any, key: Any, *_: Any, **__: Any) -> Spec:
        return spec(assignment, key.key)

    monkeypatch.setattr(session, "make", made)
    monkeypatch.setattr(session, "Local", lambda made, workers: Here(made))
    monkeypatch.delenv("GRADPROOF_SECRET", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hw.toml").write_text(TOML)
    (tmp_path / "in").mkdir()
    for name, word in {"ann": "#right\n", "bob": "#half\n", "cy": ""}.items():
        (tmp_path / "in" / f"{name}.py").write_text(word)
    return tmp_path


def graded(*words: str) -> int:
    return cli.run(["grade", "hw.toml", "in", *words])


def scores(out: str = "hw-grades") -> dict[str, float]:
    found = json.loads(Path(out, "grades.json").read_text())
    return {s["student"]: s["score"] for s in found["students"]}


def test_a_class_is_graded(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert graded() == 0
    said = capfd.readouterr()
    assert said.out == ""
    assert "made" in said.err
    assert "hw.secret: keep it for regrades, and hand it out to nobody" in said.err
    assert "3 submissions, 1 with full marks, 2 judged now, 1 not readable, in" in said.err
    assert scores() == {"ann": 8, "bob": 5, "cy": 0}
    made = sorted(p.relative_to("hw-grades").as_posix() for p in Path("hw-grades").rglob("*"))
    assert made == ["grades.csv", "grades.json", "grades.sqlite", "report.html", "students",
                    "students/ann.json",
                    "students/bob.json", "students/cy.json"]  # fmt: skip


def test_a_regrade_judges_nothing_and_changes_no_byte(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    graded()
    before = {p: p.read_bytes() for p in Path("hw-grades").rglob("*.[hjc]*") if p.is_file()}
    assert len(before) == 6
    assert graded() == 0
    assert "0 judged now" in capfd.readouterr().err
    assert {p: p.read_bytes() for p in before} == before


def test_the_class_as_json_is_all_of_stdout(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert graded("--json", "--quiet") == 0
    found = json.loads(capfd.readouterr().out)
    assert found["schema"] == "gradproof/grades@1"
    assert [s["student"] for s in found["students"]] == ["ann", "bob", "cy"]


def test_formats_are_chosen(folder: Path) -> None:
    assert graded("--format", "gradescope, nbgrader,otter,github-classroom", "--out", "o") == 0
    made = {p.relative_to("o").parts[0] for p in Path("o").rglob("*") if p.is_file()}
    assert made == {"grades.sqlite", "gradescope", "nbgrader.csv", "otter", "github-classroom"}


@pytest.mark.parametrize(("limit", "code"), [("0", 0), ("50%", 1), ("0.5", 1)])
def test_fail_under_serves_ci(folder: Path, limit: str, code: int) -> None:
    assert graded("--fail-under", limit) == code
    assert scores()["ann"] == 8


BAD = {
    "no submissions": (["grade", "hw.toml"], "name a folder, a zip or files of submissions"),
    "no assignment": (["grade", "hv.toml", "in"], "did you mean 'hw.toml'?"),
    "empty folder": (["grade", "hw.toml", "empty"], "there are no submissions in 'empty'"),
    "no folder": (["grade", "hw.toml", "nothing"], "there is no file or folder 'nothing'"),
    "format": (["grade", "hw.toml", "in", "--format", "xls"], "'xls' is not one of html"),
    "part": (["grade", "hw.toml", "in", "--fail-under", "150%"], "'150%' is not a part of the marks"),
    "both": (["grade", "hw.toml", "in", "--workers", "2", "--scheduler", "tcp://h:1"], "not together with"),
    "out": (["grade", "hw.toml", "in", "--out", "in"], "'in' holds files that `grade` did not write"),
    "no file": (["self-check", "hw.toml", "nothing.py"], "there is no file 'nothing.py'"),
    "empty file": (["self-check", "hw.toml", "in/cy.py"], "'in/cy.py': it is empty"),
}


@pytest.mark.parametrize(("words", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_said_and_nothing_is_written(
    folder: Path, capfd: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    (folder / "empty").mkdir()
    before = sorted(p.as_posix() for p in folder.rglob("*"))
    assert cli.run(words) == 2
    said = capfd.readouterr()
    assert message in said.err
    assert said.out == ""
    assert sorted(p.as_posix() for p in folder.rglob("*") if p.name != "hw.secret") == before


def test_an_interrupt_says_what_is_kept(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    graded("--quiet")
    (folder / "in" / "dee.py").write_text("#other\n")

    def interrupted(*_: Any) -> Class:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(session, "judge", interrupted)
        assert graded() == 130
    said = capfd.readouterr().err
    assert "2 submissions are judged and kept in hw-grades: the same command goes on from there" in said
    assert graded() == 0
    assert "1 judged now" in capfd.readouterr().err


def test_without_a_sandbox_there_are_no_marks(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "in" / "bob.py").write_text("#unsealed\n")
    assert graded() == 2
    said = capfd.readouterr().err
    assert "error: a process cannot be sealed here" in said
    assert "help: grade in a Linux container" in said
    assert [p.name for p in Path("hw-grades").iterdir() if not p.name.startswith("grades.sqlite")] == []


def test_lateness_is_taken_from_the_table(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "hw.toml").write_text(TOML + LATE)
    assert graded() == 2
    assert "hw.toml, line 26: 'times.csv' cannot be read" in capfd.readouterr().err
    (folder / "times.csv").write_text(
        "student,submitted\nann,2026-12-02T12:00:00Z\nbob,2026-11-30T00:00:00Z\n"
    )
    assert graded("--format", "json,nbgrader") == 0
    assert scores() == {"ann": 6.4, "bob": 5, "cy": 0}
    table = Path("hw-grades/nbgrader.csv").read_text().splitlines()
    assert table[1] == "hw,2026-12-01 00:00:00,2026-12-02 12:00:00,ann,,,,8,1.6,6.4,8"


def test_a_bad_time_is_said_with_its_line(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "hw.toml").write_text(TOML + LATE)
    (folder / "times.csv").write_text("student,submitted\nann,yesterday\n")
    assert graded() == 2
    assert "line 2 of 'times.csv' is no student with a time" in capfd.readouterr().err


def test_times_of_files_may_be_asked_for(folder: Path) -> None:
    (folder / "hw.toml").write_text(TOML + LATE.replace("times.csv", "file-times"))
    os.utime(folder / "in" / "ann.py", (2e9, 2e9))
    os.utime(folder / "in" / "bob.py", (1e9, 1e9))
    assert graded() == 0
    assert scores() == {"ann": 0, "bob": 5, "cy": 0}


def test_check_looks_at_the_assignment_alone(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["grade", "hw.toml", "--check"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "Gradients <1>: 8 marks",
        "reparam: 6 marks, mu*a + a**2 under normal, 3 points",
        "score: 2 marks, 3*a + p under bernoulli, 1 point",
    ]
    assert not Path("hw.secret").exists()


@pytest.mark.parametrize(
    ("name", "code", "mark"), [("ann", 0, "ok    reparam  6 of 6"), ("bob", 1, "FAIL  reparam  4 of 6")]
)
def test_self_check_says_that_it_is_not_sealed(
    folder: Path, capfd: pytest.CaptureFixture[str], name: str, code: int, mark: str
) -> None:
    assert cli.run(["self-check", "hw.toml", f"in/{name}.py"]) == code
    said = capfd.readouterr()
    assert "self-check: not sealed, and at other points and seeds than the grading" in said.err
    assert mark in said.out
    assert "(self-check, not sealed)" in said.out
    assert not Path("hw.secret").exists()


def test_self_check_as_json(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["self-check", "hw.toml", "in/ann.py", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["schema"], found["target"], found["sealed"]) == ("gradproof/report@1", "ann", False)


def test_the_tests_judge_is_not_the_real_one() -> None:
    from checks.grading.spec import OPEN, SEALED

    assert JUDGE not in (OPEN, SEALED)
