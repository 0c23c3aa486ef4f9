"""Relaxed estimators: exact mean and variance at every temperature, against values made without gradproof."""

from __future__ import annotations

from functools import cache

import mpmath
import numpy as np
import pytest
import sympy
import torch
from sympy import Rational, Symbol

from checks.diagnosis import diagnose
from checks.draws import exponentials, uniforms
from checks.estimator import Draw
from checks.estimators import ESTIMATORS
from checks.estimators._relaxed_choice import gumbels
from checks.joint import Joint
from checks.mistakes import MISTAKES, estimator_called
from checks.problem import Problem
from checks.prove import Request, prove
from derive.certify import certify_closed_form
from derive.closed_form import expectation_of as closed
from derive.errors import OutsideDomain
from derive.numeric.enclosure import enclose
from derive.proof import Proof, StatisticProof
from derive.terms import Law
from tests.checks.proofs import expectation_of
from tests.checks.relaxed_values import CHOICE, GUMBEL_SOFTMAX, STRAIGHT_THROUGH_GUMBEL_SOFTMAX

SOFT, HARD = "gumbel_softmax", "straight_through_gumbel_softmax"
COIN = [(SOFT, *row) for row in GUMBEL_SOFTMAX] + [(HARD, *row) for row in STRAIGHT_THROUGH_GUMBEL_SOFTMAX]


Point = tuple[tuple[str, str], ...]


@cache
def statistic(name: str, family: str, integrand: str, at: Point, wrt: str) -> StatisticProof:
    return prove(Request(family, integrand, at, (wrt,), (name,))).statistics[name]


# A fifth of the table, over all points and temperatures; the others differ in nothing but numbers.
@pytest.mark.parametrize(
    ("name", "tau", "p", "t", "mean", "variance"),
    COIN[::5],
    ids=["-".join(map(str, c[:4])) for c in COIN[::5]],
)
def test_a_relaxed_coin_has_the_moments_of_another_quadrature(
    name: str, tau: str, p: str, t: str, mean: float, variance: float
) -> None:
    at = (("p", p), ("t", t), ("tau", tau))
    found = statistic(name, "bernoulli", "(a - t)**2", tuple(x for x in at if x != ("p", "2/7")), "p")
    slope = float(Rational(p) * (1 - Rational(p)))
    # A mean of 1e-4 stands beside a deviation of 1; both sides are rounded to doubles.
    assert found.mean["p"] == pytest.approx(mean / slope, rel=1e-9, abs=1e-9 * variance**0.5 / slope)
    assert found.variance["p"] == pytest.approx(variance / slope**2, rel=1e-6)
    assert found.source == ("closed form" if tau == "1" else "quadrature")


SOME = CHOICE[::4]  # test_softened.py has all of them


@pytest.mark.parametrize(
    ("tau", "k", "mean", "variance"), SOME, ids=[f"{t}-{k}" for t, k, *_ in SOME]
)
def test_a_relaxed_choice_has_the_moments_of_another_quadrature(
    tau: str, k: int, mean: float, variance: float
) -> None:
    found = statistic(SOFT, "categorical", "table(1, 9, 4)", (("tau", tau),), f"p[{k}]")
    p = (0.3, 0.1, 0.6)[k]
    # The table has 15 digits after the point.
    assert found.mean[f"p[{k}]"] == pytest.approx(mean / p, rel=1e-11)
    assert found.variance[f"p[{k}]"] == pytest.approx(variance / p**2, rel=1e-10)


@pytest.mark.parametrize("name", [SOFT, HARD])
def test_a_choice_among_four_has_the_moments_that_its_samples_show(name: str) -> None:
    """40,000 rows: within 5.5 standard errors of its own exact mean, false alarms below 1e-6."""
    at, wrt = (("tau", "1/2"),), ("logits[2]",)
    proof = prove(Request("categorical_logits", "table(1, 9, 4, 2)", at, wrt, (name,)))
    stated = proof.statistics[name]
    rows = ESTIMATORS[name].estimate(Problem(proof), 40_000, torch.Generator().manual_seed(7))
    mean, variance = stated.mean["logits[2]"], stated.variance["logits[2]"]
    assert mean is not None
    assert variance is not None
    assert abs(float(rows.mean()) - mean) < 5.5 * (variance / len(rows)) ** 0.5
    # Its bias is seen by so many samples, and the variance within a twentieth: 40,000 squares say 1/50.
    assert abs(mean - proof.exact["logits[2]"]) > 5.5 * (variance / len(rows)) ** 0.5
    assert float(rows.var()) == pytest.approx(variance, rel=0.05)


def test_a_hard_choice_among_four_with_theta_in_the_integrand_is_refused() -> None:
    made = expectation_of("categorical_logits", "logits[0]*table(1, 9, 4, 2)", None, {"tau": "1/2"})
    assert ESTIMATORS[SOFT].refuses(made) is None
    refusal = ESTIMATORS[HARD].refuses(made)
    assert refusal is not None
    assert refusal.startswith("with theta in the integrand, a hard choice among 4 jumps")


def test_the_closed_form_at_temperature_one_is_the_known_one() -> None:
    """E[GS] for (a - t)**2 at tau = 1, in alpha = p/(1 - p): a formula derived elsewhere."""
    alpha, t = Rational(2, 5), Rational(9, 20)
    log = sympy.log(alpha)
    above = -5 * alpha**3 + 4 * alpha**2 + alpha + t * (4 * alpha**3 - 8 * alpha**2 + 4 * alpha)
    above += (-2 * alpha**3 * t + 2 * alpha**3 + 4 * alpha**2 + 2 * alpha * t) * log
    wanted = above / (alpha - 1) ** 4
    b = Symbol("b", real=True)
    y = 1 / (1 + sympy.exp(-b) / alpha)
    found = closed(2 * (y - t) * y * (1 - y), Law("logistic", 0, 1), (b,), {})
    assert sympy.simplify(found.value - wanted) == 0
    assert "pulled back to uniform noise" in found.trace


ODDS = [
    pytest.param("relaxed_bernoulli", (Rational(2, 7), 1), "a**3", id="probability"),
    pytest.param("relaxed_bernoulli", (Rational(1, 2), 1), "a**2 - a", id="even odds"),
    pytest.param("relaxed_bernoulli_logits", (Rational(-4, 7), 1), "a**2", id="logits"),
    pytest.param("logistic", (Rational(1, 3), 2), "1/(1 + exp(-a/2))**3", id="logistic"),
    pytest.param("logistic", (0, 1), "Heaviside(a - 1/3)/(1 + exp(1/2 - a))", id="cell"),
]


@pytest.mark.parametrize(("family", "parameters", "body"), ODDS)
def test_what_is_rational_in_the_odds_agrees_with_its_enclosure(
    family: str, parameters: tuple[sympy.Expr, ...], body: str
) -> None:
    a = Symbol("a", real=True)
    law, integrand = Law(family, *parameters), sympy.sympify(body, {"a": a, "Heaviside": sympy.Heaviside})
    found = closed(integrand, law, (a,), {}).value
    assert certify_closed_form(found, integrand, law, (a,), {}).level == "points"
    wrong = certify_closed_form(found + Rational(1, 10**9), integrand, law, (a,), {})
    assert wrong.is_refuted


@pytest.mark.parametrize("tau", ["1/2", "2", "1/10"])
@pytest.mark.parametrize("name", [SOFT, HARD])
def test_the_mean_of_a_relaxed_coin_lies_in_its_rigorous_enclosure(name: str, tau: str) -> None:
    made = expectation_of("bernoulli_logits", "exp(a)", None, {"tau": tau})
    drawn = ESTIMATORS[name].statistic(made)
    body = drawn.values[0].xreplace(made.point)
    ball = enclose(body, drawn.law, drawn.variables, {})
    found = statistic(name, "bernoulli_logits", "exp(a)", (("tau", tau),), "logits").mean["logits"]
    assert found == pytest.approx(float(ball.mid()), rel=1e-9)
    assert float(ball.rad()) < 1e-12


# Limits. ------------------------------------------------------------------------------------------------


def test_cold_gumbel_softmax_tends_to_the_gradient() -> None:
    """E[GS] -> g(1) - g(0) by p, with the known slope tau (2p - 1); its variance grows as 1/tau."""
    p, t = 2 / 7, 9 / 20
    for tau in (1 / 20, 1 / 40):
        text = str(Rational(1, round(1 / tau)))
        found = statistic(SOFT, "bernoulli", "(a - 9/20)**2", (("tau", text),), "p")
        curve = (1 - 6 * p * (1 - p)) * (1 - 2 * t) * np.pi**2 / 6
        assert found.mean["p"] is not None
        # The next term is tau**3 p_L'''/6 M_3 / pq, below 3 tau**3.
        assert abs(found.mean["p"] - (1 - 2 * t) - tau * (2 * p - 1) - tau**2 * curve) < 3 * tau**3
        spread = (1 / 5 - 2 * t / 3 + 2 * t**2 / 3) / (p * (1 - p))
        assert found.variance["p"] is not None
        assert tau * found.variance["p"] == pytest.approx(spread, rel=3 * tau)


def test_cold_straight_through_gumbel_softmax_tends_to_the_trapezoid_rule() -> None:
    """E[ST-GS] -> (g'(0) + g'(1))/2 by p, which is not g(1) - g(0) for exp."""
    limit = (1 + np.e) / 2
    gaps = []
    for tau in ("1/20", "1/40"):
        found = statistic(HARD, "bernoulli", "exp(a)", (("tau", tau),), "p").mean["p"]
        assert found is not None
        gaps.append(abs(found - limit))
    assert gaps[0] < 0.1
    assert gaps[1] == pytest.approx(gaps[0] / 2, rel=0.2)  # linear in tau
    assert abs(limit - (np.e - 1)) > 0.1


def test_hot_gradients_vanish_as_one_over_the_temperature() -> None:
    """E[GS] ~ g'(1/2)/(4 tau) by the logit: at 50 up to a relative 1/tau**2."""
    found = statistic(SOFT, "bernoulli", "exp(a)", (("tau", "50"),), "p").mean["p"]
    assert found == pytest.approx(np.exp(0.5) / 200 / (2 / 7 * 5 / 7), rel=0.02)


# Code and statistic. ---------------------------------------------------------------------------------------

N = 6
ROWS = [
    (SOFT, "bernoulli", "(a - 9/20)**2*p"),
    (HARD, "bernoulli_logits", "exp(a)*logits"),
    (SOFT, "bernoulli_product", "a[0]**2*a[1] + p[2]*a[2]"),
    (HARD, "bernoulli_product", "a[0]**2*a[1] + p[2]*a[2]"),
]


@pytest.mark.parametrize(("name", "family", "integrand"), ROWS, ids=[f"{n}-{f}" for n, f, _ in ROWS])
def test_code_and_statistic_are_one_function_of_the_noise(name: str, family: str, integrand: str) -> None:
    problem = Problem(prove(Request(family, integrand, (("tau", "1/2"),), None, ())))
    rows = ESTIMATORS[name].estimate(problem, N, torch.Generator().manual_seed(3))
    made = expectation_of(family, integrand, None, {"tau": "1/2"})
    drawn = ESTIMATORS[name].statistic(made)
    width = len(drawn.draws)
    noise = torch.logit(uniforms((N, width) if width > 1 else (N,), torch.Generator().manual_seed(3)))
    symbols = [v for d in drawn.draws for v in d.variables]
    for column, value in enumerate(drawn.values):
        compute = sympy.lambdify(symbols, value.xreplace(made.point), "mpmath")
        wanted = [float(compute(*map(mpmath.mpf, row))) for row in noise.reshape(N, width).tolist()]
        np.testing.assert_allclose(rows[:, column].numpy(), wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_uniform_draws_stand_for_the_differences_of_gumbel_draws(count: int) -> None:
    """Differences of Gumbels are logistic, with variance pi**2/3, whichever two; a wrong power is noticed."""
    symbols, noise = gumbels(count)
    draws = Joint(tuple(_draw(s) for s in symbols[: count - 1]))
    for one, two in ((0, 1), (count - 2, count - 1)):
        difference = noise[one] - noise[two]
        if len(difference.free_symbols) > 2:
            continue
        used = Joint(tuple(_draw(s) for s in symbols if s in difference.free_symbols))
        assert used.estimate(difference).value == pytest.approx(0.0, abs=1e-7)
        assert used.estimate(difference**2).value == pytest.approx(np.pi**2 / 3, rel=1e-6)
        assert used.estimate((2 * difference) ** 2).value != pytest.approx(np.pi**2 / 3, rel=1e-2)
    assert len(draws.draws) == count - 1


def _draw(symbol: Symbol) -> Draw:
    return Draw(Law("uniform", 0, 1), (symbol,))


# Three outcomes whose samples are wrong: their laws against another computation. -----------------------

LAWS = {
    "gumbel_sign": (0.305555555555555556, 0.0595238095238095238, 0.634920634920634921),
    "one_log_missing": (0.236111111111111111, 0.0694444444444444444, 0.694444444444444444),
    "probabilities_in_argmax": (0.31559783331281435, 0.258389651737979883, 0.426012514949205768),
}


@pytest.mark.parametrize("name", LAWS)
def test_wrong_noise_has_the_known_wrong_law(name: str) -> None:
    made = expectation_of("categorical", "table(1, 9, 4)")
    law = MISTAKES[name].statistic(made).law
    found = [float(x.xreplace(made.point)) for x in law.parameters]
    assert found == pytest.approx(LAWS[name], rel=1e-12)


@cache
def proof_of_three() -> Proof:
    return prove(Request("categorical", "table(1, 9, 4)", (), ("p[1]",), (*LAWS, "gumbel_max")))


@pytest.mark.parametrize("name", [*LAWS, "gumbel_max"])
def test_the_code_of_three_outcomes_has_the_mean_of_its_statistic(name: str) -> None:
    """40,000 rows: within 5.5 standard errors of its own exact mean, false alarms below 1e-6."""
    proof = proof_of_three()
    rows = estimator_called(name).estimate(Problem(proof), 40_000, torch.Generator().manual_seed(5))
    stated = proof.statistics[name]
    mean, variance = stated.mean["p[1]"], stated.variance["p[1]"]
    assert mean is not None
    assert variance is not None
    assert abs(float(rows.mean()) - mean) < 5.5 * (variance / len(rows)) ** 0.5
    biased = abs(mean - proof.exact["p[1]"]) > 1e-3
    assert biased == (name in LAWS)
    # A wrong one is told from the gradient by these samples, and named by its mean.
    found = diagnose(np.array([mean - 1e-6]), np.array([mean + 1e-6]), proof)
    assert (found or {}).get("mistake") == (name if biased else None)


def test_the_argmax_of_gumbel_noise_is_the_law() -> None:
    """200,000 draws: each frequency within 5.5 standard errors, false alarms below 1e-6."""
    g = torch.Generator().manual_seed(1)
    n, p = 200_000, torch.tensor([0.3, 0.1, 0.6], dtype=torch.float64)
    a = (p.log() - torch.log(exponentials((n, 3), g))).argmax(-1)
    seen = torch.bincount(a, minlength=3) / n
    assert ((seen - p).abs() < 5.5 * (p * (1 - p) / n).sqrt()).all()
    wrong = (p.log() + torch.log(exponentials((n, 3), g))).argmax(-1)
    off = torch.bincount(wrong, minlength=3) / n
    assert ((off - p).abs() > 5.5 * (p * (1 - p) / n).sqrt()).any()


# Refusals. ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [SOFT, HARD, "temperature_lost"])
@pytest.mark.parametrize("tau", ["0", "-1/2"])
def test_a_temperature_is_positive(name: str, tau: str) -> None:
    with pytest.raises(OutsideDomain, match=f"a temperature is a positive number, but tau = {tau}") as caught:
        prove(Request("bernoulli", "a**2", (("tau", tau),), None, (name,)))
    assert caught.value.help == "give one, as in --at tau=1/2"


@pytest.mark.parametrize(
    ("family", "says"),
    [("normal", "normal is continuous: nothing needs to be relaxed"), ("poisson", "poisson is no choice")],
)
@pytest.mark.parametrize("name", [SOFT, HARD, "straight_through", "gumbel_max"])
def test_laws_that_are_no_choice_are_refused(name: str, family: str, says: str) -> None:
    refusal = estimator_called(name).refuses(expectation_of(family, "a**2"))
    assert refusal is not None
    assert refusal.startswith(says)


def test_a_table_is_linear_on_one_hot_vectors() -> None:
    """So straight-through is exact for it, and its hard and soft Gumbel-softmax gradients are the same."""
    names = (SOFT, HARD, "straight_through")
    found = prove(Request("categorical", "table(1, 9, 4)", (("tau", "1"),), ("p[0]",), names))
    soft, hard, through = (found.statistics[n] for n in names)
    assert any("read as the sum of g(k) y[k]" in line for line in found.requires)
    assert soft.mean == hard.mean
    assert soft.variance == hard.variance
    assert through.mean["p[0]"] == pytest.approx(found.exact["p[0]"], rel=1e-12)
    assert through.variance["p[0]"] == pytest.approx(0.0, abs=1e-15)
    assert soft.mean["p[0]"] != pytest.approx(found.exact["p[0]"], rel=1e-2)
