"""Time to a verdict by relative bias, beside the fixed-size tests that libraries ship.

A fixed-size test takes N samples and a tolerance. From the exact mean and variance of an estimator follows
what it does: how often it fails a right one, and how often it passes one with a bias.
"""

from __future__ import annotations

import math
import time
from statistics import NormalDist
from typing import Any

import torch

from checks.estimators import ESTIMATORS
from checks.evidence.sampling import judge
from checks.judge import Stated, claim
from checks.problem import Problem
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from derive.proof import Proof
from tests.benchmarks.part import Goal, Part

# Samples and relative tolerance, as their test suites had them.
FIXED = {
    "Pyro, test_subsample_gradient": (50_000, 0.06),
    "TFP, expectation_test (score function)": (100_000, 0.05),
    "NumPyro, test_gradient": (10_000, 0.02),
    "StochasticAD, triples": (100_000, 0.05),
}
BIASES = (0.1, 0.01, 0.001, 1e-6)


def measure(quick: bool) -> Part:
    torch.set_num_threads(1)
    proof = prove(Request("normal", "a**2", wrt=("sigma",), estimators=("score_function",), fourth=True))
    stated = proof.statistics["score_function"]
    mean, variance = proof.exact["sigma"], stated.variance["sigma"]
    assert variance is not None
    rows = [_exact(proof)]
    rows += [_sampled(proof, bias) for bias in (BIASES[:2] if quick else BIASES[:3])]
    rows += [_fixed(name, n, tolerance, mean, variance) for name, (n, tolerance) in FIXED.items()]
    once, sampled = (float(rows[i]["seconds"]) for i in (0, 2))
    goal = Goal("sampling to 1 % under 2 s", f"{sampled:.2f} s", sampled < 2.0)
    exact = Goal("exact evidence under 50 ms", f"{once:.3f} s", once < 0.05)
    return Part(
        "Evidence",
        "The score-function estimator of d/dsigma E[a**2], normal: sd/|mean| = "
        f"{math.sqrt(variance) / abs(mean):.1f}. `misses 1 %` is the probability that a bias of 1 % passes.",
        tuple(rows),
        (exact, goal),
    )


def _exact(proof: Proof) -> dict[str, Any]:
    spec = CheckSpec("score-function", "normal", "a**2", "score_function", wrt=("sigma",))
    run_check(spec, proof)
    start = time.perf_counter()
    result = run_check(spec, proof, Options(evidence="exact"))
    seconds = time.perf_counter() - start
    noticed = result.verdict.detectable_bias["sigma"]
    return {"test": "gradproof, exact", "samples": 0, "seconds": seconds, "resolves": noticed,
            "fails a right one": 0.0, "misses 1 %": 0.0}  # fmt: skip


def _sampled(proof: Proof, bias: float) -> dict[str, Any]:
    problem = Problem(proof)
    stated = Stated(proof, proof.statistics["score_function"], True)

    def run(n: int, generator: torch.Generator) -> torch.Tensor:
        return ESTIMATORS["score_function"].estimate(problem, n, generator)

    start = time.perf_counter()
    seen = judge(run, stated.gradient, claim(stated), "benchmark", relative=bias, seed=0, seconds=120.0)
    seconds = time.perf_counter() - start
    miss = 1e-3 if bias <= 0.01 else 1.0
    return {"test": f"gradproof, sampling to {bias:g}", "samples": seen.samples, "seconds": seconds,
            "resolves": bias, "fails a right one": 1e-6, "misses 1 %": miss}  # fmt: skip


def _fixed(name: str, n: int, tolerance: float, mean: float, variance: float) -> dict[str, Any]:
    error = math.sqrt(variance / n) / abs(mean)
    normal = NormalDist()

    def passes(bias: float) -> float:
        return normal.cdf((tolerance - bias) / error) - normal.cdf((-tolerance - bias) / error)

    return {"test": name, "samples": n, "seconds": math.nan, "resolves": tolerance,
            "fails a right one": 1.0 - passes(0.0), "misses 1 %": passes(0.01)}  # fmt: skip
