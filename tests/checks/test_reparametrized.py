"""Pathwise variants: sticking the landing, a control variate, generalized reparametrization."""

from __future__ import annotations

from functools import cache

import mpmath
import pytest
from sympy import Symbol, exp

from checks.estimators import ESTIMATORS
from checks.mistakes import estimator_called
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from checks.verdict import Verdict
from derive.errors import NotApplicable
from derive.families import FAMILIES
from derive.proof import Proof
from derive.score_multiple import multiple_of
from derive.standardised import standardised
from tests.checks.proofs import expectation_of

Point = tuple[tuple[str, str], ...]

# log p(a) - log q(a) up to constants, p = Normal(0, 1) and p = Exponential(2); two with other multiples.
ELBO = "-a**2/2 + (a - mu)**2/(2*sigma**2) + log(sigma)"
ELBO_TWICE = "sin(a) + 2*((a - mu)**2/(2*sigma**2) + log(sigma))"
RATES = "-2*a - log(rate) + rate*a"
RATES_TWICE = "log(1 + a) - 3*(log(rate) - rate*a)"

CASES = [
    ("sticking_the_landing", "normal", ELBO, ()),
    ("sticking_the_landing", "normal", ELBO_TWICE, (("mu", "-1/3"), ("sigma", "2/5"))),
    ("sticking_the_landing", "exponential", RATES, ()),
    ("sticking_the_landing", "exponential", RATES_TWICE, (("rate", "3"),)),
    ("pathwise_control_variate", "normal", "a**3", ()),
    ("pathwise_control_variate", "normal", "mu*exp(a/2)", (("mu", "-1/3"), ("sigma", "2/5"))),
    ("pathwise_control_variate", "exponential", "rate*a**2", ()),
    ("pathwise_control_variate", "gumbel", "beta*a**2", (("mu", "1/5"),)),
    ("taylor_control_variate", "normal", "mu*exp(a/2)", ()),
    ("taylor_control_variate", "normal", "sin(a) + sigma*a", (("mu", "-1/3"), ("sigma", "2/5"))),
    ("taylor_control_variate", "gumbel", "beta*a**3", ()),
    ("generalized_reparametrization", "gamma", "a**2 + shape*a", ()),
    ("generalized_reparametrization", "gamma", "log(a) + a", (("shape", "3/4"), ("rate", "2"))),
    ("generalized_reparametrization", "beta", "a**2", ()),
    ("generalized_reparametrization", "beta", "alpha*log(a)", (("alpha", "5/2"), ("beta", "7/4"))),
    ("generalized_reparametrization", "lognormal", "sigma*a", ()),
]
TWINS = [
    ("entropy_path_lost", "normal", ELBO, ()),
    ("entropy_path_lost", "normal", ELBO_TWICE, (("mu", "-1/3"), ("sigma", "2/5"))),
    ("entropy_path_lost", "exponential", RATES, ()),
    ("noise_not_centred", "exponential", "rate*a**2", ()),
    ("noise_not_centred", "uniform", "high*a**2", ()),
    ("model_mean_forgotten", "normal", "mu*exp(a/2)", ()),
    ("model_mean_forgotten", "gumbel", "beta*a**2", ()),
    ("noise_law_taken_as_fixed", "gamma", "a**2 + shape*a", ()),
    ("noise_law_taken_as_fixed", "beta", "alpha*log(a)", ()),
]


@cache
def proved(name: str, family: str, integrand: str, at: Point) -> Proof:
    return prove(Request(family, integrand, at, None, (name,)))


def judged(name: str, family: str, integrand: str, at: Point) -> tuple[Verdict, Proof]:
    proof = proved(name, family, integrand, at)
    spec = CheckSpec("reparam", family, integrand, name, at)
    return run_check(spec, proof, Options(evidence="exact")).verdict, proof


def ids(rows: list[tuple[str, str, str, Point]]) -> list[str]:
    return [f"{name}-{family}-{integrand[:12]}" for name, family, integrand, _ in rows]


@pytest.mark.parametrize(("name", "family", "integrand", "at"), CASES, ids=ids(CASES))
def test_the_code_has_the_exact_moments_of_its_statistic(
    name: str, family: str, integrand: str, at: Point
) -> None:
    verdict, proof = judged(name, family, integrand, at)
    assert (verdict.outcome, verdict.evidence, verdict.as_stated) == ("agrees", "exact", True), verdict.reason
    for theta in proof.wrt:
        said, seen = proof.statistics[name].variance[theta], verdict.variance_estimate[theta]
        assert seen == pytest.approx(said, rel=1e-7, abs=1e-20)  # Torch's trigamma is good to 5e-10
    assert proof.routes[ESTIMATORS[name].route].status == "proved"


@pytest.mark.parametrize(("name", "family", "integrand", "at"), TWINS, ids=ids(TWINS))
def test_a_wrong_twin_is_refuted_by_exactly_its_bias(
    name: str, family: str, integrand: str, at: Point
) -> None:
    verdict, _ = judged(name, family, integrand, at)
    assert (verdict.outcome, verdict.evidence, verdict.as_stated) == ("refuted", "exact", True), (
        verdict.reason
    )


# Sticking the landing. -------------------------------------------------------------------------------------


def test_no_variance_is_left_where_q_is_p() -> None:
    at = (("mu", "0"), ("sigma", "1"))
    found = prove(Request("normal", ELBO, at, None, ("sticking_the_landing", "pathwise"))).statistics
    assert found["sticking_the_landing"].variance == {"mu": 0.0, "sigma": 0.0}
    # The score has the Fisher information for variance: 1/sigma**2 and 2/sigma**2.
    assert found["pathwise"].variance == {"mu": 1.0, "sigma": 2.0}


def test_the_explicit_term_is_dropped_by_a_judged_step() -> None:
    route = proved("sticking_the_landing", "normal", ELBO, ()).routes["sticking_the_landing"]
    dropped = [step for step in route.steps if step["rule"] == "zero mean of the score"]
    assert [step["status"] for step in dropped] == ["proved", "proved"]  # by mu and by sigma
    assert all(step["conditions"] for step in dropped)


def test_the_lost_entropy_is_what_the_twin_misses() -> None:
    """The entropy of Normal(mu, sigma) has the derivative 1/sigma by sigma; c = -1 adds it."""
    proof = proved("entropy_path_lost", "normal", ELBO, ())
    mean = proof.statistics["entropy_path_lost"].mean
    assert mean["mu"] == pytest.approx(proof.exact["mu"], rel=1e-14)
    assert mean["sigma"] == pytest.approx(proof.exact["sigma"] - 1 / 1.3, rel=1e-14)


@pytest.mark.parametrize(
    ("family", "integrand", "says"),
    [
        pytest.param("normal", "a**2", "is not h", id="no entropy"),
        pytest.param("normal", "mu*a - (a - mu)**2/(2*sigma**2) - log(sigma)", "is not h", id="theta in h"),
        pytest.param("uniform", "a - log(high - low)", "support of uniform moves", id="support"),
        pytest.param("bernoulli", "a*log(p) + (1 - a)*log(1 - p)", "whole numbers", id="discrete"),
    ],
)
def test_what_may_not_be_dropped_is_refused(family: str, integrand: str, says: str) -> None:
    refusal = ESTIMATORS["sticking_the_landing"].refuses(expectation_of(family, integrand))
    assert refusal is not None
    assert says in refusal


def test_multiples_of_a_score() -> None:
    a, mu = Symbol("a", real=True), Symbol("mu", real=True)
    score = (a - mu) / 2
    assert multiple_of(-score, score, (a,)) == -1
    assert multiple_of(mu * (a - mu), score, (a,)) == 2 * mu
    assert multiple_of(a * score, score, (a,)) is None
    assert multiple_of(exp(a), score, (a,)) is None
    assert multiple_of(0 * a, score, (a,)) is None


# Control variate. ------------------------------------------------------------------------------------------


def test_the_coefficient_is_the_best() -> None:
    """``beta = E[X b]`` for standard normal noise, and the variance falls by its square; by mpmath."""
    found = prove(Request("normal", "a**3", (), None, ("pathwise", "pathwise_control_variate"))).statistics
    mu, sigma = mpmath.mpf(7) / 10, mpmath.mpf(13) / 10

    def mean(f: object) -> mpmath.mpf:
        return mpmath.quad(lambda b: mpmath.npdf(b) * f(b), [-12, 0, 12])  # type: ignore[operator]

    for theta, moved in (("mu", lambda b: 1), ("sigma", lambda b: b)):
        beta = mean(lambda b: 3 * (mu + sigma * b) ** 2 * moved(b) * b)  # noqa: B023
        right = found["pathwise_control_variate"]
        assert right.constants[f"{theta}/b"] == pytest.approx(float(beta), rel=1e-12)
        gain = found["pathwise"].variance[theta] - right.variance[theta]
        assert gain == pytest.approx(float(beta**2), rel=1e-12)


def test_noise_without_a_variance_is_refused() -> None:
    refusal = ESTIMATORS["pathwise_control_variate"].refuses(expectation_of("cauchy", "log(1 + a**2)"))
    assert refusal is not None
    assert "no covariance" in refusal


def test_noise_of_mean_zero_needs_no_centring() -> None:
    refusal = estimator_called("noise_not_centred").refuses(expectation_of("normal", "a**2"))
    assert refusal == "the mean of the noise is zero: there is nothing to add back"


@pytest.mark.parametrize("integrand", ["a**2", "mu*a - sigma*a**2"])
def test_a_taylor_model_leaves_nothing_of_a_quadratic_cost(integrand: str) -> None:
    """But what theta does in g itself, here ``d/d mu = a`` and ``d/d sigma = -a**2``."""
    names = ("taylor_control_variate", "model_mean_forgotten", "pathwise")
    proof = prove(Request("normal", integrand, (), None, names))
    kept = {"mu": 0.0, "sigma": 0.0}
    if integrand != "a**2":
        kept = {"mu": 1.69, "sigma": 4 * 0.49 * 1.69 + 2 * 1.69**2}
    assert proof.statistics[names[0]].variance == pytest.approx(kept, rel=1e-12, abs=1e-20)
    assert proof.statistics["pathwise"].variance["sigma"] > kept["sigma"]
    explicit = {"mu": 0.0, "sigma": 0.0} if integrand == "a**2" else {"mu": 0.7, "sigma": -(0.49 + 1.69)}
    assert proof.statistics[names[1]].mean == pytest.approx(explicit, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    ("family", "integrand", "says"),
    [
        pytest.param("cauchy", "log(1 + a**2)", "the mean of the control variate is not known", id="no mean"),
        pytest.param("lognormal", "a", "no transport of the form a = mu + sigma b", id="not affine"),
        pytest.param("multivariate_normal", "a[0]*a[1]", "of one number", id="plane"),
    ],
)
def test_a_taylor_model_needs_a_line(family: str, integrand: str, says: str) -> None:
    refusal = ESTIMATORS["taylor_control_variate"].refuses(expectation_of(family, integrand))
    assert refusal is not None
    assert says in refusal


# Generalized reparametrization. ----------------------------------------------------------------------------


def test_the_second_term_is_what_the_twin_misses() -> None:
    """E[g d/dtheta log q(eps)] of gamma by mpmath, with v = a (m' + s' eps) written out anew."""
    proof = proved("noise_law_taken_as_fixed", "gamma", "a**2 + shape*a", ())
    k, rate = (mpmath.mpf(v.numerator) / v.denominator for v in _reference("gamma"))
    psi, tri, second = (mpmath.psi(n, k) for n in (0, 1, 2))

    def remainder(a: mpmath.mpf) -> mpmath.mpf:
        pace = tri + second / (2 * tri) * (mpmath.log(a) - psi + mpmath.log(rate))
        score = mpmath.log(rate) + mpmath.log(a) - psi
        return score + pace * (k - rate * a) + second / (2 * tri)

    def density(a: mpmath.mpf) -> mpmath.mpf:
        return rate**k * a ** (k - 1) * mpmath.exp(-rate * a) / mpmath.gamma(k)

    lost = mpmath.quad(lambda a: density(a) * (a**2 + k * a) * remainder(a), [0, 1, 4, 20, 80])
    missed = proof.exact["shape"] - proof.statistics["noise_law_taken_as_fixed"].mean["shape"]
    assert missed == pytest.approx(float(lost), rel=1e-9)
    mean = mpmath.quad(lambda a: density(a) * remainder(a), [0, 1, 4, 20, 80])
    assert abs(mean) < 1e-12  # it is a score


def _reference(family: str) -> list[object]:
    from checks.catalogue import parameters

    return list(parameters(family).values())


@pytest.mark.parametrize("family", ["lognormal", "logit_normal"])
def test_fixed_noise_has_no_second_term(family: str) -> None:
    refusal = estimator_called("noise_law_taken_as_fixed").refuses(expectation_of(family, "a"))
    assert refusal is not None
    assert "there is no second term" in refusal


def test_pathwise_is_what_is_left_of_fixed_noise() -> None:
    names = ("generalized_reparametrization", "pathwise")
    found = prove(Request("lognormal", "sigma*a", (), None, names)).statistics
    for theta, variance in found["pathwise"].variance.items():
        assert found[names[0]].variance[theta] == pytest.approx(variance, rel=1e-13)


def test_no_standardisation_of_a_normal_law() -> None:
    with pytest.raises(NotApplicable, match="no standardisation of normal is at hand"):
        standardised(FAMILIES["normal"])
    refusal = ESTIMATORS["generalized_reparametrization"].refuses(expectation_of("normal", "a"))
    assert refusal is not None
    assert "there is one of gamma" in refusal


def test_it_beats_the_score_function_of_a_gamma_law() -> None:
    names = ("generalized_reparametrization", "score_function", "implicit")
    found = prove(Request("gamma", "a**2", (), ("shape",), names)).statistics
    mine, score, implicit = (found[n].variance["shape"] for n in names)
    assert implicit < mine < score / 4
