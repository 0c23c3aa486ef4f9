"""ELBO and IWAE: gradients and moments against enumeration and quadrature made without gradproof."""

from __future__ import annotations

import itertools
from fractions import Fraction
from functools import cache
from pathlib import Path

import mpmath
import numpy as np
import pytest
from sympy import Rational, exp, expand, log

from checks import kinds
from checks.environment.estimators import dreg, iwae
from checks.environment.latent_proof import number
from checks.environment.records import record_called
from checks.estimator import Draw
from checks.evidence.arrays import Array
from checks.joint import Joint
from checks.run import Options, run_check
from checks.suite import CheckSpec
from derive.environment.copies import Copies, objective
from derive.environment.kinds import environment
from derive.environment.latent import Latent
from derive.errors import NotApplicable
from derive.numeric.enclosure import enclose_gradient
from derive.proof import Proof
from tests.checks.environment.proofs import proof_of
from tests.checks.proofs import expectation_of

Point = tuple[tuple[str, str], ...]
ALL = ("iwae", "dreg", "vimco", "pathwise", "score_function")
WRONG = ("weights_not_squared", "log_weights_averaged", "own_weight_in_baseline")
NORMAL, COIN = "latent_normal", "latent_coin"


@cache
def proved(family: str, integrand: str, at: Point = ()) -> Proof:
    if family == COIN:
        names = ("vimco", "own_weight_in_baseline")
    else:
        names = (*ALL, *WRONG) if (integrand, at) == ("iwae(2)", ()) else ("iwae", "dreg")
    return proof_of(family, *names, integrand=integrand, at=at)


# Oracles. --------------------------------------------------------------------------------------------------

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def log_weight(b: Array, mu: float, sigma: float, x: float = 1.4) -> Array:
    """``log p(x, a) - log q(a)`` of the normal model at ``a = mu + sigma b``, written out anew."""
    a = mu + sigma * b
    joint = -(a**2) / 2 - (x - a) ** 2 / 2.88 - np.log(1.2) - np.log(2 * np.pi)
    return np.asarray(joint + b**2 / 2 + np.log(sigma) + np.log(2 * np.pi) / 2)


def bound(mu: float, sigma: float, size: int) -> float:
    """IWAE of one or two samples on a product of Gauss-Hermite rules."""
    one = log_weight(NODES, mu, sigma)
    if size == 1:
        return float(WEIGHTS @ one)
    both = np.logaddexp(one[:, None], one[None, :]) - np.log(2.0)
    return float(WEIGHTS @ both @ WEIGHTS)


def over_pairs(value: object) -> float:
    """``E[value(b, b')]`` over two independent normal draws."""
    found = value(NODES[:, None], NODES[None, :])  # type: ignore[operator]
    return float(WEIGHTS @ found @ WEIGHTS)


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("at", [(), (("mu", "-1/2"), ("sigma", "3/5"))], ids=["reference", "elsewhere"])
def test_the_gradient_of_a_normal_encoder_is_that_of_the_bound(size: int, at: Point) -> None:
    proof = proved(NORMAL, f"iwae({size})", at)
    mu, sigma = (float(Fraction(proof.at[name])) for name in ("mu", "sigma"))
    h = 1e-4  # the central difference is off by h**2, and by rounding over h
    slopes = {
        "mu": (bound(mu + h, sigma, size) - bound(mu - h, sigma, size)) / (2 * h),
        "sigma": (bound(mu, sigma + h, size) - bound(mu, sigma - h, size)) / (2 * h),
    }
    for name, slope in slopes.items():
        assert proof.exact[name] == pytest.approx(slope, abs=1e-7)
        assert proof.radius[name] < 1e-10


def coin(logits: mpmath.mpf, size: int) -> mpmath.mpf:
    """IWAE of a coin by enumeration."""
    q = 1 / (1 + mpmath.exp(-logits))
    weight = {0: mpmath.mpf("0.4") / (1 - q), 1: mpmath.mpf("0.1") / q}
    total = mpmath.mpf(0)
    for outcome in itertools.product((0, 1), repeat=size):
        mass = mpmath.fprod(q if a else 1 - q for a in outcome)
        total += mass * mpmath.log(sum(weight[a] for a in outcome) / size)
    return total


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_gradient_of_a_coin_is_that_of_the_enumerated_bound(size: int) -> None:
    proof = proved(COIN, f"iwae({size})")
    slope = mpmath.diff(lambda x: coin(x, size), mpmath.mpf(2) / 3)
    assert proof.exact["logits"] == pytest.approx(float(slope), rel=1e-12)
    assert proof.gradient["logits"] is not None  # a closed form
    assert {r.status for r in proof.routes.values() if r.refusal is None} == {"proved"}


def test_more_samples_bound_the_evidence_from_closer() -> None:
    evidence = -0.5 * np.log(2 * np.pi * 2.44) - 1.4**2 / (2 * 2.44)
    assert bound(1 / 3, 0.8, 1) < bound(1 / 3, 0.8, 2) < evidence
    assert coin(2 / 3, 1) < coin(2 / 3, 2) < coin(2 / 3, 3) < mpmath.log(0.5)


# Estimators. -----------------------------------------------------------------------------------------------

CASES = [
    *[
        (NORMAL, text, name, at)
        for text in ("iwae(1)", "iwae(2)")
        for name in ("iwae", "dreg")
        for at in ((),)
    ],
    (NORMAL, "iwae(2)", "dreg", (("mu", "-1/2"), ("sigma", "3/5"))),
    (NORMAL, "iwae(2)", "iwae", (("mu", "-1/2"), ("sigma", "3/5"))),
    (NORMAL, "iwae(2)", "vimco", ()),
    (COIN, "iwae(2)", "vimco", ()),
    (COIN, "iwae(3)", "vimco", (("logits", "-1"),)),
    (NORMAL, "iwae(2)", "weights_not_squared", ()),
    (NORMAL, "iwae(2)", "log_weights_averaged", ()),
    (NORMAL, "iwae(2)", "own_weight_in_baseline", ()),
    (COIN, "iwae(2)", "own_weight_in_baseline", ()),
    (COIN, "iwae(3)", "own_weight_in_baseline", (("logits", "-1"),)),
]


@pytest.mark.parametrize(
    ("family", "integrand", "name", "at"), CASES, ids=["-".join((*c[:3], *dict(c[3]))) for c in CASES]
)
def test_the_code_has_the_exact_moments_of_its_statistic(
    family: str, integrand: str, name: str, at: Point
) -> None:
    proof = proved(family, integrand, at)
    spec = CheckSpec("multi-sample", family, integrand, name, at)
    verdict = run_check(spec, proof, Options(evidence="exact")).verdict
    wanted = "refuted" if name in WRONG else "agrees"
    assert (verdict.outcome, verdict.evidence, verdict.as_stated) == (wanted, "exact", True), verdict.reason
    for theta in proof.wrt:
        said, seen = proof.statistics[name].variance[theta], verdict.variance_estimate[theta]
        assert seen == pytest.approx(said, rel=1e-8, abs=1e-20)


def test_the_square_is_derived() -> None:
    route = proved(NORMAL, "iwae(2)").routes["doubly_reparametrized"]
    assert (route.status, route.assumptions) == ("proved", ())
    assert [s["rule"] for s in route.steps].count("along each sample") == 2  # by mu and by sigma


def test_the_weighted_gradient_is_the_pathwise_one() -> None:
    found = proved(NORMAL, "iwae(2)").statistics
    for name in ("mu", "sigma"):
        assert found["iwae"].variance[name] == pytest.approx(found["pathwise"].variance[name], rel=1e-9)


def test_of_one_sample_it_is_sticking_the_landing() -> None:
    proof = proof_of(NORMAL, "dreg", "sticking_the_landing", "iwae", "pathwise", integrand="elbo")
    for one, other in (("dreg", "sticking_the_landing"), ("iwae", "pathwise")):
        assert proof.statistics[one].mean == pytest.approx(proof.statistics[other].mean, rel=1e-14)
        assert proof.statistics[one].variance == pytest.approx(proof.statistics[other].variance, rel=1e-13)


def test_where_q_is_the_posterior_nothing_varies_along_the_path(tmp_path: Path) -> None:
    """Noise of width 3/4 makes the posterior of x = 2 Normal(32/25, 3/5): there all weights are equal."""
    path = tmp_path / "exact.toml"
    path.write_text(
        'kind = "latent_model"\nencoder = "normal"\nlog_joint = "-a**2/2 - (x - a)**2/(2*(3/4)**2)"\n'
        '[point]\nmu = "32/25"\nsigma = "3/5"\nx = 2\n'
    )
    model = environment(str(path))
    assert isinstance(model, Latent)
    made = objective(model, "iwae(2)")
    noise = {b: Rational(7 + 9 * i, 5) for i, b in enumerate(made.family.noise)}
    for kind, alike in ((dreg, True), (iwae, False)):
        for value in kind.statistic(made).values:
            assert (abs(value.xreplace({**made.point, **noise}).evalf(30)) < 1e-25) == alike
    # Half of the Fisher information, of the mean of two scores.
    for value, wanted in zip(iwae.statistic(made).values, (0.5 / 0.36, 1.0 / 0.36), strict=True):
        joint = Joint((Draw(made.family.transport.noise, made.family.noise),))  # type: ignore[union-attr]
        assert joint.estimate(value.xreplace(made.point) ** 2).value == pytest.approx(wanted, rel=1e-10)


def test_squared_weights_have_less_variance() -> None:
    found = proved(NORMAL, "iwae(2)").statistics
    for name in ("mu", "sigma"):
        squared, plain, signals, score = (
            found[n].variance[name] for n in ("dreg", "iwae", "vimco", "score_function")
        )
        assert squared < plain < score
        assert signals < score


@pytest.mark.parametrize("size", [2, 3])
def test_vimco_of_a_coin_has_the_enumerated_variance(size: int) -> None:
    q = 1 / (1 + mpmath.exp(-mpmath.mpf(2) / 3))
    log_w = {0: mpmath.log(mpmath.mpf("0.4") / (1 - q)), 1: mpmath.log(mpmath.mpf("0.1") / q)}
    score = {0: -q, 1: 1 - q}
    first = second = mpmath.mpf(0)
    for outcome in itertools.product((0, 1), repeat=size):
        logs = [log_w[a] for a in outcome]
        whole = mpmath.log(sum(map(mpmath.exp, logs)))
        value = mpmath.mpf(0)
        for k, a in enumerate(outcome):
            others = [x for j, x in enumerate(logs) if j != k]
            stand_in = mpmath.exp(sum(others) / (size - 1))
            signal = whole - mpmath.log(sum(map(mpmath.exp, others)) + stand_in)
            share = mpmath.exp(logs[k] - whole)
            value += (signal - share) * score[a]
        mass = mpmath.fprod(q if a else 1 - q for a in outcome)
        first, second = first + mass * value, second + mass * value**2
    found = proved(COIN, f"iwae({size})").statistics["vimco"]
    assert found.mean["logits"] == pytest.approx(float(first), rel=1e-12)
    assert found.variance["logits"] == pytest.approx(float(second - first**2), rel=1e-11)


# Wrong twins. ----------------------------------------------------------------------------------------------


def test_averaged_logarithms_have_the_gradient_of_the_elbo() -> None:
    mean = proved(NORMAL, "iwae(2)").statistics["log_weights_averaged"].mean
    assert mean == pytest.approx(proved(NORMAL, "iwae(1)").exact, rel=1e-10)


def test_what_is_lost_without_the_square() -> None:
    """``E[sum_k share_k score_k]``, which is zero for equal shares alone."""
    proof = proved(NORMAL, "iwae(2)")

    def lost(score: object) -> float:
        def value(b: Array, other: Array) -> Array:
            gap = log_weight(other, 1 / 3, 0.8) - log_weight(b, 1 / 3, 0.8)
            share = 1 / (1 + np.exp(gap))
            return np.asarray(share * score(b) + (1 - share) * score(other))  # type: ignore[operator]

        return over_pairs(value)

    scores = {"mu": lambda b: b / 0.8, "sigma": lambda b: (b**2 - 1) / 0.8}
    mean = proof.statistics["weights_not_squared"].mean
    for name, score in scores.items():
        assert mean[name] - proof.exact[name] == pytest.approx(lost(score), rel=1e-8)


# Refusals. -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "family", "integrand", "says"),
    [
        pytest.param("dreg", COIN, "iwae(2)", "samples of bernoulli_logits are whole numbers", id="no path"),
        pytest.param("iwae", COIN, "iwae(2)", "samples of bernoulli_logits are whole numbers", id="nor here"),
        pytest.param("vimco", NORMAL, "elbo", "at least 2 samples", id="alone"),
        pytest.param("weights_not_squared", NORMAL, "iwae(1)", "at least 2 samples", id="its own square"),
    ],
)
def test_what_does_not_apply_says_why(name: str, family: str, integrand: str, says: str) -> None:
    refusal = proof_of(family, name, integrand=integrand).statistics[name].refusal
    assert refusal is not None
    assert says in refusal


@pytest.mark.parametrize("name", ["iwae", "dreg", "vimco", *WRONG])
def test_a_law_has_no_weights(name: str) -> None:
    record = record_called(name)
    assert record is not None
    assert record.refuses is not None
    refusal = record.refuses(expectation_of("normal", "a**2"))
    assert refusal == "it is for the objectives of a latent-variable model, such as those of latent_normal"


def test_the_objectives_of_a_model_are_its_integrands() -> None:
    kinds.require_integrand(NORMAL, "elbo")
    with pytest.raises(NotApplicable, match="'a\\*\\*2' is no objective"):
        kinds.require_integrand(NORMAL, "a**2")
    assert kinds.kind_of(NORMAL) == "latent_model"
    assert kinds.default_integrand(COIN, "") == "iwae(2)"


def test_a_certified_ball_holds_the_integral_in_the_plane(tmp_path: Path) -> None:
    """With sigma = 3/5 the log-weights differ by a linear form: one dimension, which balls enclose."""
    path = tmp_path / "linear.toml"
    path.write_text(
        'kind = "latent_model"\nencoder = "normal"\nlog_joint = "-a**2/2 - (x - a)**2/(2*(3/4)**2)"\n'
        '[point]\nmu = "1/3"\nsigma = "3/5"\nx = 2\n'
    )
    model = environment(str(path))
    assert isinstance(model, Latent)
    made = objective(model, "iwae(2)")
    assert isinstance(made.family, Copies)
    mu, _ = made.family.symbols
    held = {s: v for s, v in made.point.items() if s != mu}
    one, other = (w.xreplace(held) for w in made.family.log_weights)
    body = expand(one) + log(1 + exp(expand(other - one))) - log(2)
    law = made.family.law.xreplace(held)
    ball = enclose_gradient(body, law, made.family.samples, mu, {mu: made.point[mu]}, 12)
    found, radius = number(None, mu, made)
    assert float(ball.rad()) < 1e-12
    assert abs(found - float(ball.mid())) <= radius + float(ball.rad())
    assert radius < 1e-11
