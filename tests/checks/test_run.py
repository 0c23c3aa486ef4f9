"""One check end to end, on proofs made by hand: evidence chosen, outcome, diagnosis, record."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from checks.diagnosis import diagnose
from checks.evidence.arrays import Array
from checks.run import Options, run_check
from checks.suite import CheckSpec, Outcome
from checks.verdict import CheckResult
from derive.errors import UnknownName
from derive.proof import Proof, RouteProof, StatisticProof
from tests.checks.proofs import proof_of, stated

M, S = 0.7, 1.3
GRADIENT = {"mu": 2 * M, "sigma": 2 * S}
VARIANCE = {"mu": 4 * S**2, "sigma": 4 * M**2 + 8 * S**2}
SCORE = {
    "mu": (M**4 + 14 * M**2 * S**2 + 15 * S**4) / S**2,
    "sigma": 2 * (M**4 + 30 * M**2 * S**2 + 37 * S**4) / S**2,
}
SIGN = {name: -value for name, value in GRADIENT.items()}
JACOBIAN = {"mu": 2 * M, "sigma": 2 * S + (M**2 + S**2) / S}
STATISTICS = {
    "pathwise": stated("pathwise", GRADIENT, VARIANCE),
    "score_function": stated("score_function", GRADIENT, SCORE),
    "sign_of_score": stated("sign_of_score", SIGN, SCORE),
    "missing_jacobian": stated("missing_jacobian", JACOBIAN),
}


def square(**changes: Any) -> Proof:
    """The proof of E[a**2] under Normal(7/10, 13/10)."""
    made = proof_of("normal", "a**2", exact=GRADIENT, statistics=STATISTICS)
    return replace(made, **changes)


def spec(estimator: str = "pathwise", expected: Outcome = "agrees") -> CheckSpec:
    return CheckSpec("reparam", "normal", "a**2", estimator, expected=expected)


def with_statistic(name: str, **changes: Any) -> Proof:
    return square(statistics={**STATISTICS, name: replace(STATISTICS[name], **changes)})


def checked(estimator: str, expected: Outcome, proof: Proof | None = None, **options: Any) -> CheckResult:
    return run_check(spec(estimator, expected), proof or square(), Options(**options))


@pytest.mark.parametrize("estimator", ["pathwise", "score_function"])
def test_a_right_estimator_by_exact_evidence(estimator: str) -> None:
    result = checked(estimator, "agrees")
    v = result.verdict
    assert (v.outcome, v.evidence, v.samples) == ("agrees", "exact", 0)
    assert result.as_expected
    assert v.estimate == pytest.approx(GRADIENT, rel=1e-11)
    assert v.variance_estimate == pytest.approx(v.variance_exact, rel=1e-8)
    assert all(x is not None and 0 < x < 1e-8 for x in v.detectable_bias.values())


@pytest.mark.parametrize("estimator", ["sign_of_score", "missing_jacobian"])
@pytest.mark.parametrize("evidence", ["exact", "sampling"])
def test_a_mistake_is_refuted_and_named(estimator: str, evidence: str) -> None:
    # Sampling: undecided or misnamed with probability below 1e-3; this seed is neither.
    result = checked(estimator, "refuted", evidence=evidence, resolution=0.05)
    assert (result.verdict.outcome, result.verdict.evidence) == ("refuted", evidence)
    assert result.as_expected
    assert result.verdict.diagnosis is not None
    assert result.verdict.diagnosis["mistake"] == estimator
    assert result.verdict.diagnosis["says"].startswith("your mean equals the gradient ")


def test_a_right_estimator_by_sampling() -> None:
    result = checked("pathwise", "agrees", evidence="sampling", resolution=0.05)
    v = result.verdict
    assert (v.outcome, v.evidence) == ("agrees", "sampling")
    assert v.samples > 1000
    assert v.detectable_bias == pytest.approx({k: 0.05 * g for k, g in GRADIENT.items()})
    assert (v.false_fail_rate, v.false_pass_rate) == (1e-6, 1e-3)


def test_a_wrong_gradient_is_not_confirmed() -> None:
    proof = square(exact={"mu": 2 * M * 1.001, "sigma": 2 * S})
    assert checked("pathwise", "agrees", proof).verdict.outcome == "refuted"


def test_a_bias_below_the_proofs_own_radius_is_not_claimed() -> None:
    proof = square(exact={"mu": 2 * M * 1.001, "sigma": 2 * S}, radius={"mu": 2e-3, "sigma": 0.0})
    assert checked("pathwise", "agrees", proof).verdict.outcome != "refuted"


def test_wrong_in_another_way_than_stated() -> None:
    proof = with_statistic("sign_of_score", mean={"mu": -3.0, "sigma": -3.0})
    result = checked("sign_of_score", "refuted", proof)
    assert result.verdict.outcome == "refuted"
    assert not result.as_expected
    assert "neither" in result.verdict.reason


def test_a_variance_that_contradicts_the_statistic_is_our_fault() -> None:
    proof = with_statistic("pathwise", variance={**VARIANCE, "mu": 4 * S**2 * 1.001})
    verdict = checked("pathwise", "agrees", proof).verdict
    assert verdict.outcome == "broken"
    assert "variance of the code for mu" in verdict.reason


def test_a_mean_that_contradicts_the_statistic_is_our_fault() -> None:
    proof = with_statistic("pathwise", mean={"mu": 1.0, "sigma": 2 * S})
    assert checked("pathwise", "agrees", proof).verdict.outcome == "broken"


def test_an_unknown_mean_of_an_unbiased_estimator_is_the_gradient() -> None:
    proof = with_statistic("pathwise", mean={"mu": None, "sigma": None}, variance={})
    assert checked("pathwise", "agrees", proof).as_expected


def test_an_unknown_mean_of_a_biased_estimator_is_not_confirmed() -> None:
    proof = with_statistic("sign_of_score", mean={"mu": None, "sigma": None})
    result = checked("sign_of_score", "refuted", proof)
    assert result.verdict.outcome == "refuted"
    assert not result.as_expected


def test_without_a_variance_sampling_is_asymptotic() -> None:
    proof = with_statistic("pathwise", variance={"mu": None, "sigma": VARIANCE["sigma"]})
    verdict = checked("pathwise", "agrees", proof, evidence="sampling", resolution=0.05).verdict
    assert verdict.outcome == "agrees"
    assert "asymptotic" in verdict.reason


def test_an_estimator_that_does_not_apply() -> None:
    proof = square(statistics={"pathwise": StatisticProof("pathwise", refusal="there is no transport")})
    verdict = checked("pathwise", "untestable", proof).verdict
    assert verdict.outcome == "untestable"
    assert verdict.reason == "does not apply: there is no transport"


def heavy() -> Proof:
    """exp(a) under Exponential(3/2): the gradient is -4, the variance of the pathwise estimator infinite."""
    infinite = stated(
        "pathwise", {"rate": -4.0}, {"rate": math.inf}, infinite="the variance is infinite for rate <= 2"
    )
    return proof_of(
        "exponential", "exp(a)", at={"rate": "3/2"}, exact={"rate": -4.0}, statistics={"pathwise": infinite}
    )


HEAVY = CheckSpec("reparam", "exponential", "exp(a)", "pathwise", at=(("rate", "3/2"),))


def test_an_infinite_variance_is_untestable_by_sampling() -> None:
    verdict = run_check(HEAVY, heavy(), Options(evidence="sampling")).verdict
    assert verdict.outcome == "untestable"
    assert verdict.reason == "the variance is infinite for rate <= 2"


def test_exact_evidence_needs_no_variance() -> None:
    result = run_check(HEAVY, heavy())
    assert (result.verdict.outcome, result.verdict.evidence) == ("agrees", "exact")
    assert result.verdict.estimate["rate"] == pytest.approx(-4.0, rel=1e-9)
    json.dumps(result.to_json(), allow_nan=False)


def test_evidence_that_cannot_be_exact() -> None:
    from checks.evidence import exact
    from checks.evidence.exact import NoExactEvidence

    def declined(*_: object, **__: object) -> None:
        raise NoExactEvidence("it draws with 'poisson'")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("checks.run.examine", declined)
        only = checked("pathwise", "agrees", evidence="exact").verdict
        fallback = checked("pathwise", "agrees", resolution=0.05).verdict
    assert (only.outcome, only.reason) == ("inconclusive", "no exact evidence: it draws with 'poisson'")
    assert (fallback.outcome, fallback.evidence) == ("agrees", "sampling")
    assert fallback.reason.endswith("no exact evidence: it draws with 'poisson'")
    assert exact.examine is not declined


def test_the_budget_ends_it() -> None:
    verdict = checked("pathwise", "agrees", evidence="sampling", budget=0.0).verdict
    assert verdict.outcome == "inconclusive"
    assert verdict.reason.startswith("the budget ended: the bias is below inf for mu")


def test_the_record_of_a_check() -> None:
    step = {"rule": "chain", "before": "x", "after": "y", "status": "proved", "conditions": []}
    route = RouteProof("pathwise", "proved", (step,), ("g is smooth",))
    record = checked("pathwise", "agrees", square(routes={"pathwise": route})).to_json()
    assert record["derivation"] == {"status": "proved", "assumptions": ["g is smooth"], "steps": [step]}
    assert record["id"] == "reparam/normal/a**2/pathwise"
    assert record["at"] == {"mu": "7/10", "sigma": "13/10"}
    assert record["reproduce"] == (
        "python cli.py verify reparam --family normal --integrand 'a**2' --at mu=7/10,sigma=13/10 "
        "--estimator pathwise --seed 0"
    )
    json.dumps(record, allow_nan=False)


def test_the_reproducing_command_repeats_the_options() -> None:
    result = run_check(
        replace(spec(), wrt=("mu",)),
        proof_of("normal", "a**2", wrt=("mu",), exact={"mu": 2 * M}),
        Options(seed=5, evidence="exact", resolution=0.02),
    )
    options = "--wrt mu --estimator pathwise --seed 5 --evidence exact --resolution 2%"
    assert result.reproduce.endswith(options)


@pytest.mark.parametrize("evidence", ["exact", "sampling"])
def test_same_seed_same_record(evidence: str) -> None:
    options = {"evidence": evidence, "resolution": 0.05, "seed": 4}
    records = [checked("pathwise", "agrees", **options).to_json() for _ in range(2)]
    for record in records:
        del record["seconds"]
    assert json.dumps(records[0]) == json.dumps(records[1])


def test_an_unknown_estimator() -> None:
    with pytest.raises(UnknownName, match="no estimator is called 'pathwize'"):
        checked("pathwize", "agrees")


def test_a_torch_function_that_is_missing_is_our_fault() -> None:
    proof = square()
    trees = {**proof.trees, "integrand": ["airyai", ["sym", "a"]]}
    verdict = checked("pathwise", "agrees", replace(proof, trees=trees)).verdict
    assert verdict.outcome == "broken"
    assert "Torch has no function 'airyai'" in verdict.reason


def bounds(mean: dict[str, float], width: float) -> tuple[Array, Array]:
    import numpy as np

    centre = np.array(list(mean.values()))
    return centre - width, centre + width


def test_a_diagnosis_needs_a_single_explanation() -> None:
    assert diagnose(*bounds(SIGN, 1e-9), square()) is not None
    # Wide enough for both known mistakes: neither is named.
    assert diagnose(*bounds(SIGN, 20.0), square()) is None
    assert diagnose(*bounds({"mu": 9.0, "sigma": 9.0}, 1e-9), square()) is None
