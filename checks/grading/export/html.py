"""``report.html``: the class, then every student, for whoever teaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.grading.report.page import render
from checks.grading.results import Results


def export(results: Results) -> Iterator[tuple[str, Iterable[str]]]:
    """One self-contained file."""
    yield "report.html", render(results)
