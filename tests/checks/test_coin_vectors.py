"""ARM and DisARM of several coins: against the textbook's uniform numbers, cell by cell, and their twin."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest
import torch

from checks.estimators import ESTIMATORS
from checks.estimators._vectors import throw
from checks.evidence.arrays import Array
from checks.evidence.gauss import smooth_moments
from checks.evidence.quadrature import Axis
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from checks.verdict import Verdict
from derive.proof import Proof
from tests.checks.proofs import expectation_of

Point = tuple[tuple[str, str], ...]
NAMES = ("arm", "disarm", "sigmoid_left_out")
HALF = Fraction(1, 2)


@cache
def proved(integrand: str, at: Point = ()) -> Proof:
    return prove(Request("bernoulli_product", integrand, at, None, NAMES))


def verdict(name: str, integrand: str, at: Point = ()) -> Verdict:
    spec = CheckSpec("control-variates", "bernoulli_product", integrand, name, at)
    return run_check(spec, proved(integrand, at), Options(evidence="exact")).verdict


def cost(a: tuple[int, ...]) -> Fraction:
    return Fraction(a[0] * a[1] * a[2] + 2 * a[1] + a[0] * (1 - a[2]))


INTEGRAND = "a[0]*a[1]*a[2] + 2*a[1] + a[0]*(1 - a[2])"
POINTS: list[tuple[str, str, str]] = [("2/7", "3/5", "1/6"), ("1/2", "4/5", "1/3")]


def textbook(name: str, p: tuple[Fraction, ...], i: int) -> tuple[Fraction, Fraction]:
    """Mean and variance by the log-odds of coin i: b = 1{u > 1 - p}, b' = 1{u < p}, u uniform on a cube.

    On each of 27 boxes both costs are constant; (u - 1/2) and its square are integrated over the box's side.
    """
    first = second = Fraction(0)
    cuts = [sorted({Fraction(0), x, 1 - x, Fraction(1)}) for x in p]
    for box in product(*(list(pairwise(c)) for c in cuts)):
        middle = [(low + high) / 2 for low, high in box]
        one = tuple(int(u > 1 - x) for u, x in zip(middle, p, strict=True))
        other = tuple(int(u < x) for u, x in zip(middle, p, strict=True))
        volume = Fraction(1)
        for low, high in box:
            volume *= high - low
        gap, (low, high) = cost(one) - cost(other), box[i]
        if name == "arm":
            left, right = low - HALF, high - HALF
            mean, square = (left + right) / 2, (left**2 + left * right + right**2) / 3
        else:
            weight = HALF * (one[i] - other[i]) * (max(p[i], 1 - p[i]) if name == "disarm" else 1)
            mean, square = weight, weight**2
        first, second = first + volume * gap * mean, second + volume * gap**2 * square
    return first, second - first**2


@pytest.mark.parametrize("at", POINTS, ids=lambda p: ",".join(p))
@pytest.mark.parametrize("name", NAMES)
def test_moments_are_those_of_the_textbook(name: str, at: tuple[str, str, str]) -> None:
    p = tuple(map(Fraction, at))
    stated = proved(INTEGRAND, tuple((f"p[{i}]", v) for i, v in enumerate(at))).statistics[name]
    for i in range(3):
        mean, variance = textbook(name, p, i)
        slope = p[i] * (1 - p[i])  # by the log-odds, of which the chain rule makes that by p
        assert stated.mean[f"p[{i}]"] == pytest.approx(float(mean / slope), rel=1e-12)
        assert stated.variance[f"p[{i}]"] == pytest.approx(float(variance / slope**2), rel=1e-12)


@pytest.mark.parametrize(
    ("integrand", "at"),
    [("a[0]*a[1]*a[2]", ()), ("p[0]*a[0]*a[1]*a[2] + a[1]", (("p[1]", "1/2"),))],
    ids=["reference", "even odds"],
)
@pytest.mark.parametrize("name", NAMES)
def test_the_code_has_the_exact_moments_of_its_statistic(name: str, integrand: str, at: Point) -> None:
    found = verdict(name, integrand, at)
    outcome = "refuted" if name == "sigmoid_left_out" else "agrees"
    assert (found.outcome, found.evidence, found.as_stated) == (outcome, "exact", True), found.reason
    for parameter, seen in found.variance_estimate.items():
        assert seen == pytest.approx(proved(integrand, at).statistics[name].variance[parameter], rel=1e-9)


def test_the_twins_of_four_coins_are_enumerated() -> None:
    integrand, at = "a[0]*a[1]*a[2]*a[3]", (("p[3]", "3/4"),)
    proof = prove(Request("bernoulli_product", integrand, at, None, ("disarm",)))
    spec = CheckSpec("control-variates", "bernoulli_product", integrand, "disarm", at)
    found = run_check(spec, proof, Options(evidence="exact")).verdict
    assert (found.outcome, found.reason) == ("agrees", "all 256 values of its noise enumerated")


def test_disarm_is_never_worse_than_arm() -> None:
    statistics = proved(INTEGRAND).statistics
    for name, one in statistics["disarm"].variance.items():
        other = statistics["arm"].variance[name]
        assert one is not None
        assert other is not None
        assert one < other


def test_what_is_thrown_are_uniform_numbers_and_their_coins() -> None:
    """u falls in each tenth as often as in any other, and throws the coins it stands for. Alarm < 1e-6."""
    n, p = 40_000, torch.tensor([2 / 7, 3 / 5, 1 / 2], dtype=torch.float64)
    thrown = throw(torch.logit(p).expand(n, 3), torch.Generator().manual_seed(2), placed=True)
    assert thrown.place is not None
    u = thrown.place + 0.5
    assert torch.equal(thrown.one, (u > 1.0 - p).double())
    assert torch.equal(thrown.other, (u < p).double())
    counts = torch.stack([torch.histc(column, 10, 0.0, 1.0) for column in u.unbind(-1)])
    # A tenth of 40000 with its standard deviation of 60: thirty counts beyond 6 of them have chance 6e-8.
    assert (counts - n / 10).abs().max() < 360
    assert (torch.histc(u[:, 0] ** 2, 10, 0.0, 1.0) - n / 10).abs().max() > 360  # what is not uniform is seen


def many(body: Callable[[Array], Array]) -> tuple[int, float] | None:
    """The nodes taken and the mean of a function of three uniform numbers, beside 32 values of another."""
    axes = (Axis("finite", 32), Axis("uniform"), Axis("uniform"), Axis("uniform"))
    found = smooth_moments(lambda u: (body(u)[:, None], np.full(len(u), 1 / 32)), axes, None)
    return None if found is None else (found.nodes, float(found.mean[0]))


def test_polynomials_beside_many_values_take_few_nodes() -> None:
    found = many(lambda u: u[:, 1] ** 2 * u[:, 2] + u[:, 3] + u[:, 0])
    assert found is not None
    assert found == pytest.approx((12960, 1 / 6 + 16), rel=1e-13)


def test_what_is_no_polynomial_takes_the_usual_ones() -> None:
    nodes, mean = many(lambda u: np.exp(3 * u[:, 1]))  # type: ignore[misc]
    assert nodes > 400_000
    assert mean == pytest.approx((np.e**3 - 1) / 3, rel=1e-12)
    assert many(lambda u: np.abs(u[:, 1] - 1 / 3)) is None


def test_too_many_coins_are_refused() -> None:
    made = expectation_of("bernoulli_product", "a[0]*a[6]")
    for name in NAMES[:2]:
        assert ESTIMATORS[name].refuses(made) == (
            "the twins of 7 coins take 16384 values; up to 6 coins are enumerated"
        )
