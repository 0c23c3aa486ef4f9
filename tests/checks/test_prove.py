"""Proofs: exact gradients with their balls, routes that agree, moments that follow, plain data throughout."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from sympy import Rational

from checks.prove import Request, prove
from derive.errors import BadExpression, NoExpectation, OutsideDomain, UnknownName
from derive.proof import Proof

# Reference values of the catalogue (22 digits, cut to doubles): problem, point, parameter -> gradient.
REFERENCE = [
    ("normal", "a**2", (), {"mu": 1.4, "sigma": 2.6}),
    ("normal", "exp(a/2)", (), {"mu": 0.87643110460221028428, "sigma": 0.56968021799143668479}),
    ("normal", "sin(a/2)", (), {"mu": 0.38024475792673903034, "sigma": -0.090220111574551852225}),
    ("normal", "cos(a/2)", (), {"mu": -0.13880017165315669573, "sigma": -0.24715909265238036972}),
    ("normal", "a**2*Heaviside(a - 1/2)", (), {"mu": 1.88645249666577091}),
    ("exponential", "a**2", (("rate", "5/4"),), {"rate": -2.048}),
    ("cauchy", "log(1 + a**2)", (("mu", "1/2"), ("gamma", "3/4")), {"mu": 1 / 3.3125, "gamma": 3.5 / 3.3125}),
    ("uniform", "a**3", (("low", "0"), ("high", "3/2")), {"high": 1.6875}),
]


@pytest.mark.parametrize(
    ("family", "integrand", "at", "truth"), REFERENCE, ids=[f"{f}-{g}" for f, g, _, _ in REFERENCE]
)
def test_gradient_equals_the_reference(
    family: str, integrand: str, at: tuple[tuple[str, str], ...], truth: dict[str, float]
) -> None:
    proof = prove(Request(family, integrand, at))
    for name, exact in truth.items():
        # The references have 18 digits or more; what is left is the rounding of a double.
        assert abs(proof.exact[name] - exact) <= 1e-15 * max(1.0, abs(exact)) + proof.radius[name]


# Variances of one sample's gradient, catalogue B.2: Normal(7/10, 13/10), a**2.
VARIANCES = {
    "pathwise": {"mu": 4 * 1.69, "sigma": 4 * (0.49 + 2 * 1.69)},
    "score_function": {"mu": 32.352071005917159763, "sigma": 154.74414201183431953},
}


@pytest.mark.parametrize("estimator", VARIANCES)
def test_variance_equals_the_reference(estimator: str) -> None:
    proof = prove(Request("normal", "a**2", estimators=(estimator,)))
    found = proof.statistics[estimator]
    assert found.source == "closed form"
    assert found.variance == pytest.approx(VARIANCES[estimator], rel=1e-14)  # rounding of a double
    assert found.mean == pytest.approx(proof.exact, rel=1e-15)


def test_the_fourth_moment_is_taken_on_request() -> None:
    proof = prove(Request("normal", "a", estimators=("score_function",), fourth=True))
    found = proof.statistics["score_function"]
    # The score in mu times a is (m + s z) z / s: E[(x - 1)**4] from Gaussian moments, m/s = 7/13.
    r = 7 / 13
    exact = 60 + 60 * r**2 + 3 * r**4
    assert found.fourth["mu"] == pytest.approx(exact, rel=1e-8)  # quadrature claims 1e-6


def test_an_infinite_variance_is_announced() -> None:
    proof = prove(Request("student_t", "a**2", (("nu", "3"),), ("mu", "sigma"), ("pathwise",)))
    found = proof.statistics["pathwise"]
    assert found.variance["sigma"] == math.inf
    assert found.infinite is not None
    assert "the variance is infinite" in found.infinite


def test_a_gradient_without_closed_form_is_enclosed() -> None:
    proof = prove(Request("normal", "sigmoid(a)"))
    assert proof.gradient == {"mu": None, "sigma": None}
    # 40-digit mpmath quadrature of E[sigmoid'(mu + sigma b)] and of E[b sigmoid'(mu + sigma b)].
    assert proof.exact["mu"] == pytest.approx(0.17741887900918227, rel=1e-14)
    assert proof.exact["sigma"] == pytest.approx(-0.03894023928970949, rel=1e-14)
    assert all(0 < radius < 1e-12 for radius in proof.radius.values())
    assert proof.routes["pathwise"].status == "proved"


def test_every_route_is_walked_and_a_refused_one_says_why() -> None:
    proof = prove(Request("uniform", "a**2*Heaviside(a - 1/3)"))
    assert proof.routes["direct"].status == "proved"
    assert proof.routes["product_split"].status == "proved"
    assert "the end low moves" in (proof.routes["score_function"].refusal or "")
    assert "has no jump that moves with low" in (proof.routes["pathwise"].refusal or "")


def test_a_proof_is_plain_data() -> None:
    proof = prove(Request("gumbel", "exp(a/3)"))
    assert Proof.from_json(json.loads(json.dumps(proof.to_json()))) == proof


BAD = [
    (Request("gauss", "a"), UnknownName, "no family is called 'gauss'"),
    (Request("normal", "a*thetta"), UnknownName, "thetta"),
    (Request("normal", "a +"), BadExpression, "end"),
    (Request("normal", "a", (("sigma", "0"),)), OutsideDomain, "normal needs sigma > 0, but sigma = 0"),
    (Request("uniform", "a", (("low", "2"), ("high", "1"))), OutsideDomain, "uniform needs low < high"),
    (Request("normal", "a", wrt=("nu",)), UnknownName, "normal has no parameter 'nu'"),
    (Request("cauchy", "a"), NoExpectation, "does not exist"),
    (Request("exponential", "exp(a)", (("rate", "1/2"),)), NoExpectation, "diverges as a -> oo"),
    (Request("lognormal", "exp(a)"), NoExpectation, "diverges"),
    (Request("normal", "log(a)"), NoExpectation, "not a real number"),
]


@pytest.mark.parametrize(
    ("request_", "error", "says"), BAD, ids=[f"{r.family}-{r.integrand}-{r.at}" for r, _, _ in BAD]
)
def test_bad_input_is_refused(request_: Request, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        prove(request_)


def test_what_no_double_holds_is_said_and_not_computed_with() -> None:
    from checks.run import run_check
    from checks.suite import CheckSpec

    proof = prove(Request("normal", "(a + 1)**200", estimators=("score_function",)))
    assert proof.exact["mu"] > 1e150
    spec = CheckSpec("score-function", "normal", "(a + 1)**200", "score_function")
    verdict = run_check(spec, proof).verdict
    assert verdict.outcome == "inconclusive"
    assert "too large for a double" in verdict.reason


def test_a_tiny_gradient_is_known_relatively() -> None:
    proof = prove(Request("normal", "sin(a)**100*cos(a)**99", estimators=("score_function",)))
    found = proof.statistics["score_function"]
    assert 0 < abs(proof.exact["mu"]) < 1e-30
    assert found.mean == proof.exact


def test_a_wrong_closed_form_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment rule that errs by a millionth is stopped by the rigorous enclosure, before any verdict."""
    from dataclasses import replace

    from checks import prove as module
    from derive.closed_form import ClosedForm, expectation_of
    from derive.errors import StepRefuted

    def off(*args: Any) -> ClosedForm:
        right = expectation_of(*args)
        return replace(right, value=right.value * Rational(1000001, 1000000))

    monkeypatch.setattr(module, "expectation_of", off)
    with pytest.raises(StepRefuted, match=r"the closed form of .* is wrong"):
        prove(Request("normal", "a**2"))


def test_routes_that_disagree_are_not_believed() -> None:
    from checks.prove import _must_agree
    from derive.errors import StepRefuted
    from derive.setting import setting_of
    from derive.terms import SAMPLE as a

    context = setting_of("normal", a**2)
    mu = context.expectation.wrt[0]
    with pytest.raises(StepRefuted, match="the routes direct and pathwise disagree"):
        _must_agree({"direct": 2 * mu, "pathwise": 2 * mu + Rational(1, 10**9)}, context)
