"""The table of mistakes: names shared with code, and each recognised from the edit that undoes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sympy import Derivative, Expr, Subs, exp, log, oo, pi, sqrt

from derive.generic import MU, SIGMA, THETA, G
from derive.terms import NOISE, SAMPLE, D, Density, E, Int, Law
from derive.written.mistakes import MISTAKES
from derive.written.verdict import Diagnosis
from tests.derive.written.lines import NOISE_LAW, SLIDES, about, judged

ROOT = Path(__file__).parents[3]
a, b, t = SAMPLE, NOISE, THETA
SQUARE = about("normal", "mu*a**2", "mu")
mu, sigma = SQUARE.family.symbols
LAW, g, J = SQUARE.family.law, SQUARE.integrand, SQUARE.term
p, q = Density(LAW, a), Density(NOISE_LAW, b)
LINE, NOISE_LINE = (a, -oo, oo), (b, -oo, oo)
PATH = mu + sigma * b
SPREAD = about("normal", "a**2", "sigma")
BASE, STEP = Law("P", 0, 1), MU(t) + SIGMA(t) * b
SPEED = Subs(Derivative(G(a, t), a), a, STEP)
PARTIAL = Subs(Derivative(G(a, t), t), a, STEP)

WRONG: dict[str, tuple[Expr, Expr]] = {
    "dropped_explicit_term": (D(J, mu), Int(g * D(p, mu), LINE)),
    "dropped_distributional_term": (D(J, mu), E(D(g, mu), LAW, a)),
    "sign_of_explicit_term": (D(J, mu), Int(g * D(p, mu), LINE) - Int(p * D(g, mu), LINE)),
    "sign_of_score": (D(J, mu), -Int(g * D(p, mu), LINE) + Int(p * D(g, mu), LINE)),
    "negated": (E(g, LAW, a), -E(g, LAW, a)),
    "half_gradient": (D(J, mu), E(g * D(log(p), mu) + a**2, LAW, a) / 2),
    "doubled": (D(J, mu), 2 * E(g * D(log(p), mu) + a**2, LAW, a)),
    "score_twice": (D(J, mu), Int(2 * g * D(p, mu), LINE) + Int(p * a**2, LINE)),
    "explicit_term_twice": (D(J, mu), Int(g * D(p, mu), LINE) + 2 * Int(p * D(g, mu), LINE)),
    "product_of_derivatives": (Int(D(p * g, mu), LINE), Int(D(p, mu) * D(g, mu), LINE)),
    "product_of_expectations": (E(a**2 * (a - mu), LAW, a), E(a**2, LAW, a) * E(a - mu, LAW, a)),
    "density_for_log_density": (Int(g * D(p, mu), LINE), E(g * D(p, mu), LAW, a)),
    "derivative_of_log": (D(p, mu), D(log(p), mu)),
    "log_density_undifferentiated": (Int(g * D(p, mu), LINE), E(g * log(p), LAW, a)),
    "lost_precision": (E(g * D(log(p), mu), LAW, a), E(g * (a - mu), LAW, a)),
    "score_of_location_lacks_scale": (D(log(p), mu), (a - mu) / sigma),
    "cost_of_the_mean": (E(g, LAW, a), mu * E(a, LAW, a) ** 2),
    "missing_jacobian": (p, exp(-((a - mu) ** 2) / (2 * sigma**2)) / sqrt(2 * pi)),
    "exponent_without_half": (p, exp(-((a - mu) ** 2) / sigma**2) / sqrt(2 * pi) / sigma),
    "constant_of_the_normal_density": (E(g, LAW, a), E(g, LAW, a) / sqrt(2 * pi)),
    "missing_normaliser": (p, exp(-((a - mu) ** 2) / (2 * sigma**2)) / sigma),
    "log_base_two": (E(g * D(log(p), mu), LAW, a), E(g * D(log(p), mu), LAW, a) / log(2)),
    "substitution_without_jacobian": (E(g, LAW, a), Int(mu * PATH**2 * q / sigma, NOISE_LINE)),
    "squared_scale": (E(g, LAW, a), E(mu * (mu + sigma**2 * b) ** 2, NOISE_LAW, b)),
    "explicit_detached_on_path": (D(E(mu * PATH**2, NOISE_LAW, b), mu), E(2 * mu * PATH, NOISE_LAW, b)),
    "detached_location": (D(E(mu * PATH**2, NOISE_LAW, b), mu), E(PATH**2, NOISE_LAW, b)),
    "expectation_under_another_law": (E(g, LAW, a), E(mu * (mu + sigma * a) ** 2, LAW, a)),
    "wrong_limits": (E(g, LAW, a), Int(g * p, (a, 0, oo))),
    "other_parameter": (Int(g * D(p, mu), LINE), E(g * D(log(p), sigma), LAW, a)),
    "number": (D(mu * (mu**2 + sigma**2), mu), 2 * mu**2 + sigma**2),
    "superfluous_term": (D(mu**2 + sigma**2, mu), 2 * mu + 2 * sigma),
    "sign": (D(sigma / mu, mu), sigma / mu**2),
}
ON_SPREAD = {
    "missing_noise_factor": (D(E(PATH**2, NOISE_LAW, b), sigma), E(2 * PATH, NOISE_LAW, b)),
    "variance_for_scale_in_score": (p, exp(-((a - mu) ** 2) / (2 * sigma)) / sqrt(2 * pi * sigma)),
}
ON_SLIDES = {
    "detached_scale": (D(E(G(STEP, t), BASE, b), t), E(SPEED * MU(t).diff(t) + PARTIAL, BASE, b)),
    "explicit_detached_on_path": (D(E(G(STEP, t), BASE, b), t), E(SPEED * STEP.diff(t), BASE, b)),
    "missing_jacobian": (Density(Law("P", t), a), Density(BASE, (a - MU(t)) / SIGMA(t))),
}


def diagnosis(subject: object, left: Expr, right: Expr) -> Diagnosis:
    (line,) = judged(subject, left, right).lines  # type: ignore[arg-type]
    assert line.status == "refuted"
    assert line.diagnosis is not None
    return line.diagnosis


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_named_and_mended(name: str) -> None:
    left, right = WRONG[name]
    found = diagnosis(SQUARE, left, right)
    assert found.mistake == name
    assert found.mended is not None
    (mended,) = judged(SQUARE, left, found.mended).lines
    assert mended.status in ("proved", "evidence")


@pytest.mark.parametrize("name", ON_SPREAD)
def test_a_mistake_about_the_scale_is_named(name: str) -> None:
    assert diagnosis(SPREAD, *ON_SPREAD[name]).mistake == name


@pytest.mark.parametrize("name", ON_SLIDES)
def test_a_mistake_in_the_slides_is_named(name: str) -> None:
    assert diagnosis(SLIDES, *ON_SLIDES[name]).mistake == name


def test_the_difference_and_the_fault_are_shown() -> None:
    found = diagnosis(SQUARE, D(mu * (mu**2 + sigma**2), mu), 3 * mu**2 + 2 * sigma**2)
    assert found.difference == sigma**2
    assert found.blamed == 2 * sigma**2
    assert found.values == ("4", "5")
    assert found.witness == (("mu", "1"), ("sigma", "1"))


def test_two_mistakes_at_once_are_refuted_and_nothing_is_made_up() -> None:
    found = diagnosis(SQUARE, D(J, mu), exp(mu) + sigma**7 * log(sigma) - 5)
    assert found.mistake is None
    assert found.mended is None
    assert "no single change" in found.says
    assert found.witness != ()


def test_a_right_line_has_no_diagnosis() -> None:
    (line,) = judged(SQUARE, D(J, mu), 3 * mu**2 + sigma**2).lines
    assert line.diagnosis is None


def test_mistakes_that_code_makes_too_have_the_same_name_there() -> None:
    known = {path.stem for path in (ROOT / "checks" / "mistakes").glob("[!_]*.py")}
    assert {m.name for m in MISTAKES if m.code} <= known
    assert not {m.name for m in MISTAKES if not m.code} & known


def test_every_mistake_says_something_that_completes_a_sentence() -> None:
    assert all(m.says and not m.says[0].isupper() and not m.says.endswith(".") for m in MISTAKES)
