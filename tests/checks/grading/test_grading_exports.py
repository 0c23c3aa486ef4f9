"""Each export is what its reader publishes, says the same marks, and carries nobody's formula or script."""

from __future__ import annotations

import base64
import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from checks.grading.answers import Note
from checks.grading.assignment import Assignment
from checks.grading.export import EXPORTS
from checks.grading.export._tables import cell, table
from checks.grading.records import record
from checks.grading.report.statistics import figures
from checks.grading.results import Results
from checks.grading.students import Handed, Students
from tests.checks.grading.samples import HALF, TOML, a_class, assignment, finding, results

# Output format of https://gradescope-autograders.readthedocs.io/en/latest/specs/
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
TEXT_FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
GRADESCOPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["score", "tests"],
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": TEXT_FORMAT,
        "test_output_format": TEXT_FORMAT,
        "test_name_format": TEXT_FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "leaderboard": {"type": "array"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "name_format": TEXT_FORMAT,
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": TEXT_FORMAT,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": VISIBILITY,
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
}
# What github-education-resources/autograding-grading-reporter reads of each runner.
CLASSROOM = {
    "type": "object",
    "required": ["version", "status", "max_score", "tests"],
    "properties": {
        "version": {"const": 1},
        "status": {"enum": ["pass", "fail", "error"]},
        "max_score": {"type": "number"},
        "tests": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "status", "score", "message", "line_no", "execution_time"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "status": {"enum": ["pass", "fail", "error"]},
                    "score": {"type": "number"},
                    "message": {"type": "string"},
                    "line_no": {"type": "integer"},
                    "execution_time": {"type": "string"},
                },
            },
        },
    },
}


@pytest.fixture
def known(tmp_path: Path) -> Results:
    return a_class(assignment(tmp_path))


def texts(name: str, known: Results) -> dict[str, str]:
    made = EXPORTS[name](known)
    return {path: text if isinstance(text, str) else "".join(text) for path, text in made}


def valid(schema: dict[str, Any], data: object) -> None:
    Draft202012Validator.check_schema(schema)
    errors = [e.message for e in Draft202012Validator(schema).iter_errors(data)]
    assert errors == []


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_format_of_the_command_line_is_there() -> None:
    from checks.grading.commands import FORMATS

    assert {name.replace("-", "_") for name in FORMATS} == set(EXPORTS)


def test_gradescope(known: Results) -> None:
    made = {path: json.loads(text) for path, text in texts("gradescope", known).items()}
    assert "gradescope/ann/results.json" in made
    for found in made.values():
        valid(GRADESCOPE, found)
        assert sum(t["score"] for t in found["tests"]) == found["score"]
    bob = made["gradescope/bob/results.json"]
    assert [(t["score"], t["max_score"], t["status"]) for t in bob["tests"]] == [
        (4, 6, "failed"),
        (2, 2, "passed"),
    ]
    assert "off by +2 = 4*sigma**3 - 2*sigma" in bob["tests"][0]["output"]
    assert "it is empty" in made["gradescope/cy/results.json"]["output"]


def test_the_schema_of_gradescope_refuses_other_keys() -> None:
    assert not Draft202012Validator(GRADESCOPE).is_valid({"score": 1, "tests": [], "marks": 2})


def test_github_classroom(known: Results) -> None:
    made = texts("github_classroom", known)
    for path in (p for p in made if p.endswith(".json")):
        found = json.loads(made[path])
        for runner in found["results"].values():
            valid(CLASSROOM, runner)
            passed = [t["status"] == "pass" for t in runner["tests"]]
            # The reporter's table counts passes, its total sums scores: both must say the same.
            counted = sum(passed) / len(passed) * runner["max_score"]
            assert sum(t["score"] for t in runner["tests"]) == pytest.approx(counted, abs=1e-12)
    bob = json.loads(made["github-classroom/bob.json"])["results"]["reparam_unbiased"]
    assert [(t["status"], t["score"]) for t in bob["tests"]] == [("pass", 2), ("fail", 0)]
    assert bob["status"] == "fail"


def test_the_variables_for_github_classroom_hold_the_same(known: Results) -> None:
    made = texts("github_classroom", known)
    lines = dict(line.split("=", 1) for line in made["github-classroom/bob.env"].splitlines())
    found = json.loads(made["github-classroom/bob.json"])
    names = lines.pop("RUNNERS").split(",")
    assert names == found["runners"]
    for name in names:
        assert json.loads(base64.b64decode(lines[f"{name.upper()}_RESULTS"])) == found["results"][name]


def test_nbgrader(known: Results) -> None:
    text = texts("nbgrader", known)["nbgrader.csv"]
    head = ("assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,"
            "late_submission_penalty,score,max_score")  # fmt: skip
    assert text.splitlines()[0] == head
    bob = rows(text)[1]
    assert (bob["student_id"], bob["score"], bob["max_score"]) == ("bob", "6", "8")
    for row in rows(text):
        assert float(row["score"]) == float(row["raw_score"]) - float(row["late_submission_penalty"])


def test_otter(known: Results) -> None:
    text = texts("otter", known)["otter/final_grades.csv"]
    head = "file,reparam,score,total_points_earned,percent_correct,grading_status"
    assert text.splitlines()[:2] == [head, "points-per-question,6,2,8,1,--"]
    names = [row["file"] for row in rows(text)[1:]]
    assert names == sorted(names)
    bob = rows(text)[3]
    assert (bob["file"], bob["percent_correct"], bob["grading_status"]) == ("bob", "0.75", "Completed")


def test_the_table_says_the_same_marks(known: Results) -> None:
    found = rows(texts("csv", known)["grades.csv"])
    assert [(r["student"], r["score"], r["problem"]) for r in found] == [
        ("ann", "8", ""), ("bob", "6", ""), ("cy", "0", "it is empty"), ("'=1+1<script>", "8", ""),
    ]  # fmt: skip
    assert found[1]["mistakes"] == "reparam: squared_scale"


@given(st.text(max_size=30))
def test_no_cell_is_a_formula(text: str) -> None:
    made = cell(text)
    assert not made.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert made.endswith(text)


@given(st.lists(st.text("a,;\"'\n\r =", max_size=8), min_size=1, max_size=4))
def test_tables_are_read_back(values: list[str]) -> None:
    (found,) = csv.reader(io.StringIO(table(values, []), newline=""))
    assert found == [cell(v) for v in values]


CONTRACT = {
    "id",
    "check",
    "family",
    "integrand",
    "at",
    "wrt",
    "estimator",
    "expected",
    "outcome",
    "as_expected",
    "gradient",
    "derivation",
    "exact",
    "estimate",
    "bias",
    "detectable_bias",
    "variance",
    "evidence",
    "samples",
    "rates",
    "diagnosis",
    "reason",
    "reproduce",
    "seconds",
}


def test_records_follow_the_schema_of_reports(known: Results) -> None:
    made = {p: json.loads(t) for p, t in texts("json", known).items()}
    bob = made["students/bob.json"]
    assert list(bob)[:6] == ["schema", "target", "seed", "versions", "summary", "checks"]
    assert bob["schema"] == "gradproof/report@1"
    assert set(bob["checks"][0]) >= CONTRACT
    assert bob["summary"]["exit_code"] == 1
    assert (bob["checks"][0]["outcome"], bob["checks"][0]["bias"]) == ("refuted", {"mu": 0.0, "sigma": 2.0})
    assert bob["grade"]["tasks"][0]["where"] == "line 3"
    assert [s["score"] for s in made["grades.json"]["students"]] == [8, 6, 0, 8]


def test_a_record_holds_no_solution_and_nobody_else(known: Results) -> None:
    made = texts("json", known)
    bob = json.loads(made["students/bob.json"])
    for check in bob["checks"]:
        assert set(check["exact"].values()) == set(check["gradient"].values()) == {None}
        assert check["derivation"]["steps"] == []
    assert "ann" not in made["students/bob.json"]
    assert "bob" not in made["students/ann.json"]


@pytest.mark.parametrize(
    ("hidden", "gone"),
    [
        ("hints", "Which power"),
        ("mistakes", "that of sigma\\*\\*2"),
        ("evidence", "off by"),
        ("lines", "line 3"),
    ],
)
def test_what_is_to_be_hidden_is_hidden(tmp_path: Path, hidden: str, gone: str) -> None:
    shown = a_class(assignment(tmp_path))
    secret = a_class(assignment(tmp_path, f"{TOML}\n[feedback]\n{hidden} = false\n"))
    word = gone.replace("\\", "")
    assert word in json.dumps(record(shown.assignment, shown.students[1], {})["grade"])
    assert word not in json.dumps(record(secret.assignment, secret.students[1], {})["grade"])


class _Page(HTMLParser):
    """Collects what a page would do."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [v for k, v in found.items() if k == "id" and v]
        self.links += [v or "" for k, v in found.items() if k in ("href", "src")]
        assert not any(k.startswith("on") for k in found)


def test_without_a_name_for_the_mistake_what_was_seen_is_told(tmp_path: Path) -> None:
    seen = (Note("basis", "your mean is minus the exact gradient"),)
    unnamed = finding(outcome="refuted", coordinates=HALF, met={}, notes=seen)
    known = results(assignment(tmp_path), [("ann", {"tasks": [unnamed], "written": []})])
    assert "your mean is minus" in json.dumps(record(known.assignment, known.students[0], {})["grade"])
    assert "your mean is minus" not in json.dumps(
        record(known.assignment, a_class(known.assignment).students[1], {})
    )


def test_the_report_is_one_page_that_runs_nothing(known: Results) -> None:
    text = texts("html", known)["report.html"]
    page = _Page()
    page.feed(text)
    assert not {"script", "link", "iframe", "img", "object", "b"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert "Gradients &lt;1&gt;" in text
    assert "=1+1&lt;script&gt;" in text
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text


def test_the_report_shows_the_class_first(known: Results) -> None:
    text = texts("html", known)["report.html"]
    order = [
        text.index(f'id="{anchor}"') for anchor in ("hard", "mistakes", "marks", "students", "ann", "bob")
    ]
    assert order == sorted(order)
    assert "1 × squared scale" in text
    assert "Which power of sigma is the scale?" in text


def test_figures(known: Results) -> None:
    found = figures(known)
    assert (found.count, found.unread, found.mean, found.median, found.out_of) == (4, 1, 5.5, 7.0, 8)
    assert [t.name for t in found.tasks] == ["reparam", "score"]
    assert found.tasks[0].wrong == (("sigma", 1),)
    assert (found.tasks[0].full, found.tasks[0].none) == (2, 1)
    assert found.distribution == (1, 0, 0, 0, 0, 0, 0, 1, 0, 2)
    assert [(name, n) for name, _, n in found.mistakes] == [("squared_scale", 1)]


def test_copies_are_a_hint(tmp_path: Path) -> None:
    made = assignment(tmp_path)
    both = {"tasks": [finding(), finding("score")], "written": []}
    students = Students(made, [Handed("ann", "d"), Handed("bob", "d"), Handed("cy", "e")], lambda _: both, {})
    assert [one.copies for one in students] == [("bob",), ("ann",), ()]
    assert {one.score for one in students} == {8}
    page = texts("html", Results(made, students, {}))["report.html"]
    assert "ann, bob" in page


EMPTY = Assignment("x", Path("x.toml"), 1, (), (), None)
NAMES = st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=8)


@given(NAMES)
def test_file_names_are_harmless_and_distinct(names: list[str]) -> None:
    handed = [Handed(name, "") for name in names]
    made = Results(EMPTY, Students(EMPTY, handed, lambda _: None, {}), {}).files
    assert len({f.lower() for f in made.values()}) == len(names)
    assert all(f and f[0] not in ".-" and "/" not in f and f.isascii() for f in made.values())


def test_names_of_devices_are_changed(tmp_path: Path) -> None:
    made = results(assignment(tmp_path), [("con", "x"), ("CON", "x"), ("../x", "x")]).files
    assert all(f.lower() not in ("con", "../x") for f in made.values())
    assert len(set(made.values())) == 3
