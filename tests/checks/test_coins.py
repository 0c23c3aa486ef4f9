"""ARM, DisARM and REBAR: exact moments against published closed forms and values made without gradproof."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy
import torch

from checks.draws import uniforms
from checks.estimators import ESTIMATORS
from checks.mistakes import estimator_called
from checks.problem import Problem
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from derive.errors import OutsideDomain
from derive.proof import Proof
from tests.checks.proofs import expectation_of

NAMES = ("arm", "disarm", "rebar")
Point = tuple[tuple[str, str], ...]


@cache
def proved(family: str, integrand: str, at: Point, wrt: str, *names: str) -> Proof:
    return prove(Request(family, integrand, at, (wrt,), names))


def moments(name: str, family: str, integrand: str, at: Point, wrt: str) -> tuple[float, float]:
    found = proved(family, integrand, at, wrt, name).statistics[name]
    mean, variance = found.mean[wrt], found.variance[wrt]
    assert mean is not None
    assert variance is not None
    return mean, variance


# Variances by the log-odds for (a - t)**2, from 40-digit quadrature and enumeration.
PAIRS = [
    ("arm", "2/7", "9/20", 0.0003512425378314591142579),
    ("arm", "1/2", "9/20", 0.0002083333333333333333333),
    ("arm", "4/5", "499/1000", 1.58933333333333333e-7),
    ("arm", "2/7", "-1", 0.316118284048313203),
    ("disarm", "2/7", "9/20", 0.0003123698458975426905456),
    ("disarm", "1/2", "9/20", 0.0),
    ("disarm", "4/5", "499/1000", 1.536e-7),
    ("disarm", "2/7", "-1", 0.281132861307788421),
]


@pytest.mark.parametrize(("name", "p", "t", "variance"), PAIRS, ids=["-".join(r[:3]) for r in PAIRS])
def test_antithetic_coins_have_the_known_variance(name: str, p: str, t: str, variance: float) -> None:
    mean, found = moments(name, "bernoulli", "(a - t)**2", (("p", p), ("t", t)), "p")
    slope = float(Fraction(p) * (1 - Fraction(p)))
    assert mean == pytest.approx(1 - 2 * float(Fraction(t)), rel=1e-13)
    # A variance is a difference of moments that are known exactly: rounded once.
    assert found == pytest.approx(variance / slope**2, rel=1e-12, abs=1e-30)


# REBAR by the log-odds: temperature, eta, p, t and the variance, from 40-digit quadrature.
REBAR = [
    ("1/2", "1", "2/7", "9/20", 0.02120297972846227644953),
    ("1", "1", "2/7", "9/20", 0.0175303497467001355),
    ("1/2", "1", "4/5", "499/1000", 0.0160331811787747763),
    ("1/2", "1", "2/7", "-1", 0.454095508895566323),
    ("1", "1", "2/7", "-1", 0.257891832748826684),
    ("1", "12789761503393412055/10000000000000000000", "2/7", "-1", 0.170073985453637119),
    ("1/10", "1", "2/7", "9/20", 0.0719653573842118904),
]


@pytest.mark.parametrize(
    ("tau", "eta", "p", "t", "variance"), REBAR, ids=["-".join(r[:4])[:24] for r in REBAR]
)
def test_rebar_has_the_variance_of_another_quadrature(
    tau: str, eta: str, p: str, t: str, variance: float
) -> None:
    at = (("p", p), ("t", t), ("tau", tau), ("eta", eta))
    mean, found = moments("rebar", "bernoulli", "(a - t)**2", at, "p")
    slope = float(Fraction(p) * (1 - Fraction(p)))
    assert mean == pytest.approx(1 - 2 * float(Fraction(t)), rel=1e-9, abs=1e-9 / slope)
    assert found == pytest.approx(variance / slope**2, rel=1e-8)


def test_the_best_eta_is_the_known_one() -> None:
    """Variance is a parabola in eta: three values give its minimum, known to 20 digits from elsewhere."""
    at = (("p", "2/7"), ("t", "-1"), ("tau", "1"))
    low, mid, high = (
        moments("rebar", "bernoulli", "(a - t)**2", (*at, ("eta", e)), "p")[1] for e in ("0", "1", "2")
    )
    best = 1 + (low - high) / (2 * (low - 2 * mid + high))
    assert best == pytest.approx(1.2789761503393412055, rel=1e-7)


def test_rebar_without_its_control_variate_is_the_score_function() -> None:
    at = (("t", "9/20"), ("tau", "1/2"), ("eta", "0"))
    found = prove(Request("bernoulli", "(a - t)**2", at, ("p",), ("rebar", "score_function"))).statistics
    for moment in ("mean", "variance"):
        one, other = (getattr(found[n], moment)["p"] for n in ("rebar", "score_function"))
        assert one == pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize("logits", ["7/5", "-3/2"])
def test_published_closed_forms_by_the_log_odds(logits: str) -> None:
    """For any two costs; the gap of ARM and DisARM is delta**2 (1 - P)**3/6."""
    p = 1 / (1 + mpmath.exp(-mpmath.mpf(Fraction(logits).numerator) / Fraction(logits).denominator))
    delta, top, square = mpmath.e - 1, max(p, 1 - p), (p * (1 - p)) ** 2
    wanted = {
        "arm": delta**2 * (2 * (mpmath.mpf(1) / 8 - (top - mpmath.mpf(1) / 2) ** 3) / 3 - square),
        "disarm": delta**2 * (top**2 * (1 - top) / 2 - square),
    }
    found = {n: moments(n, "bernoulli_logits", "exp(a)", (("logits", logits),), "logits") for n in wanted}
    for name, (mean, variance) in found.items():
        assert mean == pytest.approx(float(p * (1 - p) * delta), rel=1e-13)
        assert variance == pytest.approx(float(wanted[name]), rel=1e-12)
    gap = found["arm"][1] - found["disarm"][1]
    assert gap == pytest.approx(float(delta**2 * (1 - top) ** 3 / 6), rel=1e-10)


@pytest.mark.parametrize("p", ["2/7", "4/5"])
@pytest.mark.parametrize("name", ["arm", "disarm"])
def test_theta_in_the_integrand_adds_the_mean_slope_of_the_pair(name: str, p: str) -> None:
    """Exact in fractions: the two coins are constant on three pieces of (0, 1), and ARM affine in u there."""
    x = Fraction(p)
    cost = {b: (b - Fraction(1, 3)) ** 2 * (1 + x) for b in (0, 1)}
    slope = {b: (b - Fraction(1, 3)) ** 2 for b in (0, 1)}
    first = second = Fraction(0)
    ends = [Fraction(0), min(x, 1 - x), max(x, 1 - x), Fraction(1)]
    for low, high in pairwise(ends):
        middle = (low + high) / 2
        b, twin = int(middle > 1 - x), int(middle < x)
        held, rate = Fraction(slope[b] + slope[twin]) / 2, (cost[b] - cost[twin]) / (x * (1 - x))
        if name == "disarm":
            held, rate = held + rate * (b - twin) * max(x, 1 - x) / 2, Fraction(0)
        left, right = (held + rate * (u - Fraction(1, 2)) for u in (low, high))
        first += (high - low) * (left + right) / 2
        second += (high - low) * (left**2 + left * right + right**2) / 3
    mean, variance = moments(name, "bernoulli", "(a - 1/3)**2*(1 + p)", (("p", p),), "p")
    assert mean == pytest.approx(float(first), rel=1e-13)
    assert variance == pytest.approx(float(second - first**2), rel=1e-12)


# Code and statistic. ---------------------------------------------------------------------------------------

INTEGRANDS = ("(a - 9/20)**2*(1 + logits)", "exp(logits*a)")


@pytest.mark.parametrize("logits", ["-4/7", "7/5"])
@pytest.mark.parametrize("integrand", INTEGRANDS)
@pytest.mark.parametrize("name", NAMES)
def test_the_code_has_the_exact_moments_of_its_statistic(name: str, integrand: str, logits: str) -> None:
    spec = CheckSpec("control-variates", "bernoulli_logits", integrand, name, (("logits", logits),))
    proof = prove(Request(spec.family, integrand, spec.at, None, (name,)))
    verdict = run_check(spec, proof, Options(evidence="exact")).verdict
    assert (verdict.outcome, verdict.evidence, verdict.as_stated) == ("agrees", "exact", True), verdict.reason
    said, seen = proof.statistics[name].variance["logits"], verdict.variance_estimate["logits"]
    assert seen == pytest.approx(said, rel=1e-7)  # quadrature on both sides


N = 6


@pytest.mark.parametrize("integrand", ["(a - 9/20)**2*(1 + p)", "table(1, 9)"])
@pytest.mark.parametrize(
    "name", [*NAMES, "conditional_path_detached", "sigmoid_left_out", "gradient_by_log_odds"]
)
def test_code_and_statistic_are_one_function_of_the_noise(name: str, integrand: str) -> None:
    at = {"tau": "1/2", "eta": "2/3"} if estimator_called(name).knobs else {}
    problem = Problem(prove(Request("bernoulli", integrand, tuple(at.items()), None, ())))
    rows = estimator_called(name).estimate(problem, N, torch.Generator().manual_seed(3))
    made = expectation_of("bernoulli", integrand, None, at)
    drawn = estimator_called(name).statistic(made)
    g = torch.Generator().manual_seed(3)
    noise = [uniforms((N,), g)] if not at else [problem.sample(N, g), uniforms((N,), g), uniforms((N,), g)]
    assert len(drawn.draws) == len(noise)
    symbols = [v for d in drawn.draws for v in d.variables]
    compute = sympy.lambdify(symbols, drawn.values[0].xreplace(made.point), "mpmath")
    wanted = [float(compute(*map(mpmath.mpf, row))) for row in torch.stack(noise, dim=-1).tolist()]
    np.testing.assert_allclose(rows[:, 0].numpy(), wanted, rtol=1e-9, atol=1e-12)


def test_a_table_is_relaxed_linearly() -> None:
    at = (("tau", "1"), ("eta", "1"))
    one, other = (moments("rebar", "bernoulli", g, at, "p") for g in ("table(1, 9)", "1 + 8*a"))
    assert one == pytest.approx(other, rel=1e-9)
    assert one[1] != pytest.approx(moments("rebar", "bernoulli", "1 + 8*a**2", at, "p")[1], rel=1e-2)


# Wrong twins. ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", ["2/7", "4/5"])
def test_wrong_antithetic_coins_have_the_known_wrong_mean(p: str) -> None:
    x, at = Fraction(p), (("p", p), ("t", "9/20"))
    by_odds = moments("gradient_by_log_odds", "bernoulli", "(a - t)**2", at, "p")[0]
    assert by_odds == pytest.approx(float(x * (1 - x)) / 10, rel=1e-13)
    without = moments("sigmoid_left_out", "bernoulli", "(a - t)**2", at, "p")[0]
    assert without == pytest.approx(float(1 / max(x, 1 - x)) / 10, rel=1e-13)


@pytest.mark.parametrize("tau", ["1/2", "1"])
def test_a_detached_conditional_sample_adds_what_its_path_should_take(tau: str) -> None:
    """truth + eta (d E[g(y)] - E[g(y) d log p(b)]) by the log-odds, by mpmath."""
    phi, heat, eta = (
        mpmath.mpf(-4) / 7,
        mpmath.mpf(Fraction(tau).numerator) / Fraction(tau).denominator,
        2 / 3,
    )
    p = 1 / (1 + mpmath.exp(-phi))

    def soft(u: mpmath.mpf, at: mpmath.mpf) -> mpmath.mpf:
        return 1 / (1 + mpmath.exp(-(at + mpmath.log(u / (1 - u))) / heat))

    def relaxed(at: mpmath.mpf) -> mpmath.mpf:
        return mpmath.quad(lambda u: mpmath.exp(soft(u, at)), [0, 1 - p, 1])

    scored = mpmath.quad(lambda u: -p * mpmath.exp(soft(u, phi)), [0, 1 - p])
    scored += mpmath.quad(lambda u: (1 - p) * mpmath.exp(soft(u, phi)), [1 - p, 1])
    step = mpmath.mpf("1e-4")  # a central difference: its error is of order 1e-8
    slope = (relaxed(phi + step) - relaxed(phi - step)) / (2 * step)
    wanted = p * (1 - p) * (mpmath.e - 1) + eta * (slope - scored)
    at = (("tau", tau), ("eta", "2/3"))
    found = moments("conditional_path_detached", "bernoulli_logits", "exp(a)", at, "logits")[0]
    assert found == pytest.approx(float(wanted), rel=1e-7)
    assert abs(found - float(p * (1 - p) * (mpmath.e - 1))) > 1e-2


def test_a_pair_of_coins_costs_two_samples() -> None:
    """With the work counted, DisARM stays ahead of leave-one-out by delta**2 P (1 - P)**2/2."""
    names = ("disarm", "leave_one_out")
    found = prove(Request("bernoulli_logits", "exp(a)", (), ("logits",), names)).statistics
    assert [found[n].call for n in names] == [2, 2]
    top, delta = 1 / (1 + np.exp(-4 / 7)), np.e - 1
    one, other = (found[n].variance["logits"] for n in names)
    assert other - one == pytest.approx(delta**2 * top * (1 - top) ** 2 / 2, rel=1e-12)


# Refusals. -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "family"),
    [*((n, f) for n in NAMES for f in ("normal", "poisson", "categorical")), ("rebar", "bernoulli_product")],
)
def test_only_a_single_coin_is_thrown_by_one_uniform_number(name: str, family: str) -> None:
    integrand = {"categorical": "table(1, 9, 4)", "bernoulli_product": "a[0]*a[1]"}.get(family, "a**2")
    refusal = ESTIMATORS[name].refuses(expectation_of(family, integrand))
    assert refusal == f"{family} is not the law of a single coin, which one uniform number throws"


@pytest.mark.parametrize("tau", ["0", "-1/2"])
def test_a_temperature_is_positive(tau: str) -> None:
    with pytest.raises(OutsideDomain, match=f"a temperature is a positive number, but tau = {tau}"):
        prove(Request("bernoulli", "a**2", (("tau", tau),), None, ("rebar",)))
