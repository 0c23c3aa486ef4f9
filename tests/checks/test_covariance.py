"""Covariances on common noise: against formulas, mpmath, enumeration, and Torch code on one draw."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import pytest
import torch
from click.testing import CliRunner

from checks.comparison.commands import compare as command
from checks.comparison.rows import Question, compare
from checks.comparison.text import text
from checks.covariance import on_common_noise
from checks.estimators import ESTIMATORS
from checks.evidence.exact import examine
from checks.problem import Problem
from checks.prove import Request, prove
from derive.cache import Cache
from derive.proof import Proof
from tests.checks.proofs import expectation_of

Point = tuple[tuple[str, str], ...]


@cache
def proved(family: str, integrand: str, at: Point, wrt: str, *names: str) -> Proof:
    return prove(Request(family, integrand, at, (wrt,), names, covariance=True))


def said(family: str, integrand: str, wrt: str, *names: str, at: Point = ()) -> dict[str, Any]:
    (found,) = proved(family, integrand, at, wrt, *names).covariances
    return found


@pytest.mark.parametrize(("mu", "sigma"), [("7/10", "13/10"), ("-2", "1/3")])
def test_score_function_and_pathwise_of_a_square(mu: str, sigma: str) -> None:
    """E[a**3 b/sigma] = 3 (mu**2 + sigma**2), so by mu 6 (mu**2 + sigma**2) - 4 mu**2."""
    m, s = Fraction(mu), Fraction(sigma)
    found = said("normal", "a**2", "mu", "score_function", "pathwise", at=(("mu", mu), ("sigma", sigma)))
    assert found["covariance"] == pytest.approx(float(6 * (m**2 + s**2) - 4 * m**2), rel=1e-13)
    assert (found["common"], found["source"]) == (True, "closed form")


def test_a_variance_is_the_covariance_with_oneself() -> None:
    """The baseline 0 makes a constant baseline the score function itself."""
    names = ("score_function", "constant_baseline")
    proof = proved("gamma", "a", (("c", "0"),), "rate", *names)
    (found,) = proof.covariances
    variance = proof.statistics["score_function"].variance["rate"]
    assert found["covariance"] == pytest.approx(variance, rel=1e-13)


def test_without_a_closed_form_it_is_quadrature() -> None:
    """sigmoid(a) under normal(7/10, 13/10) by mu, at 20 digits by mpmath."""
    m, s = mpmath.mpf(7) / 10, mpmath.mpf(13) / 10

    def mean(body: Any) -> mpmath.mpf:
        return mpmath.quad(lambda b: mpmath.npdf(b) * body(b, 1 / (1 + mpmath.exp(-m - s * b))), [-12, 0, 12])

    product = mean(lambda b, g: g * b / s * g * (1 - g))
    wanted = product - mean(lambda b, g: g * b / s) * mean(lambda b, g: g * (1 - g))
    found = said("normal", "sigmoid(a)", "mu", "score_function", "pathwise")
    assert found["covariance"] == pytest.approx(float(wanted), rel=1e-9)


def test_of_a_choice_it_is_a_sum() -> None:
    """The score function beside that with the baseline 1/3, of p = (3/10, 1/10, 3/5) by p[0]."""
    p, g = [Fraction(3, 10), Fraction(1, 10), Fraction(3, 5)], [1, 9, 4]
    score = [1 / p[0] - 1, Fraction(-1), Fraction(-1)]
    x = [g[k] * score[k] for k in range(3)]
    y = [(g[k] - Fraction(1, 3)) * score[k] for k in range(3)]
    mean = [sum(p[k] * v[k] for k in range(3)) for v in (x, y)]
    wanted = sum(p[k] * x[k] * y[k] for k in range(3)) - mean[0] * mean[1]
    found = said("categorical", "table(1, 9, 4)", "p[0]", "score_function", "constant_baseline")
    assert found["covariance"] == pytest.approx(float(wanted), rel=1e-13)


def test_a_coin_is_read_as_thrown_by_the_number_that_throws_the_twins() -> None:
    """DisARM is the mean of ARM given the coins, so their covariance is DisARM's variance."""
    proof = proved("bernoulli", "exp(a)", (), "p", "score_function", "arm", "disarm")
    found = {(c["one"], c["other"]): c for c in proof.covariances}
    assert all(c["common"] for c in found.values())
    variance = proof.statistics["disarm"].variance["p"]
    assert found["arm", "disarm"]["covariance"] == pytest.approx(variance, rel=1e-12)
    # The score function at the coin b = 1{u > 1 - p}: by hand on the three intervals of u.
    p, e = Fraction(2, 7), mpmath.e
    slope = float(1 / (p * (1 - p)))
    twins = {(0, 1): (Fraction(0), p), (0, 0): (p, 1 - p), (1, 0): (1 - p, Fraction(1))}
    product = mpmath.mpf(0)
    for (b, twin), (low, high) in twins.items():
        score = 1 / p if b else -1 / (1 - p)
        gap = e**b - e**twin
        area = (high**2 - low**2) / 2 - (high - low) / 2  # of u - 1/2
        product += float(score) * e**b * gap * float(area) * slope
    wanted = product - (e - 1) ** 2
    assert found["score_function", "arm"]["covariance"] == pytest.approx(float(wanted), rel=1e-12)


def test_a_call_of_several_samples_begins_with_the_single_one() -> None:
    """Leave-one-out of two: ((g0 - g1) s0 + (g1 - g0) s1)/2 beside g0 s0, by enumeration."""
    p, g = Fraction(2, 7), [Fraction(1), Fraction(4)]
    mass, score = [1 - p, p], [-1 / (1 - p), 1 / p]
    product = sum(
        mass[i] * mass[j] * (g[i] - g[j]) * (score[i] - score[j]) / 2 * g[i] * score[i]
        for i in (0, 1)
        for j in (0, 1)
    )
    found = said("bernoulli", "1 + 3*a", "p", "score_function", "leave_one_out")
    assert found["covariance"] == pytest.approx(float(product - 9), rel=1e-13)


def test_torch_code_on_one_draw_has_it() -> None:
    """Var(X + Y) - Var(X) - Var(Y) = 2 Cov(X, Y), of code that makes both of the same noise, replayed."""
    proof = proved("normal", "mu*a**2 + cos(a)", (), "sigma", "score_function", "pathwise")
    problem = Problem(proof)

    def both(n: int, generator: torch.Generator) -> torch.Tensor:
        theta, b = problem.leaves(n), problem.draw_noise(n, generator)
        moved = problem.gradients(problem.f(problem.transport(b, theta), theta), theta)
        a = problem.transport(b).detach()
        cost = problem.f(a, theta)
        scored = problem.gradients(cost.detach() * problem.log_density(a, theta) + cost, theta)
        return torch.cat([moved, scored, moved + scored], dim=-1)

    one, other, total = examine(both, 3).moments.variance
    (found,) = proof.covariances
    assert found["covariance"] == pytest.approx((total - one - other) / 2, rel=1e-8)


def test_what_shares_no_draw_is_uncorrelated() -> None:
    found = said("exponential", "a**2", "rate", "measure_valued", "importance_weighted")
    assert (found["covariance"], found["common"], found["source"]) == (0.0, False, "independent draws")


def test_an_infinite_variance_has_no_covariance() -> None:
    at = (("widening", "1/2"),)
    found = said("normal", "a**2", "mu", "score_function", "importance_weighted", at=at)
    assert found["covariance"] is None
    assert "infinite" in found["source"]


def test_a_name_that_another_law_has_is_not_the_same_draw() -> None:
    """Partial enumeration draws ``a`` from the rest, the score function from the whole law."""
    made = expectation_of("poisson", "a**2", None, {"top": "2"})
    one, other = (ESTIMATORS[n].statistic(made) for n in ("score_function", "partial_enumeration"))
    left, right = on_common_noise(one, other, made)
    names = [{v for d in made_of.draws for v in d.variables} for made_of in (left, right)]
    assert names[0].isdisjoint(names[1])
    assert right.without == other.without
    found = said("poisson", "a**2", "rate", "score_function", "partial_enumeration")
    assert (found["covariance"], found["common"]) == (0.0, False)


def test_correlations_lie_between_minus_one_and_one() -> None:
    names = ("score_function", "mean_baseline", "pathwise", "leave_one_out", "optimal_baseline")
    question = Question("normal", "a**3 + a", names, over="mu=0,1", covariance=True)
    found = compare(question, Cache(None), workers=0)
    assert found.covariances is not None
    known = [pair.correlation for pair in found.covariances if pair.common]
    assert len(known) >= 2 * 2 * 6
    assert all(c is not None and -1 - 1e-12 <= c <= 1 + 1e-12 for c in known)
    shown = text(found)
    assert "covariance (correlation), by mu" in shown
    assert "pathwise and score function" in shown
    assert "pairs share no draws: their covariance is zero" in shown


def test_nothing_is_said_that_was_not_asked_for() -> None:
    found = compare(Question("normal", "a", ("pathwise",), over="mu=0"), Cache(None), workers=0)
    assert "covariances" not in found.to_json()
    assert "covariance" not in text(found)


def test_the_command_gives_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADPROOF_CACHE", str(tmp_path))
    asked = ["--integrand", "a**2", "--over", "mu=1", "--wrt", "mu"]
    asked += ["--estimators", "pathwise,score_function"]
    for _ in range(2):  # derived, then kept
        ran = CliRunner().invoke(
            command, [*asked, "--covariance", "--json", "--workers", "0"], standalone_mode=False
        )
        assert ran.exit_code == 0, ran.output
        (pair,) = json.loads(ran.stdout)["covariances"]
        assert pair["covariance"] == pytest.approx(6 * (1 + 1.69) - 4, rel=1e-13)
        assert {pair["one"], pair["other"]} == {"pathwise", "score_function"}
        assert 0 < pair["correlation"] < 1
