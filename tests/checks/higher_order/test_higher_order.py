"""Estimators of second derivatives: exact moments, code held to them, wrong twins refuted by their bias."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import mpmath
import pytest
import torch

from checks.estimator import Estimator
from checks.higher_order.autograd import hessians
from checks.higher_order.prove import prove
from checks.higher_order.records import ESTIMATORS, MISTAKES, record_called
from checks.mistakes import estimator_called
from checks.problem import Problem
from checks.prove import Request
from checks.prove import prove as prove_first
from checks.run import Options, run_check
from checks.selection import Selection, select
from checks.session import Settings, verify
from checks.suite import CheckSpec
from checks.verdict import Verdict
from derive.errors import NotApplicable
from derive.proof import Proof

Point = tuple[tuple[str, str], ...]
EXACT = Options(evidence="exact")


ALL = (*ESTIMATORS, *MISTAKES)
USUAL = ("dice", "hessian_pathwise", "surrogate_twice")


@cache
def proved(
    family: str,
    integrand: str,
    at: Point = (),
    wrt: tuple[str, ...] | None = None,
    names: tuple[str, ...] = ALL,
) -> Proof:
    return prove(Request(family, integrand, at, wrt, names))


def verdict(name: str, family: str, integrand: str, at: Point = (), names: tuple[str, ...] = ALL) -> Verdict:
    spec = CheckSpec("higher-order", family, integrand, name, at)
    return run_check(spec, proved(family, integrand, at, None, names), EXACT).verdict


# Two points and two integrands each; theta is in the law alone, and in the law and the integrand.
_N, _E = (("mu", "-1/3"), ("sigma", "4/5")), (("rate", "5/3"),)
PLACES: list[tuple[str, str, Point]] = [
    ("normal", "a**3", ()),
    ("normal", "mu*a**2 + sigma*a", _N),
    ("exponential", "a**2", ()),
    ("exponential", "rate*a**2", _E),
]
WHERE = [f"{family}-{integrand}{'-moved' if at else ''}" for family, integrand, at in PLACES]


@pytest.mark.parametrize(("family", "integrand", "at"), PLACES, ids=WHERE)
@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_the_code_has_the_mean_and_the_variance_of_its_statistic(
    name: str, family: str, integrand: str, at: Point
) -> None:
    found = verdict(name, family, integrand, at)
    assert (found.outcome, found.as_stated, found.evidence) == ("agrees", True, "exact")
    for entry, stated in found.variance_exact.items():
        assert found.variance_estimate[entry] == pytest.approx(stated, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("family", "integrand", "at"), PLACES, ids=WHERE)
@pytest.mark.parametrize("name", MISTAKES.names())
def test_a_mistake_is_refuted_by_exactly_its_exact_bias(
    name: str, family: str, integrand: str, at: Point
) -> None:
    proof = proved(family, integrand, at)
    stated, found = proof.statistics[name], verdict(name, family, integrand, at)
    if stated.refusal:
        assert found.outcome == "untestable"
        assert "mixed terms" in stated.refusal or "no curvature" in stated.refusal
        return
    assert (found.outcome, found.as_stated) == ("refuted", True)
    bias = {entry: stated.mean[entry] - proof.exact[entry] for entry in proof.wrt}
    assert found.bias == pytest.approx(bias, rel=1e-7, abs=1e-7)


def test_every_mistake_can_be_made_somewhere() -> None:
    made = {n for place in PLACES for n, s in proved(*place).statistics.items() if not s.refusal}
    assert made == {*ESTIMATORS, *MISTAKES}


# Published elsewhere, or by hand: mean and variance of an entry at the reference point. -----------------

BY_HAND = [
    ("dice", "normal", "a**2", "mu,mu", 2.0, 91.5645810720913133),
    ("hessian_pathwise", "normal", "a**2", "mu,mu", 2.0, 0.0),
    ("dice", "normal", "exp(a/2)", "mu,mu", 0.438215552301105142, 18.8745079429459067),
    ("hessian_pathwise", "normal", "exp(a/2)", "mu,mu", 0.438215552301105142, 0.100965356410313205),
    ("dice", "normal", "sin(a/2)", "mu,mu", -0.0694000858265783479, 0.454816368518799926),
    ("surrogate_twice", "normal", "a**2", "mu,mu", -1.28994082840236686, None),
    ("surrogate_twice", "exponential", "a**2", "rate,rate", -2 / 1.25**4, None),
]


@pytest.mark.parametrize(("name", "family", "integrand", "entry", "mean", "variance"), BY_HAND)
def test_moments_are_the_published_ones(
    name: str, family: str, integrand: str, entry: str, mean: float, variance: float | None
) -> None:
    stated = proved(family, integrand, (), None, USUAL).statistics[name]
    assert stated.mean[entry] == pytest.approx(mean, rel=1e-13)
    if variance is not None:
        assert stated.variance[entry] == pytest.approx(variance, rel=1e-12, abs=1e-12)


def test_lost_terms_where_theta_is_in_both_are_the_published_ones() -> None:
    """a ~ N(3/2 t, sigma), g = (a - 2/5 t)^2: 2.42, and three mutants; here by mu = 3/2 t, 9/4 as much."""
    at = (("mu", "21/20"), ("sigma", "13/10"))
    proof = proved("normal", "(a - 4*mu/15)**2", at, ("mu",))
    mean = {name: proof.statistics[name].mean["mu,mu"] for name in MISTAKES if proof.statistics[name].mean}
    assert proof.exact["mu,mu"] * 9 / 4 == pytest.approx(2.42, rel=1e-14)
    assert mean["mixed_terms_dropped"] * 9 / 4 == pytest.approx(4.82, rel=1e-14)
    assert mean["mixed_term_once"] * 9 / 4 == pytest.approx(3.62, rel=1e-14)
    assert mean["score_curvature_dropped"] * 9 / 4 == pytest.approx(5.45936390532544379, rel=1e-14)


def test_of_a_coin_by_hand() -> None:
    """g(0) = 0, g(1) = e p, logits: truth p q (1 - 2 p) g(1) without theta in g; the naive one -p q E[g]."""
    proof = proved("bernoulli_logits", "exp(a) - 1", (), None, USUAL)
    p = 1 / (
        1 + mpmath.exp(-mpmath.mpf(proof.at["logits"].split("/")[0]) / int(proof.at["logits"].split("/")[1]))
    )
    g = mpmath.e - 1
    assert proof.exact["logits,logits"] == pytest.approx(float(p * (1 - p) * (1 - 2 * p) * g), rel=1e-13)
    naive = proof.statistics["surrogate_twice"].mean["logits,logits"]
    assert naive == pytest.approx(float(-p * (1 - p) * p * g), rel=1e-13)


def test_where_no_closed_form_is_known_the_entries_are_enclosed() -> None:
    """E[sigmoid(a)]: against mpmath's own quadrature of the second derivative."""
    proof = prove(Request("normal", "sigmoid(a)", (), ("mu",), ("hessian_pathwise",)))
    assert proof.gradient == {"mu,mu": None}

    def body(z: mpmath.mpf) -> mpmath.mpf:
        y = 1 / (1 + mpmath.exp(-(mpmath.mpf("0.7") + mpmath.mpf("1.3") * z)))
        return y * (1 - y) * (1 - 2 * y) * mpmath.npdf(z)

    truth = float(mpmath.quad(body, [-15, 0, 15]))
    assert abs(proof.exact["mu,mu"] - truth) <= proof.radius["mu,mu"] + 1e-15


# The bends at which one route is wrong and the other right. ----------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "right", "family", "integrand"),
    [("hessian_pathwise", "dice", "normal", "relu(a)"), ("dice", "hessian_pathwise", "laplace", "a**2")],
)
def test_at_a_bend_one_is_refuted_and_the_other_agrees(
    wrong: str, right: str, family: str, integrand: str
) -> None:
    assert verdict(right, family, integrand, (), USUAL).outcome == "agrees"
    found = verdict(wrong, family, integrand, (), USUAL)
    assert (found.outcome, found.as_stated) == ("refuted", True)


def test_the_bias_of_relu_along_the_path_is_the_density_at_the_bend() -> None:
    truth = proved("normal", "relu(a)", (), None, USUAL).exact["mu,mu"]
    assert truth == pytest.approx(float(mpmath.npdf(0, 0.7, 1.3)), rel=1e-13)
    assert verdict("hessian_pathwise", "normal", "relu(a)", (), USUAL).bias["mu,mu"] == pytest.approx(
        -truth, rel=1e-8
    )


# What holds the code to the statistic must be able to fail. ----------------------------------------------


def _half(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    return 0.5 * ESTIMATORS["dice"].estimate(problem, n, generator)


def _transposed(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    return ESTIMATORS["dice"].estimate(problem, n, generator).flip(-1)


def _noisier(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The right mean with another variance: a baseline of -1."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    box = (problem.log_density(a, theta) - problem.log_density(a, theta).detach()).exp()
    return hessians(problem, box * (problem.f(a, theta) + 1.0), theta)


@pytest.mark.parametrize("code", [_half, _transposed, _noisier])
def test_code_that_is_not_its_statistic_is_our_bug(code: object, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: Estimator = replace(ESTIMATORS["dice"], estimate=code)  # type: ignore[arg-type]
    monkeypatch.setattr("checks.run.estimator_called", lambda name: wrong)
    found = verdict("dice", "normal", "a**3")
    assert (found.outcome, "the variance of the code" in found.reason) == ("broken", True)


# How they stand among the others. ------------------------------------------------------------------------


def test_an_entry_is_named_by_its_pair_and_wrt_names_parameters() -> None:
    (chosen,) = select("higher_order", Selection(("gamma",), ("log(a)",), ("dice",), wrt=("shape",)))
    report = verify("higher-order", (chosen,), Settings(workers=0)).to_json()
    (record,) = report["checks"]
    assert (record["wrt"], record["order"], record["parameters"]) == (["shape,shape"], 2, ["shape"])
    assert record["gradient"] == {"shape,shape": "polygamma(2, shape)"}
    assert {step["wrt"] for step in record["derivation"]["steps"]} == {"shape,shape"}
    assert "--wrt shape " in record["reproduce"]
    assert report["summary"]["exit_code"] == 0


def test_a_proof_survives_its_json() -> None:
    proof = proved("exponential", "a**2")
    assert Proof.from_json(proof.to_json()) == proof
    assert (proof.order, proof.parameters, Problem(proof).wrt) == (2, ("rate",), ("rate",))


def test_a_record_without_order_is_of_a_gradient() -> None:
    proof = prove_first(Request("exponential", "a**2", estimators=("score_function", "dice")))
    assert proof.order == 1
    assert "is for second derivatives" in (proof.statistics["dice"].refusal or "")
    found = run_check(CheckSpec("score-function", "exponential", "a**2", "score_function"), proof)
    assert "order" not in found.to_json()


def test_an_estimator_of_a_gradient_has_no_second_derivative() -> None:
    proof = prove(Request("exponential", "a**2", estimators=("score_function",)))
    assert "estimates a gradient" in (proof.statistics["score_function"].refusal or "")


def test_a_mistake_is_the_estimator_that_it_is() -> None:
    wrong = record_called("surrogate_twice")
    assert wrong is not None
    assert (wrong.unbiased, wrong.route) == (False, "score_function_twice")
    assert wrong.approximates.startswith("not the second derivative")
    assert estimator_called("dice").estimate is ESTIMATORS["dice"].estimate
    assert record_called("pathwise") is None


def test_a_simulator_has_no_estimator_of_this_suite() -> None:
    with pytest.raises(NotApplicable, match="higher_order has no estimator for lq3"):
        select("higher_order", Selection(("lq3",)))


def test_a_bessel_function_by_its_order_has_no_formula_and_is_enclosed() -> None:
    """E[sin(a)] by the degrees of freedom: against mpmath's differences of the characteristic function."""
    proof = prove(Request("student_t", "sin(a)", (), ("nu",), ()))
    assert proof.gradient == {"nu,nu": None}
    at = {name: mpmath.mpf(p) / int(q or 1) for name, v in proof.at.items() for p, _, q in [v.partition("/")]}

    def mean(nu: mpmath.mpf) -> mpmath.mpf:
        x = mpmath.sqrt(nu) * at["sigma"]
        real = x ** (nu / 2) * mpmath.besselk(nu / 2, x) / (mpmath.gamma(nu / 2) * 2 ** (nu / 2 - 1))
        return mpmath.sin(at["mu"]) * real

    # Differences of 15 digits by steps of about 1e-5: good to 1e-6 of E[g], which is 300 times the result.
    assert proof.exact["nu,nu"] == pytest.approx(float(mpmath.diff(mean, at["nu"], 2)), rel=1e-3)


def test_a_cost_that_is_its_own_mean_leaves_rounding_alone() -> None:
    """mu**3 less E[mu**3] is 1e-16 in the code, whose variance is 1e-31 where the statistic's is zero."""
    found = verdict("dice_baseline", "normal", "mu**3", (), ("dice_baseline",))
    assert (found.outcome, found.variance_exact["sigma,sigma"]) == ("agrees", 0.0)
