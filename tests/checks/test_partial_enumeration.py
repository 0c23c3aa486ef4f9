"""Partial enumeration: exact moments against enumeration by hand, its code, its wrong twin, its refusals."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise

import mpmath
import pytest

from checks.estimators import ESTIMATORS
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from checks.verdict import Verdict
from derive.errors import OutsideDomain
from derive.proof import Proof
from tests.checks.proofs import expectation_of

Point = tuple[tuple[str, str], ...]
NAMES = ("partial_enumeration", "rest_unweighted")


@cache
def proved(family: str, integrand: str, at: Point, *names: str) -> Proof:
    return prove(Request(family, integrand, at, None, names))


def verdict(name: str, family: str, integrand: str, at: Point) -> Verdict:
    spec = CheckSpec("control-variates", family, integrand, name, at)
    return run_check(spec, proved(family, integrand, at, *NAMES), Options(evidence="exact")).verdict


def by_hand(top: int) -> dict[str, tuple[Fraction, Fraction]]:
    """Mean and variance for p = (3/10, 1/10, 3/5) and the values 1, 9, 4, by the unnormalised p[k]."""
    p, g = [Fraction(3, 10), Fraction(1, 10), Fraction(3, 5)], [1, 9, 4]
    order = sorted(range(3), key=lambda k: -p[k])
    summed, rest = order[:top], order[top:]
    mass, found = sum((p[k] for k in rest), Fraction(0)), {}
    for j in range(3):
        score = [(1 / p[k] if k == j else 0) - 1 for k in range(3)]
        exact = sum((p[k] * g[k] * score[k] for k in summed), Fraction(0))
        drawn = [(p[k] / mass, exact + mass * g[k] * score[k]) for k in rest]
        mean = sum((w * x for w, x in drawn), Fraction(0))
        found[f"p[{j}]"] = mean, sum((w * x**2 for w, x in drawn), Fraction(0)) - mean**2
    return found


@pytest.mark.parametrize("top", [0, 1, 2])
def test_moments_are_those_of_an_enumeration_by_hand(top: int) -> None:
    stated = proved("categorical", "table(1, 9, 4)", (("top", str(top)),), NAMES[0]).statistics[NAMES[0]]
    for name, (mean, variance) in by_hand(top).items():
        assert stated.mean[name] == pytest.approx(float(mean), rel=1e-14)
        assert stated.variance[name] == pytest.approx(float(variance), rel=1e-13, abs=1e-15)


def test_by_logits_the_variances_are_the_published_ones() -> None:
    """0.3468, 2.0172, 0.6912 at (0.3, 0.1, 0.6), where log-odds are irrational: p[k]**2 carries them over.

    d/d phi_k = p[k] d/dp[k] for the unnormalised p, sample by sample.
    """
    for name, p, published in zip(by_hand(1), (0.3, 0.1, 0.6), (0.3468, 2.0172, 0.6912), strict=True):
        assert float(by_hand(1)[name][1]) * p**2 == pytest.approx(published, rel=1e-12)


def test_of_a_law_without_end_the_rest_is_a_series() -> None:
    """Poisson(5/2), a**2, the outcomes 2 and 3 summed: by mpmath's own sums."""
    rate = mpmath.mpf(5) / 2

    def mass(k: float) -> mpmath.mpf:
        return mpmath.exp(-rate) * rate**k / mpmath.factorial(k)

    def term(k: float) -> mpmath.mpf:
        return k**2 * (k / rate - 1)

    exact, left = sum(mass(k) * term(k) for k in (2, 3)), 1 - mass(2) - mass(3)
    rest = mass(1) * term(1) + mpmath.nsum(lambda k: mass(k) * term(k), [4, mpmath.inf])
    square = mass(1) * term(1) ** 2 + mpmath.nsum(lambda k: mass(k) * term(k) ** 2, [4, mpmath.inf])
    at = (("rate", "5/2"), ("top", "2"))
    stated = proved("poisson", "a**2", at, NAMES[0]).statistics[NAMES[0]]
    assert stated.mean["rate"] == pytest.approx(float(exact + rest), rel=1e-13)  # outcome 0 contributes 0
    assert stated.mean["rate"] == pytest.approx(6.0, rel=1e-14)
    assert stated.variance["rate"] == pytest.approx(float(left * square - rest**2), rel=1e-12)


def test_variance_falls_with_every_outcome_that_is_summed() -> None:
    found = [
        proved("binomial", "a**2", (("top", str(k)),), NAMES[0]).statistics[NAMES[0]].variance["p"]
        for k in (0, 1, 3, 6, 7, 8)
    ]
    assert all(one > other for one, other in pairwise(found[:-1]))  # type: ignore[operator]
    plain = prove(Request("binomial", "a**2", estimators=("score_function",))).statistics["score_function"]
    assert found[0] == pytest.approx(plain.variance["p"], rel=1e-13)
    assert found[-2:] == [0.0, 0.0]  # of one outcome that is left the sample is certain


CASES: list[tuple[str, str, Point]] = [
    ("categorical_logits", "table(1, 9, 4)", ()),
    ("categorical_logits", "logits[0]*table(1, 9, 4)", (("logits[1]", "3/2"),)),
    ("bernoulli", "exp(p*a)", ()),
    ("bernoulli", "(a - 1/3)**2", (("p", "4/5"),)),
    ("poisson", "rate*a**2", (("top", "3"),)),
    ("poisson", "exp(a/4)", (("rate", "7/5"), ("top", "2"))),
    ("geometric", "sin(a)", (("top", "2"),)),
    ("negative_binomial", "exp(a/4)", (("top", "2"),)),
    ("bernoulli_product", "a[0]*a[1] + a[2]", (("top", "3"),)),
    ("bernoulli_product", "p[0]*a[0]*a[1]*a[2] + a[1]", (("p[1]", "1/4"), ("top", "5"))),
]


@pytest.mark.parametrize(("family", "integrand", "at"), CASES, ids=lambda v: str(v))
def test_the_code_has_the_exact_moments_of_its_statistic(family: str, integrand: str, at: Point) -> None:
    found = verdict("partial_enumeration", family, integrand, at)
    assert (found.outcome, found.evidence, found.as_stated) == ("agrees", "exact", True), found.reason
    twin = verdict("rest_unweighted", family, integrand, at)
    assert (twin.outcome, twin.evidence, twin.as_stated) == ("refuted", "exact", True), twin.reason
    for name, one in (("partial_enumeration", found), ("rest_unweighted", twin)):
        said = proved(family, integrand, at, *NAMES).statistics[name].variance
        for parameter, seen in one.variance_estimate.items():
            # Sums of enumerated terms on one side, where r of negative_binomial is a quadrature on the other.
            assert seen == pytest.approx(said[parameter], rel=1e-9, abs=1e-12)


def test_everything_summed_draws_nothing() -> None:
    found = verdict("partial_enumeration", "categorical", "table(1, 9, 4)", (("top", "3"),))
    assert (found.outcome, found.reason) == ("agrees", "it draws no noise")


@pytest.mark.parametrize("top", ["-1", "1/2", "65"])
def test_a_number_of_outcomes_is_a_whole_number(top: str) -> None:
    with pytest.raises(OutsideDomain, match=f"top = {top} is no number of outcomes"):
        proved("poisson", "a", (("top", top),), NAMES[0])


@pytest.mark.parametrize(
    ("name", "family", "integrand", "top", "says"),
    [
        ("partial_enumeration", "normal", "a", "1", "samples of normal are no whole numbers"),
        ("rest_unweighted", "poisson", "a", "0", "nothing is summed"),
        ("rest_unweighted", "bernoulli", "exp(a)", "2", "everything is summed"),
    ],
    ids=["continuum", "nothing", "everything"],
)
def test_what_is_refused(name: str, family: str, integrand: str, top: str, says: str) -> None:
    from checks.mistakes import estimator_called

    refusal = estimator_called(name).refuses(expectation_of(family, integrand, None, {"top": top}))
    assert refusal is not None
    assert says in refusal


def test_of_equally_likely_outcomes_code_and_statistic_sum_the_first() -> None:
    """1/3 each: another choice in one of the two would be another variance."""
    at = (("p[0]", "1/3"), ("p[1]", "1/3"), ("p[2]", "1/3"))
    found = verdict("partial_enumeration", "categorical", "table(1, 9, 4)", at)
    assert found.outcome == "agrees", found.reason
    assert ESTIMATORS["partial_enumeration"].knobs == (("top", "1"),)
