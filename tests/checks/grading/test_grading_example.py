"""The example in ``docs/assignment``, graded in the sandbox: everybody's marks, mistakes and words."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import cli

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "assignment"

# reparametrization of 6, score_function of 5, gumbel_softmax of 3, policy_gradient of 4, derivation of 6.
MARKS = {
    "alice": (6, 5, 3, 4, 6),
    "bela": (6, 5, 3, 4, 6),
    "carla": (3, 5, 3, 4, 6),
    "deniz": (1, 5, 3, 0, 4.25),
    "emil": (6, 0, 3, 0, 0),
    "fatima": (6, 0, 3, 0, 0),
    "goran": (6, 0, 3, 0, 0),
    "hana": (1, 5, 3, 4, 0),
    "ivan": (0, 0, 0, 0, 0),
    "jule": (4, 5, 3, 0, 0),
    "kofi": (6, 5, 3, 3, 0),
    "lena": (0, 0, 0, 0, 0),
    "mei": (6, 5, 3, 4, 0),
    "nils": (6, 5, 0, 0, 0),
    "olga": (0, 5, 3, 4, 0),
    "pavel": (6, 5, 0, 4, 0),
    "quinn": (6, 5, 0, 0, 0),
    "rosa": (6, 5, 3, 4, 6),
    "sven": (0, 5, 3, 4, 0),
    "tara": (6, 5, 3, 4, 6),
}
MISTAKES = {
    "carla": "reparametrization: squared_scale",
    "deniz": "reparametrization: dropped_distributional_term",
    "emil": "score_function: density_for_log_density; policy_gradient: density_for_log_density",
    "goran": "score_function: dropped_explicit_term; policy_gradient: softmax_twice",
    "hana": "reparametrization: sum_for_mean",
    "jule": "policy_gradient: own_sample_in_baseline",
}
# Lines of mistakes that can be in one place only, and where nothing is certain, none.
WHERE = {
    "carla": ("reparametrization", "homework.py, line 6"),
    "deniz": ("reparametrization", "homework.py, line 5"),
    "hana": ("reparametrization", "hana.py, line 6"),
    "jule": ("policy_gradient", "jule.py, line 27"),
    "goran": ("policy_gradient", ""),
    "alice": ("reparametrization", ""),
}
SAID = {
    "carla": "Which power of sigma multiplies the noise?",
    "deniz": "this line loses the explicit term",
    "emil": "it is about E[a]",
    "fatima": "Is the reward to grow or to shrink along your gradient?",
    "goran": "What does Categorical make of the logits that it is given?",
    "ivan": "without sampling it",
    "jule": "May the baseline of an action depend on that action's own reward?",
    "kofi": "has another variance than the estimator that was asked for",
    "lena": "homework.py, line 9|lena.py, line 9",
    "nils": "there is no function 'gumbel_softmax'",
    "olga": "olga.py, line 6",
    "quinn": "the samples do not follow categorical_logits",
    "sven": "did not end within",
    "mei": "skipped 2 lines that only IPython understands",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the reports; the secret is fixed, so that the same points are drawn every time."""
    from checks.grading.sandbox import supported

    why_not = supported()
    if why_not:
        pytest.skip(f"no sandbox here: {why_not}")
    out = tmp_path_factory.mktemp("example") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADPROOF_SECRET", "the secret of the tests")
        words = ["grade", str(EXAMPLE / "assignment.toml"), str(EXAMPLE / "submissions"), "--out", str(out)]
        assert cli.run([*words, "--quiet", "--workers", "2"]) == 0
    return out


def record(graded: Path, student: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((graded / "students" / f"{student}.json").read_text(encoding="utf-8"))
    return found["grade"]


def test_twenty_students_are_graded(graded: Path) -> None:
    assert sorted(p.stem for p in (graded / "students").iterdir()) == sorted(MARKS)
    assert len(MARKS) == 20


@pytest.mark.parametrize("student", MARKS)
def test_marks(graded: Path, student: str) -> None:
    found = record(graded, student)
    assert tuple(t["score"] for t in found["tasks"]) == MARKS[student], found["tasks"]
    assert not found["needs_a_person"]


def test_mistakes_are_named(graded: Path) -> None:
    with (graded / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: rows[name]["mistakes"] for name in MISTAKES} == MISTAKES
    assert (rows["alice"]["copies"], rows["rosa"]["copies"]) == ("rosa", "alice")


def test_a_bias_is_told_as_a_formula(graded: Path) -> None:
    evidence = record(graded, "carla")["tasks"][0]["evidence"]
    assert evidence[0].endswith("= 4*sigma**3 - 2*sigma"), evidence


@pytest.mark.parametrize("student", SAID)
def test_what_is_said(graded: Path, student: str) -> None:
    text = json.dumps(record(graded, student), ensure_ascii=False)
    assert any(words in text for words in SAID[student].split("|")), text


@pytest.mark.parametrize("student", WHERE)
def test_the_line_is_told_where_it_is_certain(graded: Path, student: str) -> None:
    name, where = WHERE[student]
    (found,) = (task for task in record(graded, student)["tasks"] if task["task"] == name)
    assert found["where"] == where


def test_nobody_is_told_the_solution(graded: Path) -> None:
    for student in MARKS:
        text = (graded / "students" / f"{student}.json").read_text(encoding="utf-8")
        assert "3*mu**2 + sigma**2" not in text
        assert "theta.mu + theta.sigma" not in text or student == "olga"


def test_the_model_solution_has_full_marks_in_a_self_check(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["self-check", str(EXAMPLE / "assignment.toml"), str(EXAMPLE / "solutions")]) == 0
    assert "24 of 24 marks (self-check, not sealed)" in capfd.readouterr().out
