"""From a TOML file to an ``Assignment``; whatever is wrong is said with its line."""

from __future__ import annotations

import difflib
import json
import math
import tomllib
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from checks.catalogue import names, parameters
from checks.grading.assignment import (
    SAMPLES,
    SECONDS,
    VARIANTS,
    Assignment,
    Feedback,
    Late,
    Marks,
    Point,
    Task,
    Written,
)
from checks.grading.errors import BadAssignment, Unavailable
from checks.grading.positions import Key, key_lines, line_of
from checks.selection import Chosen, Selection, estimator_named, placed
from checks.suite import CheckSpec
from derive.errors import DeriveError, UnknownName
from derive.registry import unknown

SCHEMA = Path(__file__).with_name("assignment.schema.json")
LARGEST = 1 << 20
_TIMES = {"s": 1, "m": 60, "h": 3600}
_RUBRIC = {"steps": 4, "result": 4, "conditions": 2}


def read(path: Path) -> Assignment:
    """The assignment in a file; raises ``BadAssignment`` with the line of what is wrong.

    Names, ranges and points are looked at; whether the expectations exist takes their proofs.
    """
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadAssignment(
            f"this is not TOML: {error}", path, None, "strings have quotes: name = 'x'"
        ) from None
    return _Reader(path, key_lines(text)).assignment(data)


def _text(path: Path) -> str:
    if not path.is_file():
        near = difflib.get_close_matches(path.name, [p.name for p in _folder(path).glob("*.toml")], n=1)
        help = f"did you mean '{_folder(path) / near[0]}'?" if near else "`grade --help` shows the usage"
        raise BadAssignment("there is no such file", path, None, help)
    if path.stat().st_size > LARGEST:
        raise BadAssignment("the file is larger than 1 MB", path, None, "an assignment is a short TOML file")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadAssignment(
            f"it is not UTF-8 at byte {error.start}", path, None, "save it as UTF-8"
        ) from None
    except OSError as error:
        raise BadAssignment(f"it cannot be read: {error.strerror}", path) from None


def _folder(path: Path) -> Path:
    return path.parent if path.parent.is_dir() else Path()


class _Reader:
    """Turns checked data into records, and knows where everything stands."""

    def __init__(self, path: Path, lines: Mapping[Key, int]) -> None:
        self.path = path
        self.lines = dict(lines)

    def bad(self, what: str, key: Key, help: str | None = None) -> BadAssignment:
        return BadAssignment(what, self.path, line_of(self.lines, key), help)

    def assignment(self, data: dict[str, Any]) -> Assignment:
        self._held_against_schema(_plain(data))
        variants = data.get("variants", VARIANTS)
        tasks = tuple(self._task(i, t) for i, t in enumerate(data.get("task", ())))
        written = tuple(self._written(i, w) for i, w in enumerate(data.get("written", ())))
        self._distinct(tasks, written)
        late = self._late(data["late"]) if "late" in data else None
        feedback = Feedback(**data.get("feedback", {}))
        made = Assignment(data["title"], self.path, variants, tasks, written, late, feedback)
        if not made.total:
            raise self.bad("nothing is worth a mark", ("task",), "give a task marks = {unbiased = 1}")
        return made

    def _held_against_schema(self, data: dict[str, Any]) -> None:
        errors = sorted(
            _validator().iter_errors(data), key=lambda e: (list(map(str, e.absolute_path)), e.message)
        )
        if errors:
            key = tuple(errors[0].absolute_path)
            what, help, key = _worded(errors[0], key)
            raise self.bad(what, key, help)

    def _task(self, i: int, data: dict[str, Any]) -> Task:
        key: Key = ("task", i)
        common = self._expectation(key, data)
        estimator = self._estimator(key, data.get("estimator"))
        marks = _marks(data.get("marks", {"unbiased": 1}))
        if (marks.variance or marks.estimator) and estimator is None:
            help = "add estimator = 'score_function', or another that `list estimators` names"
            raise self.bad("marks for the estimator or its variance need an estimator", (*key, "marks"), help)
        for name in data.get("hints", {}):
            if name not in names("mistakes"):
                raise self._unknown(unknown(name, "mistake", names("mistakes")), (*key, "hints", name))
        return Task(
            **common,
            points=self._points(key, data, common),
            between=self._between(key, data),
            estimator=estimator,
            n_samples=data.get("n_samples", SAMPLES),
            seconds=float(data.get("seconds", SECONDS)),
            closed_form=data.get("closed_form", "refuse") == "allow",
            marks=marks,
            hint=data.get("hint"),
            hints=data.get("hints", {}),
        )

    def _written(self, i: int, data: dict[str, Any]) -> Written:
        key: Key = ("written", i)
        none = dict.fromkeys(("family", "integrand", "wrt"))
        common: dict[str, Any] = {"name": data["name"], "title": data.get("title", data["name"]), **none}
        common["line"] = line_of(self.lines, key)
        common |= self._expectation(key, data) if "family" in data else {}
        given = dict(data.get("rubric", _RUBRIC))
        rubric = {k: _fraction(v) for k, v in {**given, **given.pop("rules", {})}.items() if k != "rules"}
        return Written(**common, file=data["file"], rubric=rubric, hint=data.get("hint"))

    def _expectation(self, key: Key, data: dict[str, Any]) -> dict[str, Any]:
        if data["family"].replace("-", "_") not in names("families"):
            error = unknown(data["family"], "family", names("families"))
            raise self._unknown(error, (*key, "family"))
        spec = CheckSpec("user", data["family"].replace("-", "_"), data["integrand"], data["name"])
        wrt = tuple("".join(name.split()) for name in data["wrt"]) if "wrt" in data else None
        try:
            placed(Chosen(spec), Selection(wrt=wrt))
        except DeriveError as error:
            raise self._unknown(error, (*key, "wrt")) from None
        return {"name": data["name"], "title": data.get("title", data["name"]), "family": spec.family,
                "integrand": data["integrand"], "wrt": wrt, "line": line_of(self.lines, key)}  # fmt: skip

    def _points(self, key: Key, data: dict[str, Any], common: dict[str, Any]) -> tuple[Point, ...]:
        if "at" in data and "between" in data:
            raise self.bad("a task has either `at` or `between`", (*key, "between"), "remove one of them")
        spec = CheckSpec("user", common["family"], common["integrand"], common["name"])
        found: list[Point] = []
        for text in data.get("at", ()):
            try:
                found.append(placed(Chosen(spec), Selection(at=text)).spec.at)
            except DeriveError as error:
                raise self._unknown(error, (*key, "at")) from None
        # Without points and ranges the task is judged at the family's reference point.
        return tuple(found) or (() if "between" in data else ((),))

    def _between(self, key: Key, data: dict[str, Any]) -> tuple[tuple[str, Fraction, Fraction], ...]:
        known = parameters(data["family"].replace("-", "_"))
        found = []
        for name, (low, high) in data.get("between", {}).items():
            here = (*key, "between", name)
            try:
                ends = Fraction(str(low)), Fraction(str(high))
            except (ValueError, ZeroDivisionError):
                raise self.bad(
                    f"[{low}, {high}] is no range of numbers", here, "as in mu = [-1, '3/2']"
                ) from None
            if not ends[0] < ends[1]:
                raise self.bad(f"the range of {name} is empty: {low} is not below {high}", here)
            if name not in known and name not in data["integrand"]:
                raise self._unknown(unknown(name, f"parameter of {data['family']}", tuple(known)), here)
            found.append((name, *ends))
        return tuple(found)

    def _estimator(self, key: Key, name: str | None) -> str | None:
        try:
            return None if name is None else estimator_named(name)
        except UnknownName as error:
            raise self._unknown(error, (*key, "estimator")) from None

    def _late(self, data: dict[str, Any]) -> Late:
        due, grace = data["due"], data.get("grace", "0s")
        if not isinstance(due, datetime) or due.tzinfo is None:
            help = "write it without quotes, as in due = 2026-12-01T23:59:00+01:00"
            raise self.bad("`due` must be a date with a time and an offset", ("late", "due"), help)
        cost, most = (_percent(data.get(k, "100%")) for k in ("per_day", "at_most"))
        seconds = float(grace[:-1]) * _TIMES[grace[-1]]
        return Late(due, data["submitted"], seconds, cost, most, line_of(self.lines, ("late", "submitted")))

    def _distinct(self, tasks: tuple[Task, ...], written: tuple[Written, ...]) -> None:
        seen: dict[str, int | None] = {}
        keys: list[Key] = [("task", i, "name") for i in range(len(tasks))]
        keys += [("written", i, "name") for i in range(len(written))]
        items: tuple[Task | Written, ...] = (*tasks, *written)
        for key, item in zip(keys, items):
            if item.name in seen:
                what = f"two tasks are called '{item.name}'; the first is on line {seen[item.name]}"
                raise self.bad(what, key, "give each its own name")
            seen[item.name] = item.line

    def _unknown(self, error: DeriveError, key: Key) -> BadAssignment:
        return self.bad(error.message, key, error.help)


def in_assignment(error: DeriveError, assignment: Assignment, item: Task | Written) -> BadAssignment:
    """An error about an item's expectation, such as that it does not exist, with the item's line."""
    return BadAssignment(f"{item.name}: {error.message}", assignment.path, item.line, error.help)


@cache
def _validator() -> Any:
    try:
        from jsonschema import Draft202012Validator
    except ModuleNotFoundError:
        raise Unavailable("jsonschema is not installed", "pip install 'gradproof[grade]'") from None
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _plain(data: Any) -> Any:
    """TOML's values as JSON's: dates, inf and nan become text."""
    if isinstance(data, dict):
        return {k: _plain(v) for k, v in data.items()}
    if isinstance(data, list):
        return [_plain(v) for v in data]
    if isinstance(data, float) and not math.isfinite(data):
        return str(data)
    return data if isinstance(data, (str, int, float)) else data.isoformat()


def _worded(error: Any, key: Key) -> tuple[str, str | None, Key]:
    """A schema's complaint in words, with help, and the key that it is about."""
    kind, schema = error.validator, error.schema
    where = ".".join(str(k) for k in key if isinstance(k, str)) or "the assignment"
    if kind == "additionalProperties":
        known = sorted(schema["properties"])
        extra = next(k for k in error.instance if k not in schema["properties"])
        near = difflib.get_close_matches(extra, known, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        return f"unknown key '{extra}' in {where}", f"{hint}known: {', '.join(known)}", (*key, extra)
    if kind == "required":
        missing = next(k for k in error.validator_value if k not in error.instance)
        return f"{where} lacks '{missing}'", _says(schema["properties"][missing]), key
    if kind == "anyOf":
        return "there is no task", "add a [[task]] or a [[written]] table", key
    said = error.message if len(error.message) < 160 else f"the value of {where} is not allowed"
    return f"{where}: {said}", _says(schema), key


def _says(schema: dict[str, Any]) -> str | None:
    return schema.get("description")


def _marks(data: dict[str, Any]) -> Marks:
    return Marks(*(_fraction(data.get(k, 0)) for k in ("unbiased", "estimator", "variance", "n_samples")))


def _fraction(value: float) -> Fraction:
    return Fraction(str(value))


def _percent(text: str) -> Fraction:
    return Fraction(text.rstrip("% ")) / 100
