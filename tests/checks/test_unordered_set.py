"""Sampling without replacement: moments against all ordered samples in fractions, by the definitions."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import permutations

import pytest
import torch

from checks.estimators import ESTIMATORS, _unordered
from checks.mistakes import MISTAKES
from checks.problem import Problem
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from derive.proof import Proof
from tests.checks.proofs import expectation_of

PLAIN, BASELINE = "unordered_set", "unordered_set_baseline"
TWIN, OTHER = "averaged_without_replacement", "other_sample_as_baseline"
WRONG = (TWIN, OTHER)
NAMES = (PLAIN, BASELINE, *WRONG)
Point = tuple[tuple[str, str], ...]
Masses = tuple[Fraction, ...]


@cache
def proved(family: str, integrand: str, at: Point = (), *names: str) -> Proof:
    return prove(Request(family, integrand, at, None, names or NAMES))


def chance(ordered: tuple[int, ...], p: Masses, without: tuple[int, ...] = ()) -> Fraction:
    """Of an ordered sample without replacement from what ``without`` leaves (Kool et al. 2020, section 2)."""
    total, left = Fraction(1), 1 - sum((p[k] for k in without), Fraction(0))
    for k in ordered:
        total, left = total * p[k] / left, left - p[k]
    return total


def of_set(members: tuple[int, ...], p: Masses, without: tuple[int, ...] = ()) -> Fraction:
    """Of the unordered set: the sum over its orders."""
    return sum((chance(order, p, without) for order in permutations(members)), Fraction(0))


def ratio(members: tuple[int, ...], s: int, p: Masses, without: tuple[int, ...] = ()) -> Fraction:
    """The leave-one-out ratio of ``s``, of the first or of the second order."""
    others = tuple(k for k in members if k != s)
    return of_set(others, p, (*without, s)) / of_set(members, p, without)


def contribution(name: str, pair: tuple[int, int], k: int, p: Masses, g: list[int]) -> Fraction:
    """What a pair contributes by ``p[k]`` along the simplex, where d p[s] = p[s] (1{s = k}/p[k] - 1)."""
    total = Fraction(0)
    for s in pair:
        score = (Fraction(1) / p[k] if s == k else Fraction(0)) - 1
        if name == TWIN:
            total += g[s] * score / 2
            continue
        cost, (other,) = Fraction(g[s]), (r for r in pair if r != s)
        if name == OTHER:
            cost -= g[other]
        if name == BASELINE:  # the ratio of s itself, given s, is one
            cost -= p[s] * g[s] + p[other] * ratio((other,), other, p, (s,)) * g[other]
        total += p[s] * score * ratio(pair, s, p) * cost
    return total


def by_hand(name: str, k: int, p: Masses, g: list[int]) -> tuple[Fraction, Fraction]:
    first = second = Fraction(0)
    for pair in permutations(range(len(p)), 2):
        mass, value = chance(pair, p), contribution(name, pair, k, p, g)
        first, second = first + mass * value, second + mass * value**2
    return first, second - first**2


CHOICES: list[tuple[Masses, list[int]]] = [
    ((Fraction(3, 10), Fraction(1, 10), Fraction(3, 5)), [1, 9, 4]),
    ((Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)), [3, -1, 2]),
    ((Fraction(1, 16), Fraction(3, 16), Fraction(5, 16), Fraction(7, 16)), [1, 9, 4, 2]),
]


@pytest.mark.parametrize(("p", "g"), CHOICES, ids=["three", "other three", "four"])
@pytest.mark.parametrize("name", NAMES)
def test_moments_are_those_of_all_ordered_samples(name: str, p: Masses, g: list[int]) -> None:
    at = tuple((f"p[{k}]", str(x)) for k, x in enumerate(p))
    integrand = f"table({', '.join(map(str, g))})"
    found, mean = proved("categorical", integrand, at).statistics[name], sum(x * y for x, y in zip(p, g))
    for k in range(len(p)):
        first, second = by_hand(name, k, p, g)
        truth = g[k] - mean
        assert (first == truth) == (name not in WRONG)
        assert found.mean[f"p[{k}]"] == pytest.approx(float(first), rel=1e-12)
        assert found.variance[f"p[{k}]"] == pytest.approx(float(second), rel=1e-11)


# theta in the integrand, several samples' worth of structure, exponentials.
ROWS: list[tuple[str, str, Point]] = [
    ("categorical", "p[0]*table(1, 9, 4)", ()),
    ("categorical_logits", "a**2", (("logits[1]", "1/3"),)),
    ("binomial", "a**2*p", (("n", "4"),)),
    ("bernoulli_product", "a[0]*a[1] + p[1]*a[1]", (("p[0]", "1/3"), ("p[1]", "3/4"))),
]


@pytest.mark.parametrize(("family", "integrand", "at"), ROWS, ids=[f for f, _, _ in ROWS])
@pytest.mark.parametrize("name", NAMES)
def test_the_code_has_the_exact_moments_of_its_statistic(
    name: str, family: str, integrand: str, at: Point
) -> None:
    proof = proved(family, integrand, at)
    verdict = run_check(CheckSpec("x", family, integrand, name, at), proof, Options(evidence="exact")).verdict
    outcome = "refuted" if name in WRONG else "agrees"
    assert (verdict.outcome, verdict.evidence, verdict.as_stated) == (outcome, "exact", True), verdict.reason
    for s in proof.wrt:
        said, seen = proof.statistics[name].variance[s], verdict.variance_estimate[s]
        assert seen == pytest.approx(said, rel=1e-9, abs=1e-12)
    if name in WRONG and verdict.diagnosis is not None:
        assert verdict.diagnosis["mistake"] == name


def test_which_two_were_drawn_says_more_than_one_and_twice_the_same_says_nothing() -> None:
    """Below one sample of the score function (Rao-Blackwell), and here below leave-one-out of two samples."""
    names = (PLAIN, BASELINE, "score_function", "leave_one_out")
    found = proved("categorical", "table(1, 9, 4)", (), *names).statistics
    p = {f"p[{k}]": float(x) for k, x in enumerate(CHOICES[0][0])}
    for s, leave_one_out in zip(p, (1.1616, 1.4184, 1.5024), strict=True):
        spread = {name: found[name].variance[s] * p[s] ** 2 for name in names}  # by the logits
        assert spread["leave_one_out"] == pytest.approx(leave_one_out, rel=1e-12)
        assert spread[PLAIN] < spread["score_function"]
        assert spread[BASELINE] < spread["leave_one_out"]


def test_its_own_baseline_takes_a_constant_away() -> None:
    one, other = (proved("categorical", f"table({g})").statistics for g in ("1, 9, 4", "101, 109, 104"))
    for s in ("p[0]", "p[1]", "p[2]"):
        assert one[BASELINE].variance[s] == pytest.approx(other[BASELINE].variance[s], rel=1e-10)
        assert other[PLAIN].variance[s] > 2 * one[PLAIN].variance[s]


def test_no_pair_holds_an_outcome_twice() -> None:
    pairs = _unordered.drawn(
        Problem(proved("categorical", "table(1, 9, 4)")), 500, torch.Generator().manual_seed(2)
    )
    assert (pairs.costs[:, 0] != pairs.costs[:, 1]).all()
    torch.testing.assert_close(pairs.shares.sum(-1), torch.ones(500, dtype=torch.float64))


@pytest.mark.parametrize(
    ("family", "at", "says"),
    [
        ("normal", {}, "normal is continuous: no sample comes twice"),
        ("poisson", {}, "poisson has infinitely many outcomes, and pairs are enumerated here"),
        (
            "bernoulli",
            {},
            "bernoulli has two outcomes: a pair without replacement is both, and the sum is exact",
        ),
        ("binomial", {"n": "12"}, "pairs of 13 outcomes are not enumerated here, of 8 at most"),
    ],
    ids=["continuous", "infinite", "two", "many"],
)
def test_refusals(family: str, at: dict[str, str], says: str) -> None:
    made = expectation_of(family, "a**2", None, at)
    for record in (*(ESTIMATORS[n] for n in (PLAIN, BASELINE)), *(MISTAKES[n] for n in WRONG)):
        assert record.refuses(made) == says
