"""The judge, on documents built from expressions: what holds, by which rule, what is said of the whole."""

from __future__ import annotations

import pytest
from sympy import Derivative, Expr, Heaviside, Rational, Subs, exp, log, oo, pi, sqrt

from derive.errors import NoExpectation
from derive.generic import MU, SIGMA, THETA, G
from derive.terms import NOISE, SAMPLE, D, Density, E, Int, Law, Total
from derive.written.document import Document, Header
from derive.written.judging import judge
from derive.written.verdict import Judgement
from tests.derive.written.lines import NOISE_LAW, SLIDES, about, density, document, expectation, judged

a, b, t = SAMPLE, NOISE, THETA
LINE, NOISE_LINE = (a, -oo, oo), (b, -oo, oo)
SQUARE = about("normal", "mu*a**2", "mu")
mu, sigma = SQUARE.family.symbols
g, p = SQUARE.integrand, density(SQUARE)
J = SQUARE.term
PATH = MU(t) + SIGMA(t) * b
GENERIC, BASE = Density(Law("P", t), a), Law("P", 0, 1)


def statuses(judgement: Judgement) -> list[str]:
    return [v.status for v in judgement.lines]


def test_a_derivation_in_single_rules_is_proved_and_names_each() -> None:
    found = judged(
        SQUARE,
        D(J, mu),
        D(Int(p * g, LINE), mu),
        Int(D(p * g, mu), LINE),
        Int(g * D(p, mu), LINE) + Int(p * D(g, mu), LINE),
        expectation(SQUARE, g * D(log(p), mu) + a**2),
        expectation(SQUARE, g * (a - mu) / sigma**2 + a**2),
        3 * mu**2 + sigma**2,
    )
    assert found.status == "proved"
    assert [v.rules for v in found.lines] == [
        ("definition of the expectation",),
        ("interchange of derivative and integral",),
        ("product rule",),
        ("log-derivative identity",),
        ("score",),
        ("moments",),
    ]
    assert found.reaches_the_gradient
    assert found.remarks == ()
    assert found.chains[0].gradient == 3 * mu**2 + sigma**2


STEPS: dict[str, tuple[Expr, Expr, tuple[str, ...]]] = {
    "score function in one line": (
        D(J, mu),
        expectation(SQUARE, g * (a - mu) / sigma**2 + a**2),
        ("interchange of derivative and integral", "product rule", "derivative of the density"),
    ),
    "reparametrization in one line": (
        D(J, mu),
        E((mu + sigma * b) ** 2 + 2 * mu * (mu + sigma * b), NOISE_LAW, b),
        ("change of variables", "interchange of derivative and integral", "chain rule"),
    ),
    "interchange under an expectation": (
        D(E(mu * (mu + sigma * b) ** 2, NOISE_LAW, b), mu),
        E(D(mu * (mu + sigma * b) ** 2, mu), NOISE_LAW, b),
        ("interchange of derivative and integral",),
    ),
    "a baseline": (
        expectation(SQUARE, a**2 * D(log(p), mu)),
        expectation(SQUARE, (a**2 - 3) * D(log(p), mu)),
        ("total mass",),
    ),
    "the formula of the density": (
        p,
        exp(-((a - mu) ** 2) / (2 * sigma**2)) / sqrt(2 * pi * sigma**2),
        ("density written out",),
    ),
    "a derivative carried out": (D(mu * (mu**2 + sigma**2), mu), 3 * mu**2 + sigma**2, ("differentiate",)),
    "the ratio of the log-derivative": (D(log(p), mu), D(p, mu) / p, ("log-derivative identity",)),
    "algebra": ((mu + sigma) ** 2, mu**2 + 2 * mu * sigma + sigma**2, ("algebra",)),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_explained(name: str) -> None:
    left, right, rules = STEPS[name]
    (line,) = judged(SQUARE, left, right).lines
    assert (line.status, line.rules) == ("proved", rules)
    assert len(line.missing) == len(rules) - 1


@pytest.mark.parametrize("name", [n for n in STEPS if n != "algebra"])
def test_the_same_step_twice_as_large_is_refuted(name: str) -> None:
    left, right, _ = STEPS[name]
    (line,) = judged(SQUARE, left, 2 * right).lines
    assert line.status == "refuted"
    assert line.diagnosis is not None
    assert line.diagnosis.witness != ()


def test_the_missing_lines_lead_from_one_side_to_the_other() -> None:
    left, right, _ = STEPS["score function in one line"]
    (line,) = judged(SQUARE, left, right).lines
    chain = judged(SQUARE, left, *(m.after for m in line.missing), right)
    assert statuses(chain) == ["proved"] * 3
    assert all(len(v.rules) == 1 for v in chain.lines)


def test_the_slides_lines_hold_as_they_are_written() -> None:
    split = Total(G(a, t) * D(GENERIC, t), LINE) + Total(GENERIC * D(G(a, t), t), LINE)
    scaled = Density(BASE, (a - MU(t)) / SIGMA(t)) / SIGMA(t)
    on_noise = E(G(PATH, t), BASE, b)
    for left, right in (
        (SLIDES.term, Total(GENERIC * G(a, t), LINE)),
        (D(SLIDES.term, t), split),
        (GENERIC, scaled),
        (SLIDES.term, Int(Density(BASE, b) * G(PATH, t), NOISE_LINE)),
        (D(on_noise, t), E(D(G(PATH, t), t), BASE, b)),
    ):
        (line,) = judged(SLIDES, left, right).lines
        assert line.status == "proved-if", f"{left} = {right}: {line.status}, {line.evidence}"


def test_the_slides_truncated_line_is_refuted_for_a_concrete_law() -> None:
    (line,) = judged(SLIDES, D(SLIDES.term, t), Total(G(a, t) * D(GENERIC, t), LINE)).lines
    assert line.status == "refuted"
    assert line.diagnosis is not None
    assert line.diagnosis.mistake == "dropped_explicit_term"
    assert "seen for P = " in line.diagnosis.says


def test_the_total_derivative_of_the_slides_has_two_parts() -> None:
    speed = Subs(Derivative(G(a, t), a), a, PATH) * PATH.diff(t)
    whole = E(speed + Subs(Derivative(G(a, t), t), a, PATH), BASE, b)
    left = E(D(G(PATH, t), t), BASE, b)
    assert statuses(judged(SLIDES, left, whole)) == ["proved-if"]
    assert statuses(judged(SLIDES, left, E(speed, BASE, b))) == ["refuted"]


def test_later_lines_are_right_given_an_earlier_mistake() -> None:
    found = judged(SQUARE, D(J, mu), expectation(SQUARE, g * D(log(p), mu)), 2 * mu**2)
    assert statuses(found) == ["refuted", "proved"]
    assert found.first_wrong is found.lines[0]
    assert found.lines[1].remarks == ("right, given the mistake in line 1",)
    assert not found.reaches_the_gradient


def test_a_right_result_after_a_wrong_line_does_not_follow() -> None:
    found = judged(SQUARE, D(J, mu), 2 * mu**2, 3 * mu**2 + sigma**2)
    assert statuses(found) == ["refuted", "refuted"]
    assert found.lines[1].remarks == ("this is the right result, but it does not follow: line 1 is wrong",)


def test_repeated_and_circular_lines_are_noticed() -> None:
    unfolded = D(Int(p * g, LINE), mu)
    found = judged(SQUARE, D(J, mu), D(J, mu), unfolded, D(J, mu))
    assert found.lines[0].remarks == ("this line repeats the line before",)
    assert any("circle" in r or "began" in r for r in found.lines[2].remarks)


def test_a_derivation_that_stops_early_is_told_so() -> None:
    found = judged(SQUARE, D(J, mu), D(Int(p * g, LINE), mu))
    assert statuses(found) == ["proved"]
    assert not found.reaches_the_gradient
    assert "still has a derivative of an integral" in found.remarks[0]


def test_a_derivation_of_something_else_is_told_so() -> None:
    found = judged(SQUARE, expectation(SQUARE, a**2), mu**2 + sigma**2)
    assert statuses(found) == ["proved"]
    assert "no line begins with the gradient asked for" in found.remarks[0]


def test_a_moving_end_fails_the_interchange_and_leibniz_mends_it() -> None:
    uniform = about("uniform", "a**2", "high")
    low, high = uniform.family.symbols
    q = density(uniform)
    (line,) = judged(uniform, D(uniform.term, high), Int(a**2 * D(q, high), (a, low, high))).lines
    assert line.status == "refuted"
    assert line.diagnosis is not None
    assert line.diagnosis.mistake == "moving_support"
    assert "the end high moves" in line.diagnosis.says
    assert statuses(judged(uniform, D(uniform.term, high), line.diagnosis.mended)) == ["proved"]


def test_a_jump_that_moves_is_said() -> None:
    step = about("normal", "Heaviside(a - 1)", "mu")
    on_path = Heaviside(mu + sigma * b - 1)
    found = judged(step, D(E(on_path, NOISE_LAW, b), mu), E(D(on_path, mu), NOISE_LAW, b))
    assert found.lines[0].diagnosis is not None
    assert found.lines[0].diagnosis.mistake == "moving_jump"
    assert "it jumps by 1 at b = (1 - mu)/sigma" in found.lines[0].diagnosis.says


def test_conditions_that_nobody_stated_are_needed_and_stated_ones_are_not() -> None:
    left, right = D(Int(GENERIC * G(a, t), LINE), t), Int(D(GENERIC * G(a, t), t), LINE)
    (bare,) = judged(SLIDES, left, right).lines
    assert any("dominated" in need for need in bare.needs)
    (stated,) = judged(SLIDES, left, right, assumptions=("interchange",)).lines
    assert stated.needs == ()


def test_an_assumption_that_no_line_takes_is_unused() -> None:
    found = judged(SQUARE, D(J, mu), D(Int(p * g, LINE), mu), assumptions=("g is continuous", "sigma > 0"))
    assert found.unused == ("g is continuous",)


def test_an_integral_that_diverges_is_refuted_though_no_quadrature_has_a_value() -> None:
    (line,) = judged(SQUARE, Int(g * D(p, mu), LINE), Int(g * D(log(p), mu), LINE)).lines
    assert (line.status, line.diagnosis and line.diagnosis.mistake) == ("refuted", "derivative_of_log")
    assert "diverges" in line.evidence


def test_a_sum_over_a_lattice_is_judged_term_by_term() -> None:
    counts = about("poisson", "a**2", "rate")
    (rate,) = counts.family.symbols
    right = expectation(counts, a**2 * (a / rate - 1))
    found = judged(counts, D(counts.term, rate), right, 1 + 2 * rate)
    assert statuses(found) == ["proved", "proved"]
    assert statuses(judged(counts, D(counts.term, rate), right, 1 + rate)) == ["proved", "refuted"]


def test_a_finite_sum_may_be_written_out() -> None:
    coin = about("bernoulli", "(a - 1/4)**2", "p")
    (q,) = coin.family.symbols
    ends = q * Rational(9, 16) + (1 - q) * Rational(1, 16)
    assert statuses(judged(coin, D(coin.term, q), D(ends, q), Rational(1, 2))) == ["proved", "proved"]
    assert statuses(judged(coin, D(coin.term, q), D(ends + q, q))) == ["refuted"]


def test_a_document_without_lines_has_nothing_to_judge() -> None:
    found = judge(Document("empty.md", Header(), None, ()))
    assert found.chains == ()
    assert found.status == "undecided"
    assert "no line to judge" in found.remarks[0]


def test_an_expectation_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(NoExpectation, match="does not exist"):
        about("cauchy", "a")


def test_the_same_document_is_judged_the_same_twice() -> None:
    terms = (D(J, mu), expectation(SQUARE, g * D(log(p), mu)), 2 * mu**2)
    assert judge(document(SQUARE, *terms)) == judge(document(SQUARE, *terms))


def test_progress_is_told_before_each_line() -> None:
    told: list[tuple[int, int, str]] = []
    judge(document(SQUARE, D(J, mu), D(J, mu), 3 * mu**2 + sigma**2), lambda *words: told.append(words))
    assert told == [(0, 2, "line 1, line 10, column 3"), (1, 2, "line 2, line 11, column 3")]


NOTES: dict[str, tuple[str | None, bool]] = {
    "right": ("interchange", False),
    "another word for it": ("by Leibniz", False),
    "wrong": ("product rule", True),
    "no rule": ("obviously", False),
    "prose": ("now use the product rule as in the lecture of last week", False),
    "nothing": (None, False),
}


@pytest.mark.parametrize("name", NOTES)
def test_a_rule_that_is_named_wrongly_is_noticed(name: str) -> None:
    note, noticed = NOTES[name]
    lines = document(SQUARE, D(Int(p * g, LINE), mu), Int(D(p * g, mu), LINE), notes=(note,))
    (verdict,) = judge(lines).lines
    assert verdict.status == "proved"
    assert any("noted as" in remark for remark in verdict.remarks) == noticed
