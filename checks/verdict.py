"""What a check says: verdicts, check results and reports, their JSON and exit codes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any, Literal

from checks.suite import Outcome

Kind = Literal["exact", "sampling", "none"]
OUTCOMES: tuple[Outcome, ...] = ("agrees", "refuted", "inconclusive", "untestable", "broken")
SCHEMA = "gradproof/report@1"

ByName = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of holding one estimator against the exact gradient, and what it stands on.

    All mappings are by parameter. ``detectable_bias`` is the smallest bias that this evidence would have
    noticed. ``as_stated`` says whether the estimator's own exact mean, from its statistic, was confirmed:
    for a biased one, that it is wrong in exactly the way that it should be. ``samples`` is 0 for exact
    evidence, which draws none.
    """

    outcome: Outcome
    evidence: Kind
    reason: str
    estimate: ByName = field(default_factory=dict)
    bias: ByName = field(default_factory=dict)
    detectable_bias: ByName = field(default_factory=dict)
    variance_exact: ByName = field(default_factory=dict)
    variance_estimate: ByName = field(default_factory=dict)
    false_fail_rate: float = 0.0
    false_pass_rate: float = 0.0
    samples: int = 0
    as_stated: bool = False
    diagnosis: Mapping[str, str] | None = None

    def _repr_markdown_(self) -> str:
        """How Jupyter shows it."""
        from checks.reporting.notebook import verdict_markdown

        return verdict_markdown(self)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of a report: what was checked, what is known, what was found.

    Of a second derivative ``parameters`` are what is differentiated by; ``wrt``, and all mappings, are then
    by pairs of them: ``mu,sigma``.
    """

    id: str
    check: str
    family: str
    integrand: str
    at: Mapping[str, str]
    wrt: Sequence[str]
    estimator: str
    expected: Outcome
    verdict: Verdict
    gradient: Mapping[str, str | None]
    derivation: Mapping[str, Any]
    exact: ByName
    reproduce: str
    seconds: float
    terms: Mapping[str, Any] = field(default_factory=dict)
    parameters: Sequence[str] = ()

    @property
    def as_expected(self) -> bool:
        """Whether the outcome is the expected one; a refuted one must also be wrong in the expected way."""
        if self.verdict.outcome != self.expected:
            return False
        return self.expected != "refuted" or self.verdict.as_stated

    def to_json(self) -> dict[str, Any]:
        """The record of one check; numbers that are not finite become null."""
        v = self.verdict
        return {
            "id": self.id,
            "check": self.check,
            "family": self.family,
            "integrand": self.integrand,
            "at": dict(self.at),
            "wrt": list(self.wrt),
            "estimator": self.estimator,
            "expected": self.expected,
            "outcome": v.outcome,
            "as_expected": self.as_expected,
            "gradient": dict(self.gradient),
            "derivation": dict(self.derivation),
            "terms": dict(self.terms),
            "exact": _finite(self.exact),
            "estimate": _finite(v.estimate),
            "bias": _finite(v.bias),
            "detectable_bias": _finite(v.detectable_bias),
            "variance": {"exact": _finite(v.variance_exact), "estimate": _finite(v.variance_estimate)},
            "evidence": v.evidence,
            "samples": v.samples,
            "rates": {"false_fail": v.false_fail_rate, "false_pass": v.false_pass_rate},
            "diagnosis": None if v.diagnosis is None else dict(v.diagnosis),
            "reason": v.reason,
            "reproduce": self.reproduce,
            "seconds": self.seconds,
            **({"order": 2, "parameters": list(self.parameters)} if self.parameters else {}),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All results of one ``verify``."""

    target: str
    seed: int
    results: tuple[CheckResult, ...]
    versions: Mapping[str, str] = field(default_factory=lambda: versions())

    @property
    def exit_code(self) -> int:
        """0 all as expected, 1 something is not, 4 we are broken, 3 nothing refuted but something open."""
        surprises = [r.verdict.outcome for r in self.results if not r.as_expected]
        if any(outcome in ("agrees", "refuted") for outcome in surprises):
            return 1
        if "broken" in surprises:
            return 4
        return 3 if surprises else 0

    def summary(self) -> dict[str, int]:
        """How many results had each outcome, how many were as expected, and the exit code."""
        outcomes = [r.verdict.outcome for r in self.results]
        counts: dict[str, int] = {outcome: outcomes.count(outcome) for outcome in OUTCOMES}
        expected = sum(r.as_expected for r in self.results)
        return {**counts, "as_expected": expected, "exit_code": self.exit_code}

    def to_json(self) -> dict[str, Any]:
        """The report in the form of `verify --json`."""
        return {
            "schema": SCHEMA,
            "target": self.target,
            "seed": self.seed,
            "versions": dict(self.versions),
            "summary": self.summary(),
            "checks": [r.to_json() for r in self.results],
        }

    def _repr_markdown_(self) -> str:
        """How Jupyter shows it."""
        from checks.reporting.notebook import report_markdown

        return report_markdown(self)


def versions() -> dict[str, str]:
    """The versions that results depend on, read without importing the packages."""
    return {name: _version(name) for name in ("gradproof", "sympy", "torch")}


@cache
def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _finite(values: ByName) -> dict[str, float | None]:
    return {k: None if v is None or not math.isfinite(v) else float(v) for k, v in values.items()}
