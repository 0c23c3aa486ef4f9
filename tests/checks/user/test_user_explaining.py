"""What a refuted estimator is told: differences as formulas, laws of its samples, identities, ties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.distributions import Gumbel, Laplace

from checks.evidence import identities
from checks.selection import Selection
from checks.session import Settings
from checks.user import render, session
from derive.cache import Cache
from tests.checks.user import estimators_wrong as wrong
from tests.checks.user import estimators_wrong_more as more
from tests.checks.user.estimators_right import right

F64 = torch.float64


def report(
    function: Callable[..., Any], proofs: Cache, integrand: str = "mu*a + a**2", **options: Any
) -> dict[str, Any]:
    settings = Settings(workers=0, cache=proofs, resolution=options.pop("resolution", 0.01))
    selection = Selection((options.pop("family", "normal"),), (integrand,), at=options.pop("at", None))
    made = session.verify_function(function, f"mine.py::{function.__name__}", selection, settings, **options)
    return made.to_json()


def check(*args: Any, **options: Any) -> dict[str, Any]:
    record: dict[str, Any] = report(*args, **options)["checks"][0]
    return record


DIFFERENCES = {
    "a parameter": (wrong.cost_detached, {"mu": "-mu"}),
    "multiples": (wrong.both_estimators, {"mu": "4*mu", "sigma": "2*sigma"}),
    "another formula": (wrong.variance_for_scale, {"sigma": "4*sigma**3 - 2*sigma"}),
    "the cost over sigma": (wrong.no_log_sigma, {"sigma": "E[g]/sigma"}),
    "none": (more.clipped, {}),
}


@pytest.mark.parametrize(("function", "expected"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_a_bias_is_a_formula_where_one_fits_at_three_points(
    function: Callable[..., Any], expected: dict[str, str], proofs: Cache
) -> None:
    assert check(function, proofs)["difference"] == expected


def test_a_number_that_fits_at_one_point_alone_is_no_formula(proofs: Cache) -> None:
    def shifted(f: Any, theta: Any, n: int) -> Any:
        by_mu, by_sigma = torch.autograd.grad(
            f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).mean(), theta.values()
        )
        # At mu = 1/2 this is -mu, and -1/2, and neither elsewhere.
        return by_mu - torch.sin(theta.mu.detach()) / 0.958851077208406, by_sigma

    found = check(shifted, proofs, at="mu=1/2,sigma=2")
    assert found["bias"]["mu"] == pytest.approx(-0.5, rel=1e-9)
    assert "mu" not in found["difference"]


WORDS = {
    "two fifths": (lambda g: 2 * g / 5, "your mean is 2/5 of the exact gradient"),
    "three": (lambda g: 3 * g, "your mean is 3 times the exact gradient"),
    "zero": (lambda g: 0 * g, "your mean is zero"),
}


@pytest.mark.parametrize(("change", "said"), WORDS.values(), ids=WORDS)
def test_an_unknown_mistake_is_put_into_words(change: Callable[..., Any], said: str, proofs: Cache) -> None:
    def estimate(f: Any, theta: Any, n: int) -> Any:
        return change(f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).mean())

    found = check(estimate, proofs)
    assert found["diagnosis"] is None
    assert said in found["reason"]


def test_what_nothing_explains_is_plainly_unknown(proofs: Cache) -> None:
    found = check(more.off_by_a_little, proofs)
    assert found["diagnosis"] is None
    assert found["difference"] == {}
    assert "no known mistake has this mean here" in found["reason"]


LAWS = {
    "square": (wrong.variance_for_scale, "their standard deviation is 1.69 = sigma**2, not 1.3"),
    "root": (wrong.root_of_scale, "= sqrt(sigma), not 1.3"),
    "log-variance": (wrong.scale_taken_for_a_log_variance, "= exp(sigma/2), not 1.3"),
    "mean": (more.shifted, "their mean is 0.75, not 0.7"),
}


@pytest.mark.parametrize(("function", "said"), LAWS.values(), ids=LAWS)
def test_samples_that_do_not_follow_the_law_are_described(
    function: Callable[..., Any], said: str, proofs: Cache
) -> None:
    reason = check(function, proofs)["reason"]
    assert "the samples do not follow normal(mu, sigma)" in reason
    assert said in reason


def test_samples_that_follow_the_law_are_not_blamed(proofs: Cache) -> None:
    assert "do not follow" not in check(wrong.cost_detached, proofs)["reason"]


def test_an_integrand_that_is_not_used_is_named(proofs: Cache) -> None:
    assert "f was asked at 0 points" in check(more.cost_not_used, proofs, integrand="a**2")["reason"]


VIOLATIONS = {
    "square": (wrong.cost_twice, "twice the cost gives 4 times the gradient"),
    "no cost": (more.cost_not_used, "it does not depend on the cost: another cost gives the same"),
    "clipped": (more.clipped_costs, "it is not linear in the cost for the same draws"),
    "constant": (wrong.no_log_sigma, "with the constant cost 1 its mean is 0.769231 for sigma, not 0"),
    "scale of the cost": (more.standardised, "it does not depend on the scale of the cost"),
}


@pytest.mark.parametrize(("function", "said"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_a_violated_identity_is_named(function: Callable[..., Any], said: str, proofs: Cache) -> None:
    assert said in check(function, proofs, integrand="a**2")["reason"]


def test_a_biased_estimator_may_satisfy_the_identities(proofs: Cache) -> None:
    reason = check(wrong.half_of_log_prob, proofs, integrand="a**2")["reason"]
    assert "linear" not in reason
    assert "constant cost" not in reason


def test_permutation_sees_an_order() -> None:
    noise = np.array([[0.3, -1.0, 2.0]])
    assert identities.permutation(lambda x: x.sum(1), noise, [2, 1, 0]) is None
    found = identities.permutation(lambda x: x @ np.array([1.0, 2.0, 3.0]), noise, [2, 1, 0])
    assert found == "its result depends on the order of the samples"


def test_the_sampled_constant_cost_refuses_a_mean_and_accepts_none() -> None:
    rng = np.random.default_rng(1)  # the test's own false alarm is 1e-6 by construction
    right, wrong_mean = rng.standard_normal((256, 2)), rng.standard_normal((256, 2)) + np.array([0.0, 1.0])
    assert identities.constant_cost_sampled(right, ("mu", "sigma")) is None
    assert "for sigma is not 0" in (identities.constant_cost_sampled(wrong_mean, ("mu", "sigma")) or "")


def test_two_mistakes_with_one_statistic_are_both_named_and_neither_diagnosed(proofs: Cache) -> None:
    found = check(more.exponential_cost_detached, proofs, integrand="rate*a**2", family="exponential")
    assert found["diagnosis"] is None
    assert "dropped explicit term and missing jacobian have this mean here" in found["reason"]


def test_the_terminal_shows_what_the_contract_shows(proofs: Cache) -> None:
    text = render.render(report(wrong.cost_detached, proofs, at="mu=1/2,sigma=2"))
    assert text.splitlines() == [
        "refuted[E201] cost_detached is not the gradient of E[mu*a + a**2], a ~ normal(mu=1/2, sigma=2)",
        "         exact        yours  difference",
        "  mu     4*mu = 2     1.5    -0.5 = -mu",
        "  sigma  2*sigma = 4  ok",
        "  your mean equals the gradient without its explicit term E[d/dtheta g_theta(a)]: "
        "theta was detached in g. (dropped_explicit_term)",
        "  evidence: exact (its noise replayed at 646 values)",
        "  at n = 2, 3 and 64 it is the mean of independent terms",
        "  reproduce: python cli.py verify mine.py::cost_detached --family normal "
        "--integrand 'mu*a + a**2' --at mu=1/2,sigma=2 --seed 0",
    ]


def test_a_declared_estimator_is_held_against_its_own_mean(proofs: Cache) -> None:
    found = check(wrong.cost_detached, proofs, declared="dropped_explicit_term")
    assert (found["expected"], found["outcome"], found["as_expected"]) == ("refuted", "refuted", True)
    assert found["variance"]["exact"]["mu"] == pytest.approx(found["variance"]["estimate"]["mu"], rel=1e-9)


def test_a_declared_estimator_with_another_bias_is_not_as_expected(proofs: Cache) -> None:
    found = check(wrong.log_prob_twice, proofs, declared="dropped_explicit_term")
    assert (found["outcome"], found["as_expected"]) == ("refuted", False)


def test_a_variance_that_is_not_the_declared_one_is_told(proofs: Cache) -> None:
    def noisier(f: Any, theta: Any, n: int) -> Any:
        a = theta.mu + theta.sigma * torch.randn(n, dtype=F64)
        return (f(a) + theta.mu * torch.randn(n, dtype=F64)).mean()

    found = check(noisier, proofs, integrand="a**2", declared="pathwise")
    assert found["outcome"] == "agrees"
    assert "its variance by mu is 7.76, that of pathwise is 6.76" in found["reason"]


WINDOW = "Heaviside(a - 1)*Heaviside(21/20 - a)"


@pytest.mark.parametrize("name", ["leave_one_out", "baseline_of_another_batch"])
def test_a_part_that_the_nodes_miss_refutes_nobody(name: str, proofs: Cache) -> None:
    function = next(e.function for e in right.entries if str(e) == name)
    found = check(function, proofs, integrand=WINDOW, n=16, resolution=0.1)  # coarse: it has to be sampled
    assert (found["outcome"], found["evidence"]) == ("agrees", "sampling")
    assert "overlooks a part of the integrand" in found["reason"]


def summed(f: Any, theta: Any, n: int) -> Any:
    return f(Gumbel(theta.mu, theta.beta).rsample((n,))).sum()


def averaged_twice(f: Any, theta: Any, n: int) -> Any:
    return f(Gumbel(theta.mu, theta.beta).rsample((n,))).mean() / n


SCALED = [(summed, "sum_for_mean"), (averaged_twice, "divided_by_n_twice")]


@pytest.mark.parametrize(("function", "mistake"), SCALED, ids=[name for _, name in SCALED])
def test_a_multiple_of_a_mean_is_known_from_one_term(
    function: Callable[..., Any], mistake: str, proofs: Cache
) -> None:
    """No rule of several draws is asked: at n = 3 none would settle."""
    found = check(function, proofs, "Abs(a)", family="gumbel")
    factors = "2 and 3" if mistake == "sum_for_mean" else "0.5 and 0.333333"
    assert f"for n = 2 and 3 it is {factors} times the mean of independent terms" in found["reason"]
    assert (found["evidence"], found["diagnosis"]["mistake"]) == ("exact", mistake)


def own_baseline(f: Any, theta: Any, n: int) -> Any:
    a = Laplace(theta.mu, theta.b).rsample((n,)).detach()
    cost = f(a).detach()
    return ((cost - cost.mean()) * Laplace(theta.mu, theta.b).log_prob(a)).mean()


def test_a_mean_at_one_n_alone_is_borne_out_by_calls(proofs: Cache) -> None:
    """At n = 3 the kinks leave no rule; a mean that is halved at n = 2 could be any mistake's of four."""
    found = check(own_baseline, proofs, "a**2", family="laplace")
    assert "at n = 2" in found["reason"]
    assert "at n = 2 and 3" not in found["reason"]
    assert (found["evidence"], found["diagnosis"]["mistake"]) == ("exact", "own_sample_in_baseline")


def slightly_off(f: Any, theta: Any, n: int) -> Any:
    return f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).mean() + 3e-7 * theta.mu


def test_a_bias_below_what_formulas_tell_is_not_called_the_gradient(proofs: Cache) -> None:
    found = check(slightly_off, proofs, "a**2")
    assert found["outcome"] == "refuted"
    assert found["bias"]["mu"] == pytest.approx(3e-7, rel=1e-3)
    assert "your mean differs from the gradient by less than 1e-06 of it" in found["reason"]
    assert "is the exact gradient" not in found["reason"]
