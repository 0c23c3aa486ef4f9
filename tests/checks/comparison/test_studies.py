"""REBAR's toy problem: every variance against closed forms and quadratures made without gradproof."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest
from click.testing import CliRunner

from checks.comparison import studies
from checks.comparison.commands import compare as command
from checks.comparison.studies import STUDIES, Result, best_rebar, run
from checks.comparison.study_text import study_picture, study_text
from checks.prove import Request, prove
from checks.site import toy
from checks.suites import SUITES
from derive.cache import Cache
from derive.errors import UnknownName
from tests.checks.relaxed_coin import Coin

SMALL = replace(STUDIES["rebar"], targets=("499/1000",), over="-1,2", temperatures=("1",))


@pytest.fixture(scope="module")
def result() -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STUDIES, "rebar", SMALL)
        return run("rebar", Cache(None), workers=0)


def number(text: str) -> mpmath.mpf:
    value = Fraction(text)
    return mpmath.mpf(value.numerator) / value.denominator


def soft(p: mpmath.mpf, t: mpmath.mpf, tau: mpmath.mpf, hard: bool) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Mean and variance of Gumbel-softmax, or of its straight-through form, by the log-odds."""

    def value(u: mpmath.mpf) -> mpmath.mpf:
        z = mpmath.log(p / (1 - p)) + mpmath.log(u / (1 - u))
        y = 1 / (1 + mpmath.exp(-z / tau))
        return 2 * ((int(z > 0) if hard else y) - t) * y * (1 - y) / tau

    first, second = (mpmath.quad(lambda u, k=k: value(u) ** k, [0, (1 - p) / 2, 1 - p, 1]) for k in (1, 2))
    return first, second - first**2


Variance = Callable[[mpmath.mpf, mpmath.mpf], mpmath.mpf]
HALF = mpmath.mpf(1) / 2


def relaxed(eta: str, tau: mpmath.mpf, r0: str = "0", r1: str = "0") -> Variance:
    return lambda p, t: Coin(p, t, number(eta), tau, number(r0), number(r1)).variance()


# By the log-odds, with delta = g(1) - g(0) = 1 - 2 t: closed forms known from the papers.
CLOSED: dict[str, Variance] = {
    "score_function": lambda p, t: p * (1 - p) * ((1 - p) * (1 - t) ** 2 + p * t**2) ** 2,
    "mean_baseline": lambda p, t: p * (1 - p) * (1 - 2 * t) ** 2 * (1 - 2 * p) ** 2,
    "leave_one_out": lambda p, t: p * (1 - p) * (1 - 2 * t) ** 2 * (HALF - p * (1 - p)),
    "optimal_baseline": lambda p, t: mpmath.mpf(0),
    "arm": lambda p, t: (1 - 2 * t) ** 2 * (2 * (HALF**3 - abs(p - HALF) ** 3) / 3 - (p * (1 - p)) ** 2),
    "disarm": lambda p, t: (1 - 2 * t) ** 2 * (max(p, 1 - p) ** 2 * min(p, 1 - p) / 2 - (p * (1 - p)) ** 2),
    # At 0 it shows p delta: with probability 1 - p.
    "smoothed_perturbation": lambda p, t: p**3 * (1 - p) * (1 - 2 * t) ** 2,
    "gumbel_softmax": lambda p, t: soft(p, t, HALF, hard=False)[1],
    "straight_through_gumbel_softmax": lambda p, t: soft(p, t, HALF, hard=True)[1],
    "rebar": relaxed("1", HALF),
    "relax": relaxed("1", HALF, "1/10", "1/5"),
}


def test_every_variance_over_the_log_odds_is_the_known_one(result: Result) -> None:
    assert set(CLOSED) == set(SMALL.estimators)
    for target, found in zip(SMALL.targets, result.over_parameter, strict=True):
        assert len(found.rows) == 2 * len(CLOSED)
        for row in found.rows:
            p, t = 1 / (1 + mpmath.exp(-number(row.value))), number(target)
            wanted = float(CLOSED[row.estimator](p, t))
            # An optimal baseline leaves nothing; its square is rounded.
            assert row.variance == pytest.approx(wanted, rel=1e-8, abs=1e-30), (target, row.estimator)
            assert row.exact == pytest.approx(float(p * (1 - p) * (1 - 2 * t)), rel=1e-12)


def test_biases_over_the_temperature_are_those_of_another_quadrature(result: Result) -> None:
    p = 1 / (1 + mpmath.e)
    for target, found in zip(SMALL.targets, result.over_temperature, strict=True):
        t = number(target)
        rows = {row.estimator: row for row in found.rows}
        for name, hard in (("gumbel_softmax", False), ("straight_through_gumbel_softmax", True)):
            mean, variance = soft(p, t, mpmath.mpf(1), hard)
            bias = float(mean - p * (1 - p) * (1 - 2 * t))
            assert rows[name].bias == pytest.approx(bias, rel=1e-8)
            assert rows[name].variance == pytest.approx(float(variance), rel=1e-8)
            assert abs(bias) > 0.9 * abs(rows[name].exact or 0.0)  # as large as the gradient
        assert rows["rebar"].bias == rows["relax"].bias == 0.0


def test_the_best_rebar_is_the_minimum_of_its_parabola(result: Result) -> None:
    p = 1 / (1 + mpmath.e)
    assert [(b.target, b.tau) for b in result.best] == [(t, "1") for t in SMALL.targets]
    for b in result.best:
        t = number(b.target)
        at_best = Coin(p, t, mpmath.mpf(b.eta), mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(0)).variance()
        assert b.variance == pytest.approx(float(at_best), rel=1e-8)
        assert b.variance < b.without < b.plain  # at eta = 1 it is worse than the score function here


# p, t, tau, the best eta and the variance there by the log-odds, from 40-digit quadrature.
KNOWN = [
    ("2/7", "9/20", "1", 0.055988369678758198, 0.0153058204509369728),
    ("2/7", "-1", "1", 1.2789761503393412055, 0.170073985453637119),
    ("1/2", "499/1000", "1/2", 0.0000093770548610390496659, 0.0156251249996639317),
]


@pytest.mark.parametrize(("p", "t", "tau", "eta", "variance"), KNOWN, ids=["-".join(r[:3]) for r in KNOWN])
def test_the_best_eta_is_the_known_one(p: str, t: str, tau: str, eta: float, variance: float) -> None:
    slope = float(Fraction(p) * (1 - Fraction(p)))
    found = []
    for e in ("0", "1", "2"):
        at = (("p", p), ("t", t), ("tau", tau), ("eta", e))
        seen = (
            prove(Request("bernoulli", "(a - t)**2", at, ("p",), ("rebar",)))
            .statistics["rebar"]
            .variance["p"]
        )
        assert seen is not None
        found.append(seen * slope**2)
    best = best_rebar(t, tau, *found)
    # The slope at 0 is a difference of variances: of 1e-2, where the best eta is 1e-5.
    assert best.eta == pytest.approx(eta, rel=1e-7, abs=1e-9)
    assert best.variance == pytest.approx(variance, rel=1e-9)


def test_it_is_written_out(result: Result) -> None:
    text = study_text(result)
    assert "Tucker et al. 2017" in text
    assert "t = 499/1000: over the temperature, logits = -1" in text
    assert "REBAR, logits = -1" in text
    assert "rebar from" in study_picture(result).alt
    data = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert data["schema"] == "gradproof/study@1"
    assert [b["target"] for b in data["best_rebar"]] == list(SMALL.targets)
    assert len(data["over_parameter"]) == len(data["over_temperature"]) == 1


def test_the_command_runs_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = replace(
        SMALL, targets=("9/20",), over="-1", estimators=("score_function", "arm"), relaxed=("rebar",)
    )
    monkeypatch.setitem(studies.STUDIES, "rebar", tiny)
    monkeypatch.setenv("GRADPROOF_CACHE", str(tmp_path / "cache"))
    asked = ["--study", "rebar", "--workers", "0", "--json", "--out", str(tmp_path / "s.svg")]
    ran = CliRunner().invoke(command, asked, standalone_mode=False)
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["study"] == "rebar"
    assert (tmp_path / "s.svg").read_bytes().startswith(b"<?xml")


def test_bad_requests_are_named() -> None:
    with pytest.raises(UnknownName, match="no study is called 'rebr'"):
        run("rebr", Cache(None), workers=0)
    ran = CliRunner().invoke(command, ["--study", "rebar", "--over", "tau=1"])
    assert ran.exit_code == 2
    assert "--over does not go with --study: a study asks its own questions" in ran.output


def test_its_figures_have_a_page() -> None:
    checked = {(s.family, s.integrand, s.at, s.wrt) for s in SUITES["control_variates"]}
    subject = toy.SUBJECT
    assert (subject.family, subject.integrand, subject.at, subject.wrt) in checked
    assert set(toy.ESTIMATORS) <= set(CLOSED)
