"""``verify FILE.md``: what is printed, in which form, and with which exit code."""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median
from xml.etree import ElementTree

import pytest

import cli
from checks.explain import explain
from checks.verdict import SCHEMA
from checks.written.session import verify
from derive.errors import UnknownName

HEAD = "---\nfamily: normal\nintegrand: mu*a**2\nwrt: mu\n---\n"
LAW = r"\mathbb{E}_{a\sim \mathcal N(\mu,\sigma^2)}"
RIGHT = rf"""{HEAD}
$$
\begin{{aligned}}
\frac{{\partial}}{{\partial\mu}} {LAW}[\mu a^2]
&= \int \mu a^2 \frac{{\partial}}{{\partial\mu}} p(a)\,da + \int p(a)\,a^2\,da \\
&= {LAW}\left[\mu a^2 \frac{{a-\mu}}{{\sigma^2}}\right] + {LAW}[a^2] \\
&= 3\mu^2 + \sigma^2
\end{{aligned}}
$$
"""
WRONG = (
    RIGHT.replace(r" + \int p(a)\,a^2\,da", "")
    .replace(f" + {LAW}[a^2]", "")
    .replace(r"3\mu^2 + \sigma^2", r"2\mu^2")
)
UNREAD = RIGHT.replace(r"3\mu^2 + \sigma^2", r"3\mu^2 + \foo")


def written(folder: Path, text: str, name: str = "notes.md") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(("verify", *arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_right_derivation_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, written(tmp_path, RIGHT))
    assert code == 0
    assert "holds: every line holds: 3 proved" in out
    assert "FAIL" not in out
    assert "3 lines hold, 0 wrong in" in err


def test_a_wrong_line_is_shown_with_its_place_and_what_was_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = written(tmp_path, WRONG)
    code, out, _ = call(capsys, target)
    assert code == 1
    assert f"(1) {target}:9:" in out
    for part in (
        "dropped_explicit_term",
        "at mu = 1, sigma = 1: 4 before, 2 here",
        "difference:",
        "should be:  =",
    ):
        assert part in out
    assert out.count("note: right, given the mistake in line 1") == 2
    assert "the last line (line 3) is not the gradient by mu, which is 3*mu**2 + sigma**2" in out


def test_a_line_that_cannot_be_read_leaves_the_rest_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = call(capsys, written(tmp_path, UNREAD))
    assert code == 3
    assert out.count("\nok ") == 2
    assert "not read[D101]" in out
    assert "\\foo" in out


def test_json_is_the_reports_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, written(tmp_path, WRONG), "--json", "--quiet")
    report = json.loads(out)
    (check,) = report["checks"]
    assert (code, err, report["schema"]) == (1, "", SCHEMA)
    assert report["summary"]["refuted"] == 1
    assert report["summary"]["exit_code"] == 1
    assert check["diagnosis"]["mistake"] == "dropped_explicit_term"
    steps = check["derivation"]["steps"]
    assert [s["status"] for s in steps] == ["refuted", "proved", "proved"]
    assert {"rule", "before", "after", "status", "conditions"} <= set(steps[0])
    assert (check["derivation"]["status"], check["derivation"]["first_wrong"]) == ("refuted", 1)
    assert steps[0]["witness"] == {"mu": "1", "sigma": "1"}
    assert check["gradient"] == {"mu": "3*mu**2 + sigma**2"}


def test_junit_and_github_point_at_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = written(tmp_path, WRONG)
    code, out, _ = call(capsys, target, "--format", "junit", "--quiet")
    suite = ElementTree.fromstring(out)
    assert (code, suite.get("failures")) == (1, "1")
    _, out, _ = call(capsys, target, "--format", "github", "--quiet")
    first, last = out.splitlines()[0], out.splitlines()[-1]
    assert first.startswith("::error file=")
    assert "line=9,col=" in first
    assert "should be: =" in first
    assert last.startswith("::notice ")


BAD = {
    "an empty file": ("", "is empty"),
    "no formula": ("Only words.\n", "no equation was found"),
    "a picture": ("![the derivation](board.png)\n", "a picture cannot be read"),
    "unbalanced braces": ("$$\\frac{a}{b = 1$$\n", "line 1, column"),
    "megabytes of braces": ("$$" + "{" * 2_000_000 + "$$\n", "at most"),
    "an unknown family": ("---\nfamily: nromal\n---\n$$p(a) = 1$$\n", "nromal"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_with_a_way_out(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, message = BAD[name]
    started = time.monotonic()
    code, out, err = call(capsys, written(tmp_path, text))
    assert (code, out) == (2, "")
    assert message in err
    assert "help:" in err
    # Generous: nothing of this is more than a glance at the file.
    assert time.monotonic() - started < 20


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, str(tmp_path / "nowhere.md"))
    assert code == 2
    assert "there is no file" in err


def test_an_option_that_the_front_matter_answers_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = call(capsys, written(tmp_path, RIGHT), "--family", "normal")
    assert code == 2
    assert "--family does not go with" in err


def test_an_expectation_that_does_not_exist_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "---\nfamily: cauchy\nintegrand: a\nwrt: mu\n---\n$$\\mathbb{E}[a] = \\mu$$\n"
    code, out, err = call(capsys, written(tmp_path, text))
    assert (code, out) == (2, "")
    assert "exist" in err


def test_a_notebook_and_latex_are_read_alike(tmp_path: Path) -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": RIGHT}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    found = verify(written(tmp_path, json.dumps(notebook), "notes.ipynb"))
    assert found.exit_code == 0
    assert [s["cell"] is None for s in found.results[0].derivation["steps"]] == [False] * 3


def test_a_page_of_ten_lines_is_judged_in_two_seconds(tmp_path: Path) -> None:
    lines = "".join(rf"&= 3\mu^2 + \sigma^2 + {k} - {k} \\" + "\n" for k in range(1, 8))
    target = written(
        tmp_path, RIGHT.replace(r"\end{aligned}", r"\\" + lines.rstrip("\\\n") + "\n" + r"\end{aligned}")
    )
    assert len(verify(target).results[0].derivation["steps"]) == 10
    times = []
    for _ in range(3):
        started = time.process_time()
        assert verify(target).exit_code == 0
        times.append(time.process_time() - started)
    # Warm, in processor time: other processes of the machine are not this program's.
    assert median(times) < 2.0


def test_mistakes_and_rules_of_written_derivations_are_explained() -> None:
    from derive.written.mistakes import MISTAKES
    from derive.written.rules import WRITTEN_RULES

    for name in (*(m.name for m in MISTAKES), *(WRITTEN_RULES[n].name for n in WRITTEN_RULES)):
        assert explain(name)
    assert "takes d log p for d p" in explain("derivative_of_log")
    with pytest.raises(UnknownName, match="moving_jumps"):
        explain("moving_jumps")
