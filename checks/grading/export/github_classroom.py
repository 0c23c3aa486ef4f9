"""``github-classroom/NAME.json`` and ``NAME.env``: what GitHub Classroom's reporter reads.

Source: github-education-resources/autograding-grading-reporter: for each runner RUNNER the variable
RUNNER_RESULTS holds base64 of ``{version, status, max_score, tests: [{name, status, score, message, line_no,
execution_time}]}``. Its total sums ``tests[].score`` while its table counts passes, so that both are in step
only where every test of a runner is worth the same and is passed as a whole: each requirement of a task is
a runner here, and each parameter a test. Lateness is not in it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from checks.grading.export.json import dumped
from checks.grading.marks import Marked, Part, number
from checks.grading.results import Results
from checks.grading.students import Graded
from checks.grading.words import joined, told

VERSION = 1


def export(results: Results) -> Iterator[tuple[str, str]]:
    """Two files for each student: to read, and to append to ``$GITHUB_ENV``."""
    for one in results.students:
        path = f"github-classroom/{results.files[one.handed.student]}"
        runners = as_runners(results, one)
        yield f"{path}.json", dumped({"runners": list(runners), "results": runners})
        yield f"{path}.env", as_environment(runners)


def as_environment(runners: Mapping[str, Mapping[str, Any]]) -> str:
    """Lines ``NAME_RESULTS=base64``, and ``RUNNERS`` for the reporter's input of that name."""
    lines = [f"{name.upper()}_RESULTS={_encoded(found)}" for name, found in runners.items()]
    return "\n".join([f"RUNNERS={','.join(runners)}", *lines, ""])


def _encoded(found: Mapping[str, Any]) -> str:
    return base64.b64encode(json.dumps(found).encode()).decode()


def as_runners(results: Results, one: Graded) -> dict[str, dict[str, Any]]:
    """A student's results by runner."""
    made = {}
    for marked, words in zip(one.marked, told(results.assignment, one)):
        for part in marked.parts:
            names = _coordinates(one, marked, part)
            tests = _tests(marked, part, names, joined(words))
            statuses = {t["status"] for t in tests}
            made[f"{marked.task}_{part.requirement}"] = {
                "version": VERSION,
                "status": next((s for s in ("error", "fail") if s in statuses), "pass"),
                "max_score": number(part.out_of),
                "tests": tests,
            }
    return made


def _coordinates(one: Graded, marked: Marked, part: Part) -> dict[str, bool | None]:
    """Whether each equal share of a requirement was reached; None where a person decides."""
    found = one.finding(marked.task)
    coordinates = found.get("coordinates", ()) if found and part.requirement == "unbiased" else ()
    if marked.zero is not None or part.score is None or not coordinates:
        # A share that is neither all nor nothing, as of a derivation's lines, passes only as a whole.
        reached = None if part.score is None and marked.zero is None else part.score == part.out_of
        return {"": False if marked.zero is not None else reached}
    return {c["name"]: c["outcome"] == "agrees" for c in coordinates}


def _tests(
    marked: Marked, part: Part, names: Mapping[str, bool | None], message: str
) -> list[dict[str, Any]]:
    share = Fraction(part.out_of, len(names))
    return [
        {
            "name": f"{marked.task}: {part.requirement}{' by ' + name if name else ''}",
            "status": {True: "pass", False: "fail", None: "error"}[reached],
            "score": float(share) if reached else 0,
            "message": "" if reached else message,
            "line_no": 0,
            "execution_time": "0s",
        }
        for name, reached in names.items()
    ]
