"""An assignment is read as it is written, and whatever is wrong is said with its line."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from checks.grading.errors import BadAssignment
from checks.grading.positions import key_lines, line_of
from checks.grading.reading import SCHEMA, read
from tests.checks.grading.samples import TOML, assignment

TASK = '[[task]]\nname = "t"\nfamily = "normal"\nintegrand = "a**2"\n'


def test_everything_is_read(tmp_path: Path) -> None:
    made = assignment(tmp_path)
    first, second = made.tasks
    assert (made.title, made.variants, made.total) == ("Gradients <1>", 3, 8)
    assert first.between == (("mu", Fraction(-1), Fraction(1)), ("sigma", Fraction(1, 2), Fraction(2)))
    assert (first.estimator, first.n_samples, first.closed_form) == ("pathwise", 64, False)
    assert (first.marks.unbiased, first.marks.variance, first.marks.total) == (4, 1, 6)
    assert first.hints == {"squared_scale": "Which power of sigma is the scale?"}
    assert second.points == ((("p", "1/3"),),)
    assert (first.line, second.line) == (5, 16)


def test_a_late_policy_and_feedback_are_read(tmp_path: Path) -> None:
    late = '[late]\ndue = 2026-12-01T23:59:00+01:00\nsubmitted = "file-times"\n'
    late += 'per_day = "12.5%"\ngrace = "10m"\n'
    made = assignment(tmp_path, f'title = "x"\n{late}[feedback]\nhints = false\n{TASK}')
    assert made.late is not None
    assert (made.late.per_day, made.late.at_most, made.late.grace) == (Fraction(1, 8), 1, 600.0)
    assert not made.feedback.hints
    assert made.feedback.evidence


BAD = {
    "no TOML": ("title = x", "Invalid value.*line 1"),
    "unknown key": (f'title = "x"\n{TASK}wieght = 2\n', r"hw.toml, line 6: unknown key 'wieght' in task"),
    "near key": (f'title = "x"\n{TASK}integrant = "a"\n', "did you mean 'integrand'"),
    "no title": (TASK, "lacks 'title'"),
    "no task": ('title = "x"\n', "there is no task"),
    "no integrand": (
        'title = "x"\n[[task]]\nname = "t"\nfamily = "normal"\n',
        "line 2: task lacks 'integrand'",
    ),
    "family": (f'title = "x"\n{TASK.replace("normal", "nromal")}', "line 4: no family is called 'nromal'"),
    "estimator": (f'title = "x"\n{TASK}estimator = "magic"\n', "line 6: no estimator is called 'magic'"),
    "parameter": (f'title = "x"\n{TASK}wrt = ["nu"]\n', "line 6: no parameter of normal is called 'nu'"),
    "point": (f'title = "x"\n{TASK}at = ["nu=1"]\n', "line 6: no parameter of normal is called 'nu'"),
    "empty points": (f'title = "x"\n{TASK}at = []\n', "line 6: task.at:"),
    "range": (f'title = "x"\n{TASK}between = {{mu = [2, 1]}}\n', "line 6: the range of mu is empty"),
    "no numbers": (f'title = "x"\n{TASK}between = {{mu = ["x", 1]}}\n', r"line 6: \[x, 1\] is no range"),
    "both": (f'title = "x"\n{TASK}at = ["mu=1"]\nbetween = {{mu = [0, 1]}}\n', "line 7: .*either"),
    "mistake": (f'title = "x"\n{TASK}hints = {{squared = "?"}}\n', "line 6: no mistake is called 'squared'"),
    "marks": (f'title = "x"\n{TASK}marks = {{unbiased = -1}}\n', "line 6: task.marks.unbiased: -1 is less"),
    "infinite marks": (f'title = "x"\n{TASK}marks = {{unbiased = inf}}\n', "'inf' is not of type 'number'"),
    "nothing": (f'title = "x"\n{TASK}marks = {{unbiased = 0}}\n', "nothing is worth a mark"),
    "variance alone": (f'title = "x"\n{TASK}marks = {{variance = 1}}\n', "need an estimator"),
    "twice": (f'title = "x"\n{TASK}{TASK}', "line 7: two tasks are called 't'; the first is on line 2"),
    "name": (
        f'title = "x"\n{TASK.replace(chr(34) + "t" + chr(34), chr(34) + "a b" + chr(34))}',
        "line 3: task.name",
    ),
    "due": (
        f'title = "x"\n[late]\ndue = 2026-12-01\nsubmitted = "t.csv"\nper_day = "1%"\n{TASK}',
        "line 3: `due` must be a date with a time and an offset",
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadAssignment) as caught:
        assignment(tmp_path, text)
    said = f"{caught.value.message}\n{caught.value.help}"
    assert re.search(message, said), said


def test_a_missing_file_names_the_near_one(tmp_path: Path) -> None:
    assignment(tmp_path)
    with pytest.raises(BadAssignment, match="there is no such file") as caught:
        read(tmp_path / "hv.toml")
    assert "hw.toml" in str(caught.value.help)


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "hw.toml").write_bytes('title = "é"'.encode("latin-1"))
    with pytest.raises(BadAssignment, match="not UTF-8 at byte 9"):
        read(tmp_path / "hw.toml")


def test_the_schema_is_one_and_says_what_everything_means() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    task = schema["$defs"]["task"]["properties"]
    silent = [name for name, about in task.items() if "description" not in about]
    assert silent == []


def test_only_what_is_judged_is_in_the_digest(tmp_path: Path) -> None:
    first = assignment(tmp_path)
    worth = assignment(tmp_path, TOML.replace("unbiased = 4", "unbiased = 40").replace("Gradients", "G"))
    other = assignment(tmp_path, TOML.replace("a**2", "a**3"))
    assert first.digest == worth.digest != other.digest


NAMES = st.text("abcxyz", min_size=1, max_size=3)
VALUES = st.sampled_from(["1", '"x # y"', "[\n1,\n2]", "{a = 1}", '"""\n[t]\nk = 1\n"""', "'''\nb = 2'''"])


@given(st.lists(st.tuples(NAMES, VALUES), unique_by=lambda pair: pair[0], max_size=6))
def test_keys_are_found_where_they_stand(pairs: list[tuple[str, str]]) -> None:
    text, expected = "# comment\n[table]\n", {("table",): 2}
    for name, value in pairs:
        expected["table", name] = text.count("\n") + 1
        text += f"{name} = {value} # [x]\n"
    assert key_lines(text) == expected


def test_an_unknown_place_is_that_of_what_is_around_it() -> None:
    lines = key_lines('[[task]]\nname = "a"\nmarks = {unbiased = 1}\n')
    assert line_of(lines, ("task", 0, "marks", "unbiased")) == 3
    assert line_of(lines, ("task", 0, "other")) == 1
    assert line_of(lines, ("nothing",)) is None
