"""The page: everything that students wrote is escaped by the template engine, without exception."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from checks.grading.errors import Unavailable
from checks.grading.marks import Marked, number
from checks.grading.report.statistics import BINS, Figures, figures
from checks.grading.results import Results
from checks.grading.students import Graded
from checks.grading.words import Told, told

WIDTH, HEIGHT, GAP = 640, 160, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart, in the chart's own units."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: int


def render(results: Results) -> Iterator[str]:
    """The class first, then every student, in pieces; for the same results the same bytes."""
    known = figures(results)
    rendered: Iterator[str] = _template().generate(
        title=results.assignment.title,
        figures=known,
        columns=_columns(known),
        rows=_rows(known),
        width=WIDTH,
        height=HEIGHT,
        students=_Pages(results),
        versions=results.versions,
    )
    return rendered


class _Pages:
    """Every student as the template has it, made anew each time that they are gone through."""

    def __init__(self, results: Results) -> None:
        self.results = results

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (_student(self.results, one) for one in self.results.students)


@cache
def _template() -> Any:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ModuleNotFoundError:
        raise Unavailable("the HTML report needs jinja2", "pip install 'gradproof[grade]'") from None
    loader = PackageLoader("checks.grading.report", ".")
    made = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["percent"] = lambda part: f"{100 * part:.0f} %"
    return made.get_template("page.html.jinja")


def _columns(known: Figures) -> list[Bar]:
    """The distribution of the marks."""
    most = max(known.distribution, default=0) or 1
    step = WIDTH / BINS
    bars = []
    for i, count in enumerate(known.distribution):
        height = HEIGHT * count / most
        label = f"{100 * i // BINS}-{100 * (i + 1) // BINS} %"
        bars.append(Bar(i * step + GAP / 2, HEIGHT - height, step - GAP, height, label, count))
    return bars


def _rows(known: Figures) -> list[Bar]:
    """The mistakes, one row each."""
    most = max((n for _, _, n in known.mistakes), default=0) or 1
    return [
        Bar(0, 28.0 * i, 0.5 * WIDTH * n / most, 20, name.replace("_", " "), n)
        for i, (name, _, n) in enumerate(known.mistakes)
    ]


def _student(results: Results, one: Graded) -> dict[str, Any]:
    words = told(results.assignment, one)
    return {
        "name": one.handed.student,
        "anchor": results.files[one.handed.student],
        "score": number(one.score),
        "out_of": number(one.out_of),
        "share": float(one.score / one.out_of) if one.out_of else 0.0,
        "open": one.open,
        "problem": one.handed.problem,
        "help": one.handed.help,
        "failure": one.handed.failure,
        "files": one.handed.files,
        "notes": one.handed.notes,
        "late": None if one.late is None or not one.late.days else one.late.days,
        "penalty": number(one.penalty),
        "copies": [(name, results.files[name]) for name in one.copies],
        "tasks": [_task(m, t) for m, t in zip(one.marked, words)],
    }


def _state(marked: Marked) -> str:
    """The class of its colour."""
    if marked.open:
        return "open"
    if marked.score == marked.out_of:
        return "full"
    return "part" if marked.score else "none"


def _task(marked: Marked, words: Told) -> dict[str, Any]:
    return {
        "told": words,
        "score": number(marked.score),
        "out_of": number(marked.out_of),
        "state": _state(marked),
        "parts": [
            {"says": p.requirement.replace("_", " "), "out_of": number(p.out_of),
             "score": 0 if marked.zero is not None else None if p.score is None else number(p.score)}
            for p in marked.parts
        ],
    }  # fmt: skip
