"""One check from its proof to its verdict: choose the evidence, take it, say what it shows."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import torch

from checks.environment.problem import environment_of
from checks.estimator import Estimator
from checks.evidence.exact import NoExactEvidence, examine
from checks.evidence.plan import Rates, seed_of
from checks.evidence.quadrature import Limits
from checks.evidence.sampling import NonFinite, Run, Sampling
from checks.evidence.sampling import judge as judge_samples
from checks.judge import Stated, claim, exact_verdict, sampling_verdict
from checks.mistakes import estimator_called as estimator_called
from checks.problem import Problem
from checks.suite import CheckSpec
from checks.vectorised.batches import Differs, batches_of
from checks.verdict import CheckResult, Verdict
from derive.errors import DeriveError
from derive.proof import Proof, RouteProof, StatisticProof

ROUGH = Limits(nodes=20_000)
# Squares of what varies about this gradient must still be doubles.
LARGEST = 1e140


@dataclass(frozen=True, slots=True)
class Options:
    """How to check: ``resolution`` is the smallest relative bias to rule out, ``budget`` seconds a check."""

    seed: int = 0
    resolution: float = 0.01
    evidence: Literal["auto", "exact", "sampling"] = "auto"
    budget: float = 60.0
    rates: Rates = field(default_factory=Rates)


def run_check(spec: CheckSpec, proof: Proof, options: Options | None = None) -> CheckResult:
    """Hold the estimator of ``spec`` against ``proof``; never raises for what the estimator does."""
    options = options or Options()
    start = time.perf_counter()
    estimator = estimator_called(spec.estimator)
    verdict = _verdict(spec, proof, estimator, options)
    statistic = proof.statistics.get(spec.estimator, StatisticProof(spec.estimator))
    return CheckResult(
        id=spec.id,
        check=spec.check,
        family=spec.family,
        integrand=spec.integrand,
        at=proof.at,
        wrt=proof.wrt,
        estimator=spec.estimator,
        expected=spec.expected,
        verdict=verdict,
        gradient={**proof.gradient, **{name: said["text"] for name, said in statistic.target.items()}},
        derivation=_derivation(proof.routes.get(estimator.route)),
        exact=statistic.aims(proof.exact),
        reproduce=_reproduce(spec, proof, options),
        seconds=round(time.perf_counter() - start, 4),
        terms=proof.terms,
        parameters=proof.parameters,
    )


def _verdict(spec: CheckSpec, proof: Proof, estimator: Estimator, options: Options) -> Verdict:
    statistic = proof.statistics.get(spec.estimator, StatisticProof(spec.estimator))
    stated = Stated(proof, statistic, estimator.unbiased)
    if statistic.refusal and not statistic.mean:
        return Verdict("untestable", "none", f"does not apply: {statistic.refusal}")
    if any(abs(g) > LARGEST for g in proof.exact.values()):
        reason = "the gradient's square is too large for a double: scale the integrand"
        return Verdict("inconclusive", "none", reason)
    try:
        problem = environment_of(proof) or Problem(proof, statistic.constants)
        return _judged(spec, stated, problem, estimator, options)
    except (NonFinite, DeriveError, NotImplementedError) as error:
        return Verdict("broken", "none", str(error))


def _judged(spec: CheckSpec, stated: Stated, problem: Any, estimator: Estimator, options: Options) -> Verdict:
    def run(n: int, generator: torch.Generator) -> torch.Tensor:
        return estimator.estimate(problem, n, generator)

    why_not = ""
    if options.evidence in ("auto", "exact"):
        # An exact mean needs no error bar from a variance: it decides even where the variance is infinite.
        known = np.isfinite(stated.variance) | np.isnan(stated.variance)
        try:
            seed = seed_of(options.seed, spec.id + "/plain", 0)
            # Beyond the accuracy of the code's own arithmetic nodes follow the seams of its approximations.
            limits = ROUGH if stated.statistic.accuracy else None
            found = examine(run, len(stated.proof.wrt), finite=known, limits=limits, seed=seed)
            decided = exact_verdict(found, stated, options.resolution, options.rates)
        except NoExactEvidence as error:
            decided = str(error)
        if isinstance(decided, Verdict):
            return decided
        why_not = f"no exact evidence: {decided}"
        if options.evidence == "exact":
            return Verdict("inconclusive", "none", why_not)
    if stated.statistic.infinite or np.isinf(stated.variance).any():
        return Verdict("untestable", "none", stated.statistic.infinite or "the variance is infinite")
    seen, held = _sampled(spec, stated, problem, estimator, run, options)
    verdict = sampling_verdict(seen, stated, options.rates)
    return _noted(_noted(verdict, held), why_not)


def _sampled(
    spec: CheckSpec, stated: Stated, problem: Any, estimator: Estimator, run: Run, options: Options
) -> tuple[Sampling, str]:
    """The test of samples: of rows written out where those are the code's, else of the code's own rows."""
    judged = partial(
        judge_samples,
        run,
        stated.gradient,
        claim(stated),
        spec.id,
        relative=options.resolution,
        rates=options.rates,
        seed=options.seed,
        seconds=options.budget,
    )
    batches = batches_of(estimator, problem, run)
    if batches is None:
        return judged(), ""
    try:
        return judged(batches_by=batches), f"written out, and held against the code at {batches.held} of them"
    except Differs as error:
        return judged(), str(error)


def _noted(verdict: Verdict, note: str) -> Verdict:
    return replace(verdict, reason=f"{verdict.reason}; {note}") if note else verdict


def _derivation(route: RouteProof | None) -> dict[str, Any]:
    if route is None:
        return {"status": "undecided", "assumptions": [], "steps": []}
    found = {"status": route.status, "assumptions": list(route.assumptions), "steps": list(route.steps)}
    return {**found, "refusal": route.refusal} if route.refusal else found


def _reproduce(spec: CheckSpec, proof: Proof, options: Options) -> str:
    words = ["python", "cli.py", "verify", spec.check, "--family", spec.family, "--integrand", spec.integrand]
    if proof.at:
        words += ["--at", ",".join(f"{name}={value}" for name, value in proof.at.items())]
    if spec.wrt is not None:
        words += ["--wrt", ",".join(spec.wrt)]
    words += ["--estimator", spec.estimator, "--seed", str(options.seed)]
    if options.evidence != "auto":
        words += ["--evidence", options.evidence]
    if options.resolution != Options().resolution:
        words += ["--resolution", f"{100 * options.resolution:g}%"]
    return shlex.join(words)
