"""Comparisons: exact variances against published closed forms; ranges and estimators that cannot be read."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from checks.comparison.commands import compare as command
from checks.comparison.places import BadRange, Range, read, usual
from checks.comparison.rows import Comparison, Question, compare
from checks.comparison.text import picture, text
from derive.cache import Cache
from derive.errors import NoExpectation, NotApplicable, UnknownName

NOWHERE = Cache(None)
BOTH = ("score_function", "pathwise")


def compared(family: str, integrand: str, over: str, *estimators: str, **more: object) -> Comparison:
    question = Question(family, integrand, estimators, over=over, **more)  # type: ignore[arg-type]
    return compare(question, NOWHERE, workers=0)


def test_variances_of_the_square_are_the_known_polynomials() -> None:
    """Mohamed et al. 2020, section 3: a**2 under normal(mu, sigma) by mu, with a = mu + sigma b.

    Pathwise: Var[2 a]. Score function: E[a^4 b^2]/sigma^2 - 4 mu^2 and
    E[a^4 b^2] = mu^4 + 18 mu^2 sigma^2 + 15 sigma^4.
    """
    found = compared("normal", "a**2", "mu=-1:2:4", *BOTH, wrt=("mu",), at="sigma=3/2")
    for row in found.rows:
        mu, s2 = float(Fraction(row.value)), 2.25
        score = (mu**4 + 18 * mu**2 * s2 + 15 * s2**2) / s2 - 4 * mu**2
        known = {"pathwise": 4 * s2, "score_function": score}
        assert row.variance == pytest.approx(known[row.estimator], rel=1e-12)
        assert row.bias == 0.0
        assert row.exact == pytest.approx(2 * mu, abs=1e-15)


def test_the_place_may_be_a_constant_of_the_integrand() -> None:
    """Under normal(1, 1) by mu: the pathwise variance of cos(k a) is that of k sin(k a)."""
    found = compared("normal", "cos(k*a)", "k=1/2,3", "pathwise", wrt=("mu",), at="mu=1,sigma=1,k=7")
    for row in found.rows:
        k = float(Fraction(row.value))
        mean = k * math.exp(-(k**2) / 2) * math.sin(k)
        square = k**2 * (1 - math.exp(-2 * k**2) * math.cos(2 * k)) / 2
        assert row.variance == pytest.approx(square - mean**2, rel=1e-12)


@pytest.mark.parametrize("over", ["exp=1,2", "k=1,2"])
def test_functions_and_absent_names_are_no_places(over: str) -> None:
    with pytest.raises(UnknownName, match=f"no parameter '{over[:-4]}'"):
        compared("normal", "exp(a)", over, "pathwise")


def test_work_counts_the_samples_of_a_call() -> None:
    found = compared("normal", "a**2", "mu=1/2", "leave_one_out", "score_function", wrt=("mu",))
    calls = {row.estimator: (row.call, row.work, row.variance) for row in found.rows}
    assert calls["leave_one_out"][0] == 2
    assert calls["leave_one_out"][1] == pytest.approx(2 * calls["leave_one_out"][2])
    assert calls["score_function"][0] == 1


COSTS = [
    ("arm", 2),
    ("disarm", 2),
    ("leave_one_out", 2),
    ("measure_valued", 2),
    ("rebar", 3),
    ("relax", 3),
    ("smoothed_perturbation", 2),
    ("gumbel_softmax", 1),
]


@pytest.mark.parametrize(("name", "evaluations"), COSTS, ids=[name for name, _ in COSTS])
def test_work_counts_the_evaluations_of_the_integrand(name: str, evaluations: int) -> None:
    """The code is run on one row: it may not show g more samples than its record says."""
    from checks.estimators import ESTIMATORS
    from checks.problem import Problem
    from checks.prove import Request, prove

    seen = 0

    class Counting(Problem):
        def f(self, a: Any, theta: Any = None) -> Any:
            nonlocal seen
            seen += a.numel()
            return super().f(a, theta)

    proof = prove(Request("bernoulli_logits", "exp(a)", (), None, (name,)))
    ESTIMATORS[name].estimate(Counting(proof), 1, torch.Generator().manual_seed(0))
    assert seen == evaluations == proof.statistics[name].evaluations
    (row,) = compared("bernoulli_logits", "exp(a)", "logits=1/2", name).rows
    assert row.variance is not None
    assert (row.evaluations, row.work) == (evaluations, pytest.approx(evaluations * row.variance))


def test_a_biased_estimator_has_its_bias_over_the_temperature() -> None:
    found = compared("bernoulli_logits", "(a - 9/20)**2", "tau=1/2,1", "gumbel_softmax", at="logits=0")
    biases = [row.bias for row in found.rows]
    # Reference values to 18 digits, from 40-digit quadrature, at p = 1/2 and t = 9/20.
    assert biases == pytest.approx([-0.00353981633974483096, -0.00833333333333333333], rel=1e-6)
    assert "bias, by logits" in text(found)


def test_what_applies_nowhere_is_left_out_with_its_reason() -> None:
    found = compared("poisson", "a", "rate=1,2", "pathwise", "score_function")
    assert {row.estimator for row in found.rows} == {"score_function"}
    assert "whole numbers" in dict(found.left_out)["pathwise"]
    assert "left out: pathwise: samples of poisson are whole numbers" in text(found)


def test_a_place_outside_the_domain_is_a_row_without_numbers() -> None:
    found = compared("normal", "a**2", "sigma=-1,1", "pathwise")
    outside = [row for row in found.rows if row.value == "-1"]
    assert [row.variance for row in outside] == [None]
    assert "sigma > 0" in outside[0].reason


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        pytest.param("mu=-1:1:5", Range("mu", tuple(Fraction(k, 2) for k in range(-2, 3))), id="range"),
        pytest.param("tau=1/10,1", Range("tau", (Fraction(1, 10), Fraction(1))), id="list"),
        pytest.param("sigma", Range("sigma"), id="name"),
    ],
)
def test_ranges_are_read_exactly(asked: str, wanted: Range) -> None:
    assert read(asked) == wanted


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        pytest.param("mu=1:2", "is not a range", id="two ends"),
        pytest.param("mu=a,b", "'a' in 'mu=a,b' is not a number", id="letters"),
        pytest.param("mu=0:1:1", "asks for 1 values", id="too few"),
        pytest.param("mu=0:1:5000", "asks for 5000 values", id="too many"),
    ],
)
def test_bad_ranges_are_named(asked: str, message: str) -> None:
    with pytest.raises(BadRange, match=message):
        read(asked)


@pytest.mark.parametrize(
    ("reference", "domain"),
    [("7/10", (None, None)), ("13/10", (0, None)), ("2/7", (0, 1))],
    ids=["line", "positive", "probability"],
)
def test_the_usual_values_lie_in_the_domain(reference: str, domain: tuple[int | None, int | None]) -> None:
    low, high = (None if end is None else Fraction(end) for end in domain)
    values = usual("x", Fraction(reference), (low, high)).values
    low, high = (-math.inf if low is None else low), (math.inf if high is None else high)
    assert len(values) == 9
    assert all(low < v < high for v in values)
    assert list(values) == sorted(values)


@pytest.mark.parametrize(
    ("question", "error", "message"),
    [
        pytest.param(Question("nrmal", "a"), UnknownName, "did you mean|nrmal", id="family"),
        pytest.param(Question("normal", "a", ("pathwize",)), UnknownName, "pathwize", id="estimator"),
        pytest.param(Question("normal", "a", BOTH, over="tau"), UnknownName, "no parameter 'tau'", id="over"),
        pytest.param(Question("cauchy", "a", BOTH, over="mu=0,1"), NoExpectation, "not exist", id="none"),
        pytest.param(Question("mdp2", "return"), NotApplicable, "is an environment", id="environment"),
    ],
)  # fmt: skip
def test_bad_questions_are_named(question: Question, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        compare(question, NOWHERE, workers=0)


def test_the_picture_says_in_words_what_it_shows_and_is_the_same_twice() -> None:
    found = compared("normal", "a**2", "mu=0,1,2", *BOTH, wrt=("mu",))
    one, two = picture(found, "mu"), picture(found, "mu")
    assert one.svg == two.svg
    assert one.png == two.png
    assert one.svg.startswith(b"<?xml")
    assert "score function from" in one.alt


def test_the_command_gives_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADPROOF_CACHE", str(tmp_path / "cache"))
    asked = ["--integrand", "a", "--over", "mu=0,1", "--estimators", "pathwise"]
    asked += ["--json", "--workers", "0", "--out", str(tmp_path / "v.svg")]
    ran = CliRunner().invoke(command, asked, standalone_mode=False)
    assert ran.exit_code == 0, ran.output
    data = json.loads(ran.stdout)
    assert data["schema"] == "gradproof/comparison@1"
    assert {row["wrt"] for row in data["rows"]} == {"mu", "sigma"}
    assert (tmp_path / "v-mu.svg").exists()
    assert (tmp_path / "v-sigma.svg").exists()


def test_a_picture_needs_a_known_ending() -> None:
    ran = CliRunner().invoke(command, ["--out", "v.gif"])
    assert ran.exit_code == 2
    assert "does not end in .svg or .png" in ran.output
