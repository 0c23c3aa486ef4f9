"""Importance-weighted score functions: exact moments against closed forms, the code, its wrong twins."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product
from math import inf

import pytest
import torch
from torch import Tensor
from torch import distributions as dist

from checks.estimators import ESTIMATORS, _proposal
from checks.mistakes import estimator_called
from checks.problem import Problem
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from checks.verdict import Verdict
from derive.errors import OutsideDomain
from derive.families import FAMILIES
from derive.proof import Proof
from tests.checks.proofs import expectation_of

Point = tuple[tuple[str, str], ...]
NAMES = ("importance_weighted", "weights_forgotten")
FINITE = ("bernoulli", "bernoulli_logits")


@cache
def proved(family: str, integrand: str, at: Point = ()) -> Proof:
    names = (*NAMES, "self_normalised_weights") if family in FINITE else NAMES
    return prove(Request(family, integrand, at, None, names))


def verdict(name: str, family: str, integrand: str, at: Point = ()) -> Verdict:
    spec = CheckSpec("control-variates", family, integrand, name, at)
    return run_check(spec, proved(family, integrand, at), Options(evidence="exact")).verdict


@pytest.mark.parametrize(("rate", "widening"), [("5/4", "3/2"), ("3/4", "2")])
def test_of_an_exponential_law_the_variance_is_a_rational_number(rate: str, widening: str) -> None:
    """E_q[(p/q)^2 h] = widening rate/c E[h] under the rate c = rate (2 - 1/widening), and E[a^k] = k!/c^k."""
    r, w = Fraction(rate), Fraction(widening)
    c = r * (2 - 1 / w)
    moment = [Fraction(1)]
    for k in range(1, 7):
        moment.append(moment[-1] * k / c)
    second = w * r / c * (moment[4] / r**2 - 2 * moment[5] / r + moment[6])
    at = (("rate", rate), ("widening", widening))
    stated = proved("exponential", "a**2", at).statistics["importance_weighted"]
    assert stated.mean["rate"] == pytest.approx(float(-4 / r**3), rel=1e-14)
    assert stated.variance["rate"] == pytest.approx(float(second - 16 / r**6), rel=1e-13)
    # Under q itself g d log p has another mean: rate / widening stands where rate does in the moments of a.
    forgotten = proved("exponential", "a**2", at).statistics["weights_forgotten"]
    wrong = 2 * (w / r) ** 2 / r - 6 * (w / r) ** 3
    assert forgotten.mean["rate"] == pytest.approx(float(wrong), rel=1e-13)


def test_no_widening_is_the_score_function() -> None:
    stated = proved("normal", "a**2", (("widening", "1"),)).statistics["importance_weighted"]
    plain = prove(Request("normal", "a**2", estimators=("score_function",))).statistics["score_function"]
    assert stated.variance == pytest.approx(plain.variance, rel=1e-13)


@pytest.mark.parametrize(("widening", "finite"), [("2/3", False), ("3/4", True), ("9", True)])
def test_a_normal_proposal_needs_more_than_a_root_of_one_half_of_the_scale(
    widening: str, finite: bool
) -> None:
    at = (("widening", widening),)
    stated = proved("normal", "a**2", at).statistics["importance_weighted"]
    assert all((v is not None and v < inf) == finite for v in stated.variance.values())
    assert (stated.infinite is None) == finite
    found = verdict("importance_weighted", "normal", "a**2", at)
    assert (found.outcome, found.evidence) == ("agrees", "exact"), found.reason  # its mean is right


def test_widening_may_pay() -> None:
    """A third of the score function's variance by mu for a**2, which is large where samples are rare."""
    stated = proved("normal", "a**2").statistics["importance_weighted"]
    assert stated.variance["mu"] == pytest.approx(10.633312185945586, rel=1e-9)  # replayed noise says so too
    plain = prove(Request("normal", "a**2", estimators=("score_function",))).statistics["score_function"]
    one, other = stated.variance["mu"], plain.variance["mu"]
    assert one is not None
    assert other is not None
    assert one < other / 3


CASES: list[tuple[str, str, Point]] = [
    ("normal", "a**2", ()),
    ("normal", "mu*a**2 + sigma*a", (("mu", "1/3"), ("widening", "2"))),
    ("gamma", "a", ()),
    ("gamma", "shape*a", (("shape", "5/3"), ("rate", "9/4"))),
    ("poisson", "a**2", ()),
    ("poisson", "exp(rate*a/9)", (("rate", "7/5"), ("widening", "2"))),
    ("bernoulli", "exp(p*a)", ()),
    ("bernoulli", "(a - 1/3)**2", (("p", "4/5"), ("widening", "4"))),
    ("bernoulli_logits", "(a - 9/20)**2*(1 + logits)", ()),
]


@pytest.mark.parametrize(("family", "integrand", "at"), CASES, ids=lambda v: str(v))
def test_the_code_has_the_exact_moments_of_its_statistic(family: str, integrand: str, at: Point) -> None:
    for name, stated in proved(family, integrand, at).statistics.items():
        found = verdict(name, family, integrand, at)
        outcome = "agrees" if name == "importance_weighted" else "refuted"
        assert (found.outcome, found.evidence, found.as_stated) == (outcome, "exact", True), found.reason
        for parameter, seen in found.variance_estimate.items():
            assert seen == pytest.approx(stated.variance[parameter], rel=1e-9)


@pytest.mark.parametrize("p", ["2/7", "4/5"])
def test_self_normalised_weights_are_biased_by_what_four_pairs_say(p: str) -> None:
    x = Fraction(p)
    wide = Fraction(1, 2) + (x - Fraction(1, 2)) * Fraction(2, 3)
    mass = {1: x, 0: 1 - x}
    drawn, score = {1: wide, 0: 1 - wide}, {1: 1 / x, 0: -1 / (1 - x)}
    weight = {a: mass[a] / drawn[a] for a in mass}
    cost = {a: (a - Fraction(1, 3)) ** 2 for a in mass}
    mean = sum(
        drawn[a] * drawn[b] * sum(weight[k] * cost[k] * score[k] for k in (a, b)) / (weight[a] + weight[b])
        for a, b in product(mass, repeat=2)
    )
    stated = proved("bernoulli", "(a - 1/3)**2", (("p", p),)).statistics["self_normalised_weights"]
    assert stated.mean["p"] == pytest.approx(float(mean), rel=1e-13)
    assert abs(float(mean) - 1 / 3) > 1e-3


Made = Callable[[dict[str, Tensor]], dist.Distribution]
WIDER: dict[str, Made] = {
    "normal": lambda v: dist.Normal(v["mu"], 1.5 * v["sigma"]),
    "weibull": lambda v: dist.Weibull(1.5 * v["scale"], v["shape"]),
    "gamma": lambda v: dist.Gamma(v["shape"], v["rate"] / 1.5),
    "beta": lambda v: dist.Beta(v["alpha"] / 1.5, v["beta"] / 1.5),
    "poisson": lambda v: dist.Poisson(1.5 * v["rate"]),
    "bernoulli_logits": lambda v: dist.Bernoulli(logits=v["logits"] / 1.5),
}


@pytest.mark.parametrize("family", WIDER)
def test_the_weights_are_ratios_of_torchs_own_densities(family: str) -> None:
    made = prove(Request(family, "a", (), None, ("importance_weighted",)))
    problem = Problem(made, made.statistics["importance_weighted"].constants)
    a = _proposal.drawn(problem, 6, torch.Generator().manual_seed(5))
    values = {n: torch.tensor(v, dtype=torch.float64) for n, v in problem.point.items()}
    own = problem.log_density(a)
    wanted = torch.exp(own - WIDER[family](values).log_prob(a)).detach()
    torch.testing.assert_close(_proposal.ratio(problem, a, problem.leaves(6)), wanted, rtol=1e-12, atol=0.0)


@pytest.mark.parametrize("family", _proposal.CHANGES)
def test_every_wider_law_is_one(family: str) -> None:
    """Its parameters lie in their domain, one change for each, and it is another law."""
    integrand = {"bernoulli_product": "a[0]", "multivariate_normal": "a[0]"}.get(family, "1")
    law = _proposal.proposal(made := expectation_of(family, integrand))
    assert len(law.parameters) == len(_proposal.CHANGES[family]) == len(FAMILIES[family].parameters)
    assert law.xreplace(made.point) != made.family.law.xreplace(made.point)


@pytest.mark.parametrize(
    ("family", "at", "message"),
    [
        ("bernoulli", {"widening": "0"}, "widening = 0 makes p = "),
        ("bernoulli", {"widening": "1/4"}, "widening = 1/4 makes p = -5/14, which no bernoulli law has"),
        ("normal", {"widening": "-1"}, "widening = -1 makes mu = "),
    ],
    ids=["zero", "probability", "negative"],
)
def test_a_law_that_is_none_is_named(family: str, at: dict[str, str], message: str) -> None:
    with pytest.raises(OutsideDomain, match=message):
        ESTIMATORS["importance_weighted"].refuses(expectation_of(family, "a**2", None, at))


@pytest.mark.parametrize(
    ("name", "family", "says"),
    [
        ("importance_weighted", "uniform", "the support of uniform moves"),
        ("importance_weighted", "kumaraswamy", "no wider law of the family kumaraswamy"),
        ("self_normalised_weights", "normal", "exact only where few outcomes are enumerated"),
    ],
)
def test_what_is_refused(name: str, family: str, says: str) -> None:
    refusal = estimator_called(name).refuses(expectation_of(family, "a"))
    assert refusal is not None
    assert says in refusal
