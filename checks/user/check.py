"""One check of a user's estimator, from its proof to its result."""

from __future__ import annotations

import shlex
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from checks.judge import Stated
from checks.problem import Problem
from checks.run import Options
from checks.suite import CheckSpec
from checks.user.call import Subject, tensors
from checks.user.child import Hung, isolated
from checks.user.errors import NotReturned, is_users
from checks.user.hessians import HessianProblem, HessianSubject
from checks.user.judging import Judged, judge
from checks.user.probing import Probe, probe
from checks.user.state import contained
from checks.user.watchdog import limited
from checks.verdict import CheckResult, Verdict
from derive.proof import Proof, StatisticProof

CHECK = "user"
# Samples in an ordinary call: few enough that a bias of one part in n is above the usual resolution.
SAMPLES = 64
# Seconds for an explanation, however small the budget: most of them are ours, to derive what mistakes give.
EXPLAINING = 30.0


@dataclass(frozen=True, slots=True)
class UserResult(CheckResult):
    """A check's result with ``difference``: bias by parameter as a formula, where one explains it."""

    difference: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The record of one check, with the key ``difference``."""
        # super() does not work in a dataclass with slots.
        return {**CheckResult.to_json(self), "difference": dict(self.difference)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a wrong mean looks like: a known mistake, or the bias as formulas, or remarks."""

    diagnosis: Mapping[str, str] | None = None
    difference: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


Explain = Callable[[Subject, Probe, Judged, Stated], Explanation]


def check_user(
    function: Callable[..., Any],
    spec: CheckSpec,
    problem: Problem,
    options: Options,
    *,
    target: str,
    n: int = SAMPLES,
    declared: str | None = None,
    explain: Explain | None = None,
    data: Mapping[str, Sequence[str]] | None = None,
    words: tuple[str, ...] | None = (),
    apart: bool = False,
) -> UserResult:
    """Hold ``function`` against the proof of ``problem``; raises ``UserError`` where it cannot be.

    ``declared`` names the estimator that it says it is, whose exact mean and variance are then used.
    ``data`` are the columns of a batch, exact numbers as text, that the estimator finds as ``f.data``;
    ``words`` are options of the command line that say what its other options cannot, None where none can.
    ``apart`` runs the user's code in a forked process, which is killed where its time is over.
    Global state that it changes is put back.
    """
    start = time.perf_counter()
    proof = problem.proof
    stated = _stated(proof, declared)
    subject = _subject(function, problem, tensors(data or {}))

    def work() -> tuple[Verdict, Explanation]:
        return _judged(subject, stated, n, spec.id, options, explain)

    try:
        verdict, explanation = isolated(work) if apart else work()
    except Hung as error:
        place = f": it was at {error.place}, in a call that Python cannot stop" if error.place else ""
        reason = f"it did not return within {options.budget:g} s{place}"
        verdict, explanation = Verdict("inconclusive", "none", reason), Explanation()
    return UserResult(
        id=spec.id,
        check=spec.check,
        family=spec.family,
        integrand=spec.integrand,
        at=proof.at,
        wrt=proof.wrt,
        estimator=spec.estimator,
        expected=spec.expected,
        verdict=verdict,
        gradient=proof.gradient,
        derivation=_derivation(proof),
        exact=proof.exact,
        reproduce=_reproduce(spec, proof, options, target, declared, n, words),
        seconds=round(time.perf_counter() - start, 4),
        difference=explanation.difference,
        parameters=proof.parameters,
    )


def _subject(function: Callable[..., Any], problem: Problem, data: Mapping[str, Tensor]) -> Subject:
    """The estimator on its problem; that of a second derivative returns matrices."""
    if isinstance(problem, HessianProblem):
        return HessianSubject(function, problem, None, data)
    return Subject(function, problem, None, data)


def _judged(
    subject: Subject, stated: Stated, n: int, identity: str, options: Options, explain: Explain | None
) -> tuple[Verdict, Explanation]:
    explanation = Explanation()
    with contained():
        try:
            with limited(options.budget):
                seen = probe(subject, n)
            judged = judge(subject, seen, stated, n, identity, options)
            verdict = judged.verdict
            if explain is not None and verdict.outcome == "refuted":
                explanation = _explained(lambda: explain(subject, seen, judged, stated), options.budget)
            return _remarked(verdict, seen, explanation), explanation
        except NotReturned as error:
            return Verdict("inconclusive", "none", _where(error, options.budget)), explanation


def _explained(explain: Callable[[], Explanation], budget: float) -> Explanation:
    """The explanation, or none where it takes too long: a verdict does not depend on it."""
    try:
        with limited(max(budget, EXPLAINING)):
            return explain()
    except NotReturned:
        return Explanation(remarks=("the time for an explanation was over before one was found",))


def _stated(proof: Proof, declared: str | None) -> Stated:
    from checks.run import estimator_called

    if declared is None:
        # What Torch's arithmetic is good to, whoever writes the estimator.
        usual = proof.statistics.get("hessian_score_function", StatisticProof(CHECK))
        return Stated(proof, StatisticProof(CHECK, accuracy=usual.accuracy), True)
    return Stated(proof, proof.statistics[declared], estimator_called(declared).unbiased)


def _remarked(verdict: Verdict, seen: Probe, explanation: Explanation) -> Verdict:
    remarks = [f"it {change} (put back)" for change in seen.changes]
    if seen.points == 0:
        remarks.append("f was asked at 0 points: the estimator does not use the integrand")
    reason = "; ".join([verdict.reason, *explanation.remarks, *remarks])
    return replace(verdict, reason=reason, diagnosis=explanation.diagnosis)


def _where(error: BaseException, budget: float) -> str:
    """Where the user's code was when its time was over."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if is_users(f.filename)]
    place = f": it was at {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"it did not return within {budget:g} s{place}"


def _derivation(proof: Proof) -> dict[str, Any]:
    """The strongest route's derivation: the proof that the exact gradient stands on."""
    from checks.run import _derivation as of_route

    routes = sorted(proof.routes.values(), key=lambda r: r.status != "proved")
    return of_route(routes[0] if routes else None)


def _reproduce(
    spec: CheckSpec,
    proof: Proof,
    options: Options,
    target: str,
    declared: str | None,
    n: int,
    given: tuple[str, ...] | None,
) -> str:
    if given is None:
        return f"the call of assert_unbiased for {target}"
    own = {"--log-density", "--distribution", "--family"} & set(given)
    law = () if own else ("--family", spec.family)
    words = ["python", "cli.py", "verify", target, *law, *given, "--integrand", spec.integrand]
    if proof.at:
        words += ["--at", ",".join(f"{name}={value}" for name, value in proof.at.items())]
    if spec.wrt is not None:
        words += ["--wrt", ",".join(spec.wrt)]
    if declared is not None:
        words += ["--estimator", declared]
    words += ["--seed", str(options.seed)]
    if n != SAMPLES:
        words += ["--samples", str(n)]
    if options.evidence != "auto":
        words += ["--evidence", options.evidence]
    if options.resolution != Options().resolution:
        words += ["--resolution", f"{100 * options.resolution:g}%"]
    return shlex.join(words)
