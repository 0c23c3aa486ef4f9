"""Averages of several samples and antithetic pairs: exact variances, the code, and their wrong twins."""

from __future__ import annotations

from functools import cache
from math import sqrt

import pytest

from checks.mistakes import estimator_called
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from checks.verdict import Verdict
from derive.proof import Proof
from tests.checks.proofs import expectation_of

Point = tuple[tuple[str, str], ...]
NAMES = ("score_function", "multi_sample", "antithetic_score", "score_not_mirrored", "standardised_returns")
MOVED = (("mu", "1/3"), ("sigma", "4/5"))


@cache
def proved(family: str, integrand: str, at: Point = ()) -> Proof:
    return prove(Request(family, integrand, at, None, NAMES))


def verdict(name: str, family: str, integrand: str, at: Point = ()) -> Verdict:
    spec = CheckSpec("control-variates", family, integrand, name, at)
    return run_check(spec, proved(family, integrand, at), Options(evidence="exact")).verdict


@pytest.mark.parametrize(
    ("family", "integrand", "at"),
    [
        ("normal", "a**2", ()),
        ("normal", "mu*a**2 + sigma*a", MOVED),
        ("bernoulli", "exp(p*a)", ()),
        ("categorical_logits", "table(1, 9, 4)", ()),
    ],
    ids=lambda v: str(v),
)
def test_of_two_samples_half_the_variance_is_left(family: str, integrand: str, at: Point) -> None:
    statistics = proved(family, integrand, at).statistics
    for name, one in statistics["score_function"].variance.items():
        assert one is not None
        assert statistics["multi_sample"].variance[name] == pytest.approx(one / 2, rel=1e-12)
    assert statistics["multi_sample"].call == 2
    found = verdict("multi_sample", family, integrand, at)
    assert (found.outcome, found.evidence, found.as_stated) == ("agrees", "exact", True), found.reason
    assert found.variance_estimate == pytest.approx(statistics["multi_sample"].variance, rel=1e-9)


@pytest.mark.parametrize(("mu", "sigma"), [("7/10", "13/10"), ("-2", "1/3")])
def test_an_antithetic_pair_of_a_square_has_a_known_variance(mu: str, sigma: str) -> None:
    """By mu the pair is ((mu + sigma b)^2 - (mu - sigma b)^2) b/(2 sigma) = 2 mu b^2: 8 mu^2."""
    from fractions import Fraction

    m, s = float(Fraction(mu)), float(Fraction(sigma))
    stated = proved("normal", "a**2", (("mu", mu), ("sigma", sigma))).statistics["antithetic_score"]
    assert stated.mean["mu"] == pytest.approx(2 * m, rel=1e-13)
    assert stated.variance["mu"] == pytest.approx(8 * m**2, rel=1e-12)
    # By sigma: (mu^2 + sigma^2 b^2)(b^2 - 1)/sigma, with E b^4 = 3, E b^6 = 15, E b^8 = 105.
    second = (2 * m**4 + 2 * m**2 * s**2 * (15 - 6 + 1) + s**4 * (105 - 30 + 3)) / s**2
    assert stated.variance["sigma"] == pytest.approx(second - 4 * s**2, rel=1e-12)


@pytest.mark.parametrize(
    ("family", "integrand", "at"),
    [
        ("normal", "mu*a**2 + sigma*a", MOVED),
        ("normal", "cos(a)", ()),
        ("laplace", "a**2*b", ()),
        ("lognormal", "log(a)**2", ()),
    ],
    ids=lambda v: str(v),
)
def test_the_code_has_the_exact_moments_of_its_statistic(family: str, integrand: str, at: Point) -> None:
    for name, outcome in (("antithetic_score", "agrees"), ("score_not_mirrored", "refuted")):
        stated, found = proved(family, integrand, at).statistics[name], verdict(name, family, integrand, at)
        assert (found.outcome, found.evidence) == (outcome, "exact"), found.reason
        for parameter, seen in found.variance_estimate.items():
            said = stated.variance[parameter]
            if said is not None:
                assert seen == pytest.approx(said, rel=1e-7, abs=1e-12)


def test_of_an_odd_cost_the_mirror_image_is_wasted() -> None:
    """By sigma, a at mu = 0: the pair has mean zero; by mu, both samples say the same."""
    at = (("mu", "0"),)
    statistics = proved("normal", "a**3", at).statistics
    for name, ratio in (("mu", 1.0), ("sigma", 0.0)):
        one, other = (statistics[n].variance[name] for n in ("score_function", "antithetic_score"))
        assert one is not None
        assert other == pytest.approx(ratio * one, rel=1e-12, abs=1e-12)


def test_the_score_of_one_sample_loses_the_location() -> None:
    stated = proved("normal", "a**2").statistics["score_not_mirrored"]
    assert stated.mean == pytest.approx({"mu": 0.0, "sigma": 2.6}, abs=1e-14)
    found = verdict("score_not_mirrored", "normal", "mu*a**2 + sigma*a")
    assert found.as_stated
    assert found.diagnosis is not None
    assert found.diagnosis["mistake"] == "score_not_mirrored"


@pytest.mark.parametrize(("p", "t", "sign"), [("2/7", "9/20", 1), ("4/5", "2", -1)])
def test_standardised_costs_of_a_coin_keep_a_sign_only(p: str, t: str, sign: int) -> None:
    """By the log-odds p q/sqrt(2) sign(g(1) - g(0)), so by p the sign over sqrt(2), whatever the cost is."""
    stated = proved("bernoulli", "(a - t)**2", (("p", p), ("t", t))).statistics["standardised_returns"]
    assert stated.mean["p"] == pytest.approx(sign / sqrt(2), rel=1e-14)
    found = verdict("standardised_returns", "bernoulli", "(a - t)**2", (("p", p), ("t", t)))
    assert (found.outcome, found.evidence, found.as_stated) == ("refuted", "exact", True), found.reason


def test_equal_costs_are_no_division_by_zero() -> None:
    found = verdict("standardised_returns", "categorical_logits", "table(1, 1, 4)")
    assert (found.outcome, found.as_stated) == ("refuted", True), found.reason


@pytest.mark.parametrize("family", ["normal", "lognormal", "laplace"])
def test_the_score_of_a_scale_is_its_own_mirror_image(family: str) -> None:
    scale = "b" if family == "laplace" else "sigma"
    refuses = estimator_called("score_not_mirrored").refuses
    said = "the scores of a sample and of its mirror image are the same"
    assert refuses(expectation_of(family, "a", (scale,))) == said
    assert refuses(expectation_of(family, "a")) is None


@pytest.mark.parametrize(
    ("name", "family", "says"),
    [
        ("multi_sample", "uniform", "the support of uniform moves"),
        ("antithetic_score", "exponential", "is no mirror image of itself"),
        ("antithetic_score", "poisson", "poisson"),
        ("score_not_mirrored", "gamma", "gamma"),
        ("standardised_returns", "normal", "exact only where few outcomes are enumerated"),
    ],
)
def test_what_is_refused(name: str, family: str, says: str) -> None:
    refusal = estimator_called(name).refuses(expectation_of(family, "a"))
    assert refusal is not None
    assert says in refusal
