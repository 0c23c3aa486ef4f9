"""Finite differences on common and on independent noise: exact moments against published values."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from checks.estimators import ESTIMATORS
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from derive.proof import Proof
from tests.checks.proofs import expectation_of

Point = tuple[tuple[str, str], ...]
TENTH: Point = (("h", "1/10"),)
COMMON, INDEPENDENT = "finite_differences", "finite_differences_independent"
ONE_SIDE = "one_side_over_two_steps"


@cache
def proved(family: str, integrand: str, at: Point, *names: str) -> Proof:
    return prove(Request(family, integrand, at, None, names))


# Mean and variance at h = 1/10 and the reference points, from 40-digit quadrature.
KNOWN = [
    ("normal", "a**2", COMMON, "mu", 1.4, 6.76),
    ("normal", "a**2", COMMON, "sigma", 2.6, 15.48),
    ("normal", "a**2", INDEPENDENT, "mu", 1.4, 454.61),
    ("normal", "a**2", INDEPENDENT, "sigma", 2.6, 462.36),
    ("normal", "exp(a/2)", COMMON, "mu", 0.876796329879298441, 0.404198089033051578),
    ("normal", "exp(a/2)", COMMON, "sigma", 0.570493181708029572, 2.84286646285817992),
    ("normal", "exp(a/2)", INDEPENDENT, "mu", 0.876796329879298441, 81.1764832172836157),
    ("normal", "exp(a/2)", INDEPENDENT, "sigma", 0.570493181708029572, 83.2306053680572748),
    ("normal", "sin(a/2)", COMMON, "mu", 0.380086342414171904, 0.0214639771519910115),
    ("normal", "cos(a/2)", INDEPENDENT, "sigma", -0.246893795038957884, 4.3358112881411837),
    ("normal", "Heaviside(a - 1/2)", COMMON, "mu", 0.302976632108485795, 1.42308832093862823),
    ("exponential", "a**2", COMMON, "rate", -2.074468223036451, 21.5170920419400531),
]


@pytest.mark.parametrize(
    ("family", "integrand", "name", "theta", "mean", "variance"), KNOWN, ids=["-".join(r[:4]) for r in KNOWN]
)
def test_published_means_and_variances(
    family: str, integrand: str, name: str, theta: str, mean: float, variance: float
) -> None:
    found = proved(family, integrand, TENTH, name).statistics[name]
    assert found.mean[theta] == pytest.approx(mean, rel=1e-13)
    assert found.variance[theta] == pytest.approx(variance, rel=1e-12)


CASES = [
    ("normal", "exp(a/2)", TENTH),
    ("normal", "sin(a)*mu", (("h", "1/3"), ("mu", "-1/3"))),
    ("bernoulli", "(a - 1/3)**2*(1 + p)", ()),
    ("bernoulli", "exp(p*a)", (("p", "4/5"), ("h", "1/10"))),
    ("categorical", "table(1, 9, 4)", ()),
]


@pytest.mark.parametrize("name", [COMMON, INDEPENDENT, ONE_SIDE])
@pytest.mark.parametrize(("family", "integrand", "at"), CASES, ids=[f"{f}-{g}" for f, g, _ in CASES])
def test_the_code_has_the_exact_moments_of_its_statistic(
    name: str, family: str, integrand: str, at: Point
) -> None:
    wrt = ("p[0]",) if family == "categorical" else None
    spec = CheckSpec("environment", family, integrand, name, at, wrt)
    proof = prove(Request(family, integrand, at, wrt, (name,)))
    verdict = run_check(spec, proof, Options(evidence="exact")).verdict
    assert (verdict.evidence, verdict.as_stated) == ("exact", True), verdict.reason
    assert verdict.outcome == ("agrees" if integrand.startswith("(a") and name != ONE_SIDE else "refuted")
    for theta in proof.wrt:
        said, seen = proof.statistics[name].variance[theta], verdict.variance_estimate[theta]
        assert seen == pytest.approx(said, rel=1e-7)  # quadrature with jumps at the steps of the law


@pytest.mark.parametrize("h", ["1/10", "1/100"])
def test_noise_that_is_not_common_costs_a_square_of_the_step(h: str) -> None:
    """Of a coin both variances are known: with common noise 2h of the uniform numbers see a difference."""
    p, step = Fraction(2, 7), Fraction(h)
    found = proved("bernoulli", "a", (("h", h),), COMMON, INDEPENDENT).statistics
    assert found[COMMON].variance["p"] == pytest.approx(float(1 / (2 * step) - 1), rel=1e-12)
    ends = sum(x * (1 - x) for x in (p + step, p - step))
    assert found[INDEPENDENT].variance["p"] == pytest.approx(float(ends / (4 * step**2)), rel=1e-12)


def test_the_bias_is_of_second_order() -> None:
    """``(J(mu + h) - J(mu - h))/(2 h)`` of J = exp(mu/2 + sigma**2/8) is off by ``J''' h**2/6`` and more."""
    biases = []
    for h in ("1/10", "1/20"):
        proof = proved("normal", "exp(a/2)", (("h", h),), COMMON)
        biases.append(proof.statistics[COMMON].mean["mu"] - proof.exact["mu"])
    third = proof.exact["mu"] / 4
    assert biases[1] == pytest.approx(third / 2400, rel=1e-3)
    assert biases[0] / biases[1] == pytest.approx(4.0, rel=1e-3)


def test_one_side_is_about_half_of_the_gradient() -> None:
    proof = proved("normal", "a**2", TENTH, ONE_SIDE)
    mean = proof.statistics[ONE_SIDE].mean
    # (2 theta + h)/2 by either parameter.
    np.testing.assert_allclose([mean["mu"], mean["sigma"]], [0.75, 1.35], rtol=1e-13)


@pytest.mark.parametrize(
    ("family", "integrand", "at", "says"),
    [
        pytest.param("normal", "a**2", {"h": "2"}, "takes sigma = 13/10 out of its domain", id="domain"),
        pytest.param("bernoulli", "a", {"h": "2/7"}, "takes p = 2/7 out of its domain", id="end"),
        pytest.param("poisson", "a", {"h": "1/10"}, "more than 8 steps", id="no end"),
        pytest.param("bernoulli_product", "a[0]*a[1]", {"h": "1/20"}, "several numbers", id="coins"),
        pytest.param("gamma", "a", {"h": "1/10"}, "shape is a parameter of the noise", id="noise"),
    ],
)
def test_refusals(family: str, integrand: str, at: dict[str, str], says: str) -> None:
    made = expectation_of(family, integrand, None, at)
    for name in (COMMON, INDEPENDENT):
        refusal = ESTIMATORS[name].refuses(made)
        assert refusal is not None
        assert says in refusal


@pytest.mark.parametrize(
    ("family", "integrand", "says"),
    [
        pytest.param("normal", "Heaviside(a - 1/2)", "the integrand jumps", id="jump"),
        pytest.param("multivariate_normal", "a[0]*a[1]", "samples of several numbers", id="plane"),
    ],
)
def test_what_two_independent_draws_do_not_settle(family: str, integrand: str, says: str) -> None:
    made = expectation_of(family, integrand, None, {"h": "1/10"})
    assert ESTIMATORS[COMMON].refuses(made) is None
    assert says in str(ESTIMATORS[INDEPENDENT].refuses(made))
