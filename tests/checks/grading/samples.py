"""An assignment, findings and submissions to test with; no evidence is made here."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from checks.grading.answers import CodeTask, Coordinate, Note, Outcome, TaskFinding
from checks.grading.assignment import Assignment
from checks.grading.errors import Unavailable
from checks.grading.evidence import as_json
from checks.grading.reading import read
from checks.grading.results import Results
from checks.grading.secret import Secret
from checks.grading.spec import Spec
from checks.grading.students import Handed, Students
from checks.grading.work import Judge
from derive.proof import Proof

TOML = """
title = "Gradients <1>"
variants = 3

[[task]]
name = "reparam"
title = "The reparametrization trick"
family = "normal"
integrand = "mu*a + a**2"
between = {mu = [-1, 1], sigma = ["1/2", 2]}
estimator = "pathwise"
marks = {unbiased = 4, variance = 1, n_samples = 1}
hint = "Write a as a function of the noise."
hints = {squared_scale = "Which power of sigma is the scale?"}

[[task]]
name = "score"
family = "bernoulli"
integrand = "3*a + p"
at = ["p=1/3"]
estimator = "score_function"
marks = {unbiased = 2}
"""


def assignment(folder: Path, text: str = TOML) -> Assignment:
    """The assignment, from a file in ``folder``."""
    path = folder / "hw.toml"
    path.write_text(text, encoding="utf-8")
    return read(path)


PROOF = Proof("normal", "a", {"mu": "1/2", "sigma": "2"}, ("mu", "sigma"), {}, {}, {}, (), {}, {}, {})
CODE_TASKS = {
    "reparam": CodeTask("reparam", "normal", "mu*a + a**2", seed=7),
    "score": CodeTask("score", "bernoulli", "3*a + p", seed=8),
}
MET = {"unbiased": True, "variance": True, "n_samples": True, "no_closed_form": True}
RIGHT = (Coordinate("mu", "agrees", 1.0, 1.0, 0.0, 1e-9), Coordinate("sigma", "agrees", 4.0, 4.0, 0.0, 1e-9))
HALF = (RIGHT[0], Coordinate("sigma", "refuted", 4.0, 6.0, 2.0, 1e-9, "4*sigma**3 - 2*sigma"))
SQUARED = {"mistake": "squared_scale", "says": "your mean is that of sigma**2 <b>"}


def finding(task: str = "reparam", **changes: Any) -> dict[str, Any]:
    """A finding as it is kept: right, with ``changes``."""
    usual: dict[str, Any] = {"outcome": "agrees", "says": "exact", "coordinates": RIGHT, "met": MET}
    made = TaskFinding(task=task, evidence="exact", **{**usual, **changes})
    return as_json(CODE_TASKS[task], made, PROOF)


WRONG = finding(
    outcome="refuted",
    coordinates=HALF,
    met={**MET, "unbiased": False},
    diagnosis=SQUARED,
    line=3,
    notes=(Note("samples", "it draws one sample"),),
)


def judge() -> Judge:
    """A judge that does what the submission says: for tests of everything around judging."""

    def judged(code: bytes, tasks: Sequence[CodeTask], _: Sequence[Proof]) -> tuple[TaskFinding, ...]:
        word = code.decode().split()[0]
        if word == "#die":
            os._exit(1)
        if word == "#unsealed":
            raise Unavailable("a process cannot be sealed here", "grade in a Linux container")
        if word == "#slow":
            time.sleep(0.15)
        right = word != "#half"
        outcome: Outcome = "agrees" if right else "refuted"
        found = RIGHT if right else HALF
        if word == "#broken":
            return tuple(TaskFinding(t.name, "broken", "it failed") for t in tasks)
        # The seed is in the result, so that whatever depends on it would be seen to differ.
        return tuple(
            TaskFinding(t.name, outcome, f"seed {t.seed}", found, MET, cpu_seconds=0.25) for t in tasks
        )

    return judged


JUDGE = f"{__name__}:judge"


def spec(made: Assignment, key: bytes = b"a secret of enough bytes") -> Spec:
    """A spec with proofs in name only, and the judge above."""
    secret = Secret(key)
    points = tuple(secret.points(task, made.variants) for task in made.tasks)
    return Spec(made, secret, points, tuple((PROOF,) * len(p) for p in points), (("test", "1"),), JUDGE)


def results(made: Assignment, found: Sequence[tuple[str, dict[str, Any] | str]]) -> Results:
    """A class: each student with findings, or with the reason why there is no submission."""
    handed, known = [], {}
    for i, (student, said) in enumerate(found):
        if isinstance(said, str):
            handed.append(Handed(student, "", problem=said, help="hand in a file"))
        else:
            handed.append(Handed(student, f"digest{i}", files=("hw.py",)))
            known[f"digest{i}"] = said
    return Results(made, Students(made, handed, known.get, {}), {"gradproof": "0.1.0", "torch": "2"})


def a_class(made: Assignment) -> Results:
    """Four students: all right, half right, unreadable, and one that is called dangerously."""
    both = {"tasks": [finding(), finding("score")], "written": []}
    half = {"tasks": [WRONG, finding("score")], "written": []}
    return results(made, [("ann", both), ("bob", half), ("cy", "it is empty"), ("=1+1<script>", both)])
