"""RELAX: exact moments against one-dimensional quadratures made without gradproof, for any control."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import mpmath
import numpy as np
import pytest
import sympy
import torch

from checks.draws import uniforms
from checks.estimators import ESTIMATORS
from checks.mistakes import MISTAKES, estimator_called
from checks.problem import Problem
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from derive.errors import OutsideDomain
from derive.proof import Proof
from tests.checks.proofs import expectation_of
from tests.checks.relaxed_coin import Coin

NAME, TWIN = "relax", "conditional_sample_reused"
Point = tuple[tuple[str, str], ...]


@cache
def proved(family: str, integrand: str, at: Point, *names: str) -> Proof:
    return prove(Request(family, integrand, at, ("p",) if family == "bernoulli" else ("logits",), names))


def number(text: str) -> mpmath.mpf:
    value = Fraction(text)
    return mpmath.mpf(value.numerator) / value.denominator


# p, t, eta, tau, r0, r1.
COINS = [
    ("2/7", "9/20", "1", "1/2", "1/10", "1/5"),
    ("4/5", "499/1000", "1", "1", "-1/4", "1/3"),
    ("2/7", "-1", "2/3", "1/2", "2", "-1/2"),
    ("4/5", "-1", "-1/2", "2", "0", "3/2"),
]


@pytest.mark.parametrize("row", COINS, ids=["-".join(row) for row in COINS])
def test_any_control_variate_leaves_the_mean_and_has_the_variance_of_another_quadrature(
    row: tuple[str, ...],
) -> None:
    at = tuple(zip(("p", "t", "eta", "tau", "r0", "r1"), row, strict=True))
    found = proved("bernoulli", "(a - t)**2", at, NAME, TWIN).statistics
    coin = Coin(*map(number, row))
    slope, truth = float(coin.p * (1 - coin.p)), float(1 - 2 * coin.t)
    assert found[NAME].mean["p"] == pytest.approx(truth, rel=1e-9, abs=1e-9)
    assert found[NAME].variance["p"] == pytest.approx(float(coin.variance()) / slope**2, rel=1e-8)
    # The twin loses E[c(z) d log p(b)].
    lost = float(coin.lost()) / slope
    assert abs(lost) > 1e-3
    assert found[TWIN].mean["p"] == pytest.approx(truth - lost, rel=1e-8, abs=1e-9)


def test_without_its_network_it_is_rebar() -> None:
    at = (("t", "9/20"), ("tau", "1"), ("eta", "2/3"), ("r0", "0"), ("r1", "0"))
    found = proved("bernoulli", "(a - t)**2", at, NAME, "rebar").statistics
    assert found[NAME].variance["p"] == pytest.approx(found["rebar"].variance["p"], rel=1e-9)
    assert found[NAME].mean["p"] == pytest.approx(found["rebar"].mean["p"], rel=1e-9)


def test_the_best_control_variate_is_the_best_constant_and_leaves_no_variance() -> None:
    """``c = q g(1) + p g(0)``, the optimal baseline of a coin."""
    p, t = Fraction(2, 7), Fraction(9, 20)
    best = (1 - p) * (1 - t) ** 2 + p * t**2
    at = (("t", "9/20"), ("eta", "0"), ("r1", "0"), ("r0", str(best)))
    found = proved("bernoulli", "(a - t)**2", at, NAME, "optimal_baseline").statistics
    assert found["optimal_baseline"].constants["p"] == pytest.approx(float(best), rel=1e-14)
    assert found[NAME].variance["p"] is None or abs(found[NAME].variance["p"]) < 1e-14
    # An r1 beside it adds to the variance: a linear control variate never helps a single coin.
    more = proved("bernoulli", "(a - t)**2", (*at[:2], ("r1", "1/10"), at[3]), NAME).statistics[NAME]
    assert more.variance["p"] is not None
    assert more.variance["p"] > 1e-3


# Code and statistic. ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("logits", ["-4/7", "7/5"])
@pytest.mark.parametrize("integrand", ["(a - 9/20)**2*(1 + logits)", "exp(logits*a)"])
@pytest.mark.parametrize(("name", "outcome"), [(NAME, "agrees"), (TWIN, "refuted")], ids=[NAME, TWIN])
def test_the_code_has_the_exact_moments_of_its_statistic(
    name: str, outcome: str, integrand: str, logits: str
) -> None:
    spec = CheckSpec("control-variates", "bernoulli_logits", integrand, name, (("logits", logits),))
    proof = proved(spec.family, integrand, spec.at, name)
    verdict = run_check(spec, proof, Options(evidence="exact")).verdict
    assert (verdict.outcome, verdict.evidence, verdict.as_stated) == (outcome, "exact", True), verdict.reason
    said, seen = proof.statistics[name].variance["logits"], verdict.variance_estimate["logits"]
    assert seen == pytest.approx(said, rel=1e-7)  # quadrature on both sides


N = 6


@pytest.mark.parametrize("integrand", ["(a - 9/20)**2*(1 + p)", "table(1, 9)"])
@pytest.mark.parametrize("name", [NAME, TWIN])
def test_code_and_statistic_are_one_function_of_the_noise(name: str, integrand: str) -> None:
    at = {"tau": "1/2", "eta": "2/3", "r0": "1/7", "r1": "-3/5"}
    problem = Problem(prove(Request("bernoulli", integrand, tuple(at.items()), None, ())))
    rows = estimator_called(name).estimate(problem, N, torch.Generator().manual_seed(3))
    made = expectation_of("bernoulli", integrand, None, at)
    drawn = estimator_called(name).statistic(made)
    g = torch.Generator().manual_seed(3)
    noise = [problem.sample(N, g), *(uniforms((N,), g) for _ in drawn.more)]
    symbols = [v for d in drawn.draws for v in d.variables]
    compute = sympy.lambdify(symbols, drawn.values[0].xreplace(made.point), "mpmath")
    wanted = [float(compute(*map(mpmath.mpf, row))) for row in torch.stack(noise, dim=-1).tolist()]
    np.testing.assert_allclose(rows[:, 0].numpy(), wanted, rtol=1e-9, atol=1e-12)


# Refusals. -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["normal", "poisson"])
def test_only_a_single_coin_is_the_sign_of_a_logistic_variable(family: str) -> None:
    says = f"{family} is not the law of a single coin, the sign of a logistic variable"
    assert ESTIMATORS[NAME].refuses(expectation_of(family, "a**2")) == says
    assert MISTAKES[TWIN].refuses(expectation_of(family, "a**2")) == says


def test_a_temperature_is_positive() -> None:
    with pytest.raises(OutsideDomain, match="a temperature is a positive number, but tau = -1/2"):
        prove(Request("bernoulli", "a**2", (("tau", "-1/2"),), None, (NAME,)))
