"""The natural gradient: its mean against known formulas, its code, and its wrong twins."""

from __future__ import annotations

import json
import math
from functools import cache

import mpmath
import numpy as np
import pytest
import torch

from checks.comparison.rows import Question, compare
from checks.diagnosis import diagnose
from checks.estimators import ESTIMATORS
from checks.estimators._baselines import exact_mean
from checks.estimators._fisher import at_point
from checks.problem import Problem
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.session import foretold
from checks.suite import CheckSpec
from checks.verdict import CheckResult
from derive.cache import Cache
from derive.errors import NoClosedForm
from derive.numeric.estimate import Estimate
from derive.proof import Proof
from tests.checks.proofs import expectation_of

Point = tuple[tuple[str, str], ...]
Wrt = tuple[str, ...] | None
TWINS = ("fisher_not_inverted", "fisher_left_out", "natural_for_plain")
NAMES = ("natural_gradient", *TWINS)


@cache
def proved(family: str, integrand: str, at: Point = (), wrt: Wrt = None) -> Proof:
    return prove(Request(family, integrand, at, wrt, NAMES))


def checked(name: str, family: str, integrand: str, at: Point = (), wrt: Wrt = None) -> CheckResult:
    spec = CheckSpec("score-function", family, integrand, name, at, wrt)
    return run_check(spec, proved(family, integrand, at, wrt), Options(evidence="exact"))


# The mean by formulas: sigma**2 J_mu and sigma**2/2 J_sigma; rate J'; p (1 - p) J'; rate**2 J'; and by two
# log-odds of three the differences to the outcome that is held.
KNOWN: list[tuple[str, str, Wrt, dict[str, float]]] = [
    ("normal", "a**2", None, {"mu": 1.69 * 1.4, "sigma": 1.69 * 1.3}),
    ("poisson", "a**2", None, {"rate": 2.5 * 6}),
    ("bernoulli", "exp(a)", None, {"p": 2 / 7 * 5 / 7 * (np.e - 1)}),
    ("exponential", "a", None, {"rate": -1.0}),
    ("categorical_logits", "table(1, 9, 4)", ("logits[0]", "logits[2]"), {"logits[0]": -8, "logits[2]": -5}),
]


@pytest.mark.parametrize(("family", "integrand", "wrt", "wanted"), KNOWN, ids=[k[0] for k in KNOWN])
def test_the_mean_is_the_known_natural_gradient(
    family: str, integrand: str, wrt: Wrt, wanted: dict[str, float]
) -> None:
    stated = proved(family, integrand, (), wrt).statistics["natural_gradient"]
    assert stated.mean == pytest.approx(wanted, rel=1e-12)
    assert stated.aims({}) == pytest.approx(wanted, rel=1e-12)


def test_of_coupled_parameters_the_whole_matrix_is_inverted() -> None:
    """Gamma: by the inverse of [[trigamma(shape), -1/rate], [-1/rate, shape/rate**2]] in numpy."""
    from scipy.special import polygamma

    a, b = 2.4, 1.4
    matrix = np.array([[polygamma(1, a), -1 / b], [-1 / b, a / b**2]])
    gradient = np.array([(2 * a + 1) / b**2, -2 * a * (a + 1) / b**3])
    stated = proved("gamma", "a**2").statistics["natural_gradient"]
    wanted = np.linalg.solve(matrix, gradient)
    assert list(stated.mean.values()) == pytest.approx(list(wanted), rel=1e-12)


CASES: list[tuple[str, str, Point]] = [
    ("normal", "a**2", ()),
    ("normal", "mu*a**2 + sigma*a", (("mu", "1/3"), ("sigma", "4/5"))),
    ("gamma", "a**2", ()),
    ("gamma", "shape*a", (("shape", "5/3"), ("rate", "9/4"))),
    ("poisson", "rate*a**2", ()),
    ("poisson", "exp(a/4)", (("rate", "7/5"),)),
    ("gumbel", "a", ()),
]


@pytest.mark.parametrize(("family", "integrand", "at"), CASES, ids=lambda v: str(v))
def test_the_code_has_the_exact_moments_of_its_statistic(family: str, integrand: str, at: Point) -> None:
    result = checked("natural_gradient", family, integrand, at)
    found = result.verdict
    assert (found.outcome, found.evidence, found.as_stated) == ("agrees", "exact", True), found.reason
    said = proved(family, integrand, at).statistics["natural_gradient"]
    for name, seen in found.variance_estimate.items():
        assert seen == pytest.approx(said.variance[name], rel=1e-7)
    assert result.exact == said.aims({})
    json.dumps(result.to_json(), allow_nan=False)


@pytest.mark.parametrize(("family", "integrand", "at"), CASES[:2] + CASES[4:6], ids=lambda v: str(v))
@pytest.mark.parametrize("name", TWINS)
def test_a_wrong_twin_is_refuted_by_exactly_its_bias(
    name: str, family: str, integrand: str, at: Point
) -> None:
    found = checked(name, family, integrand, at).verdict
    assert (found.outcome, found.evidence, found.as_stated) == ("refuted", "exact", True), found.reason
    assert found.diagnosis is not None
    assert found.diagnosis["mistake"] == name


def test_without_a_closed_form_the_information_is_quadrature() -> None:
    """Cauchy: F = 1/(2 gamma**2) about each parameter, whatever the other."""
    proof = prove(Request("cauchy", "log(1 + a**2)", (), ("mu",), ("natural_gradient",)))
    stated = proof.statistics["natural_gradient"]
    assert stated.constants["F(mu, mu)"] == pytest.approx(1 / (2 * (3 / 5) ** 2), rel=1e-9)
    assert stated.mean["mu"] == pytest.approx(2 * (3 / 5) ** 2 * proof.exact["mu"], rel=1e-9)


def test_where_one_formula_does_not_settle_the_other_serves() -> None:
    """Kumaraswamy: 1/b1**2 about b1, and E[a**a1 log(a)/(1 - a**a1)] beside it, by mpmath."""
    found = at_point(expectation_of("kumaraswamy", "a"))
    a1, b1 = mpmath.mpf(9) / 5, mpmath.mpf(12) / 5

    def integrand(a: mpmath.mpf) -> mpmath.mpf:
        density = a1 * b1 * a ** (a1 - 1) * (1 - a**a1) ** (b1 - 1)
        return density * a**a1 * mpmath.log(a) / (1 - a**a1)

    assert float(found[1, 1]) == pytest.approx(float(1 / b1**2), rel=1e-14)
    assert float(found[0, 1]) == pytest.approx(float(mpmath.quad(integrand, [0, 0.5, 1])), rel=1e-9)


def test_a_mean_that_does_not_settle_is_not_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("derive.oracle.value", lambda *asked: Estimate(math.nan, math.nan))
    made = expectation_of("logistic", "1/(2 + sin(a))")
    with pytest.raises(NoClosedForm, match="its quadrature does not settle"):
        exact_mean(made.integrand, made)
    refusal = ESTIMATORS["mean_baseline"].refuses(made)
    assert refusal is not None
    assert "the mean is not known" in refusal
    assert "is not known" in str(ESTIMATORS["optimal_baseline"].refuses(made))


def test_the_report_says_what_is_estimated() -> None:
    result = checked("natural_gradient", "normal", "a**2")
    assert result.gradient == {"mu": "2*mu*sigma**2", "sigma": "sigma**3"}
    assert checked("natural_for_plain", "normal", "a**2").gradient == {"mu": "2*mu", "sigma": "2*sigma"}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_new_check_expects_is_foretold(name: str) -> None:
    outcome = "refuted" if name in TWINS else "agrees"
    assert foretold(CheckSpec("score-function", "normal", "a**2", name), proved("normal", "a**2")) == outcome


def test_the_gradient_itself_is_no_mistake_of_an_estimator_of_it() -> None:
    """Only where the natural gradient was aimed at is the plain one a mistake."""
    proof = proved("normal", "a**2")
    exact = np.array([proof.exact[name] for name in proof.wrt])
    assert diagnose(exact - 1e-9, exact + 1e-9, proof) is None
    found = diagnose(exact - 1e-9, exact + 1e-9, proof, aimed=True)
    assert found is not None
    assert found["mistake"] == "fisher_left_out"


def test_a_comparison_counts_no_bias_against_its_own_target() -> None:
    question = Question("normal", "a**2", ("natural_gradient", "score_function"), over="mu=1", wrt=("mu",))
    rows = {row.estimator: row for row in compare(question, Cache(None), workers=0).rows}
    assert {row.bias for row in rows.values()} == {0.0}
    assert rows["natural_gradient"].exact == pytest.approx(1.69 * 2)


def test_rows_are_solved_one_by_one() -> None:
    """The code's rows are ``F**(-1)`` times those of the score function at the same samples."""
    proof = proved("gamma", "a**2")
    problem = Problem(proof, proof.statistics["natural_gradient"].constants)
    one, other = (
        ESTIMATORS[n].estimate(problem, 5, torch.Generator().manual_seed(4)).numpy()
        for n in ("natural_gradient", "score_function")
    )
    known = proof.statistics["natural_gradient"].constants
    matrix = np.array([[known[f"F({i}, {j})"] for j in proof.wrt] for i in proof.wrt])
    np.testing.assert_allclose(one @ matrix, other, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    ("family", "integrand", "wrt", "says"),
    [
        ("uniform", "a", None, "the support of uniform moves"),
        ("categorical_logits", "table(1, 9, 4)", None, "is singular: some direction does not change the law"),
        ("categorical", "table(1, 9, 4)", None, "is singular"),
        ("normal", "c*a", ("c",), "the law does not depend on c"),
    ],
    ids=["moving", "shift of logits", "simplex", "constant"],
)
def test_what_is_refused(family: str, integrand: str, wrt: Wrt, says: str) -> None:
    at = {"c": "3"} if wrt else {}
    refusal = ESTIMATORS["natural_gradient"].refuses(expectation_of(family, integrand, wrt, at))
    assert refusal is not None
    assert says in refusal
