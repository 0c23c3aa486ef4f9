"""What is asked of a submission's code, and what was found: plain data between the class and the judges.

``grade_code(source, tasks, proofs, grader) -> tuple[TaskFinding, ...]`` stands in
``checks.grading.judging``; ``Grader``, a context manager that starts the zygote and raises ``NoSandbox``
where there is no sandbox, in ``checks.grading.grader``. ``proofs`` holds one ``derive.proof.Proof`` per task,
at the task's point, made from ``CodeTask.request()``; ``CodeTask.explaining()`` is the request whose proof
has the exact means of all known mistakes too: pass that proof, where it is at hand, and a mistake is named.
This module imports neither Torch nor SymPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from checks.verdict import Verdict

Requirement = Literal["unbiased", "estimator", "variance", "n_samples", "no_closed_form"]
REQUIREMENTS: tuple[Requirement, ...] = ("unbiased", "estimator", "variance", "n_samples", "no_closed_form")
Outcome = Literal["agrees", "refuted", "inconclusive", "untestable", "broken", "no answer"]
# Why there is no answer: all but "raised" and "result" end the process of the submission.
Failure = Literal[
    "syntax", "import", "missing", "signature", "raised", "result", "time", "memory", "died", "too large",
    "protocol",
]  # fmt: skip
NoteKind = Literal[
    "basis",  # what the verdict stands on
    "points",  # how often the integrand was asked
    "samples",  # whether all n samples are used
    "closed_form",  # the answer does not depend on the integrand's values
    "self_seeded",  # the same answer for every seed, or a seed of its own
    "estimator",  # which estimator it is, where that was seen sample for sample
    "variance",  # the variance is not the declared one
    "law",  # the samples do not follow the law
    "identity",  # an identity that every unbiased estimator has is violated
    "global_state",  # what it changed in its process
    "memory",  # it remembers earlier calls
]


@dataclass(frozen=True, slots=True)
class CodeTask:
    """One function of a submission, resolved for this submission: a point, and a seed.

    ``name(f, theta, n)`` estimates the gradient of E[``integrand``], ``a ~ family``, at ``at`` (exact
    rationals as text, by parameter), by the parameters ``wrt`` (None: all). ``estimator`` is the one that it
    is declared to be. ``n_samples`` are asked for in an ordinary call. ``seconds`` of the
    submission's own processor time are for a call, and ``budget`` for all that exact evidence takes.
    """

    name: str
    family: str
    integrand: str
    at: tuple[tuple[str, str], ...] = ()
    wrt: tuple[str, ...] | None = None
    estimator: str | None = None
    requires: tuple[Requirement, ...] = ("unbiased",)
    n_samples: int = 64
    seed: int = 0
    resolution: float = 0.01
    seconds: float = 2.0
    budget: float = 10.0

    def request(self) -> dict[str, Any]:
        """What has to be proved, for ``checks.prover`` and the cache of proofs."""
        return self._request((self.estimator,) if self.estimator else ("pathwise", "score_function"))

    def explaining(self) -> dict[str, Any]:
        """The same with every known mistake, and the usual estimators to tell one from another."""
        from checks.catalogue import names

        own = (self.estimator,) if self.estimator else ()
        return self._request((*own, "pathwise", "score_function", *names("mistakes")))

    def _request(self, estimators: tuple[str, ...]) -> dict[str, Any]:
        return {
            "family": self.family,
            "integrand": self.integrand,
            "at": [list(pair) for pair in self.at],
            "wrt": None if self.wrt is None else list(self.wrt),
            "estimators": sorted(set(estimators)),
            "fourth": False,
        }


@dataclass(frozen=True, slots=True)
class Coordinate:
    """The gradient by one parameter: ``outcome`` is ``agrees``, ``refuted`` or ``inconclusive``.

    ``difference`` is the bias as a formula, where one explains it.
    """

    name: str
    outcome: Outcome
    exact: float | None = None
    estimate: float | None = None
    bias: float | None = None
    detectable_bias: float | None = None
    difference: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A remark for the student; ``says`` completes "your function: ...". Text of theirs in it is escaped."""

    kind: NoteKind
    says: str


@dataclass(frozen=True, slots=True)
class TaskFinding:
    """What was found about one function of a submission.

    ``met`` says of each requirement whether it is met; None where that could not be decided.
    ``variance`` maps a parameter to the exact variance of one sample's gradient, where it is known.
    ``line`` is the line of the submission where the fault lies, where that is certain; ``failure`` says why
    there is no answer, and ``says`` what happened in words. ``broken`` is our own fault. No text holds
    control characters.
    """

    task: str
    outcome: Outcome
    says: str
    coordinates: tuple[Coordinate, ...] = ()
    met: Mapping[Requirement, bool | None] = field(default_factory=dict)
    variance: Mapping[str, float | None] = field(default_factory=dict)
    diagnosis: Mapping[str, str] | None = None
    line: int | None = None
    failure: Failure | None = None
    help: str | None = None
    notes: tuple[Note, ...] = ()
    evidence: str = "none"
    points: int = 0
    cpu_seconds: float = 0.0
    verdict: Verdict | None = None
