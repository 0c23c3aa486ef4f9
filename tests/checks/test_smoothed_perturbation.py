"""Smoothed perturbation analysis: weights against slopes of distribution functions, moments enumerated."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from checks.estimators import ESTIMATORS
from checks.mistakes import MISTAKES
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from tests.checks.proofs import expectation_of

NAME, TWIN = "smoothed_perturbation", "step_unweighted"
Mass = Callable[[mpmath.mpf, int], mpmath.mpf]
Cost = Callable[[int], mpmath.mpf]

# Masses as functions of the parameter, in which of its directions samples move, and how many outcomes count.
MASSES: dict[str, tuple[Mass, int, int]] = {
    "bernoulli": (lambda p, k: p if k else 1 - p, 1, 2),
    "bernoulli_logits": (lambda x, k: 1 / (1 + mpmath.exp(-x if k else x)), 1, 2),
    "binomial": (lambda p, k: mpmath.binomial(7, k) * p**k * (1 - p) ** (7 - k), 1, 8),
    "poisson": (lambda rate, k: mpmath.exp(-rate) * rate**k / mpmath.factorial(k), 1, 70),
    "geometric": (lambda p, k: p * (1 - p) ** k, -1, 220),
    "negative_binomial": (
        lambda p, k: mpmath.binomial(k + mpmath.mpf("2.5"), k) * (1 - p) ** mpmath.mpf("3.5") * p**k,
        1,
        160,
    ),
}
ROWS: list[tuple[str, str, str, str, Cost]] = [
    ("bernoulli", "p", "2/7", "exp(a)", lambda k: mpmath.exp(k)),
    ("bernoulli", "p", "4/5", "(a - 9/20)**2", lambda k: (k - mpmath.mpf("0.45")) ** 2),
    ("bernoulli_logits", "logits", "-4/7", "exp(a)", lambda k: mpmath.exp(k)),
    ("bernoulli_logits", "logits", "7/5", "(a - 9/20)**2", lambda k: (k - mpmath.mpf("0.45")) ** 2),
    ("binomial", "p", "3/10", "a**2", lambda k: mpmath.mpf(k) ** 2),
    ("binomial", "p", "2/3", "log(8 - a)", lambda k: mpmath.log(8 - k)),
    ("poisson", "rate", "5/2", "a**2", lambda k: mpmath.mpf(k) ** 2),
    ("poisson", "rate", "4/3", "exp(a/4)", lambda k: mpmath.exp(mpmath.mpf(k) / 4)),
    ("geometric", "p", "2/5", "a**2", lambda k: mpmath.mpf(k) ** 2),
    ("geometric", "p", "3/4", "log(a + 1)", lambda k: mpmath.log(k + 1)),
    ("negative_binomial", "p", "2/5", "a**2", lambda k: mpmath.mpf(k) ** 2),
    ("negative_binomial", "p", "1/4", "exp(a/4)", lambda k: mpmath.exp(mpmath.mpf(k) / 4)),
]
IDS = [f"{family}-{at}-{g}" for family, _, at, g, _ in ROWS]


def by_hand(family: str, at: str, cost: Cost, weighted: bool = True) -> tuple[float, float, float]:
    """The gradient, and the mean and variance of the steps: weights are slopes of ``F`` over the mass."""
    mass, step, count = MASSES[family]
    with mpmath.workdps(30):
        x = mpmath.mpf(Fraction(at).numerator) / Fraction(at).denominator
        masses = [mass(x, k) for k in range(count)]
        slopes = [mpmath.diff(lambda t, k=k: mass(t, k), x) for k in range(count)]  # type: ignore[misc]
        levels = np.cumsum(slopes)
        first = second = truth = mpmath.mpf(0)
        for k, (p, slope) in enumerate(zip(masses, slopes, strict=True)):
            truth += slope * cost(k)
            # The end of a step that u may pass is F(k) on the way up, F(k - 1) on the way down.
            end = -levels[k] if step > 0 else (levels[k - 1] if k else mpmath.mpf(0))
            if end < mpmath.mpf("1e-20") * p or p < mpmath.mpf("1e-28"):
                continue
            value = (end / p if weighted else 1) * (cost(k + step) - cost(k))
            first, second = first + p * value, second + p * value**2
        return float(truth), float(first), float(second - first**2)


@pytest.mark.parametrize(("family", "wrt", "at", "integrand", "cost"), ROWS, ids=IDS)
def test_its_moments_are_those_of_the_moving_steps(
    family: str, wrt: str, at: str, integrand: str, cost: Cost
) -> None:
    spec = CheckSpec("control-variates", family, integrand, NAME, ((wrt, at),), (wrt,))
    proof = prove(Request(family, integrand, spec.at, spec.wrt, (NAME, TWIN)))
    truth, mean, variance = by_hand(family, at, cost)
    stated = proof.statistics[NAME]
    assert mean == pytest.approx(truth, rel=1e-11)
    assert stated.mean[wrt] == pytest.approx(truth, rel=1e-11)
    assert stated.variance[wrt] == pytest.approx(variance, rel=1e-9)
    verdict = run_check(spec, proof, Options(evidence="exact")).verdict
    assert (verdict.outcome, verdict.evidence, verdict.as_stated) == ("agrees", "exact", True), verdict.reason
    assert verdict.variance_estimate[wrt] == pytest.approx(variance, rel=1e-9)
    if family == "poisson":  # its weight is one
        assert proof.statistics[TWIN].refusal is not None
        return
    _, mean, variance = by_hand(family, at, cost, weighted=False)
    assert abs(mean - truth) > 1e-3
    assert proof.statistics[TWIN].mean[wrt] == pytest.approx(mean, rel=1e-11)
    assert proof.statistics[TWIN].variance[wrt] == pytest.approx(variance, rel=1e-9)
    wrong = CheckSpec("control-variates", family, integrand, TWIN, ((wrt, at),), (wrt,))
    verdict = run_check(wrong, proof, Options(evidence="exact")).verdict
    assert (verdict.outcome, verdict.as_stated) == ("refuted", True), verdict.reason


CHOICE = {"p[0]": Fraction(3, 10), "p[1]": Fraction(1, 10), "p[2]": Fraction(3, 5)}


def test_outcomes_of_a_choice_step_towards_the_one_that_grows() -> None:
    """Exact in fractions: coupled by inversion, the end between j and j + 1 moves with F(j)."""
    p, g = list(CHOICE.values()), [1, 9, 4]
    found = prove(Request("categorical", "table(1, 9, 4)", estimators=(NAME,))).statistics[NAME]
    for k in range(3):
        levels = [sum(p[: j + 1]) for j in range(3)]
        ends = [(k <= j) - levels[j] for j in range(2)]  # d F(j)/d p[k] along the simplex
        first = second = Fraction(0)
        for j in range(3):
            value = Fraction(0)
            if j < 2 and ends[j] < 0:
                value += -ends[j] / p[j] * (g[j + 1] - g[j])
            if j > 0 and ends[j - 1] > 0:
                value += ends[j - 1] / p[j] * (g[j - 1] - g[j])
            first, second = first + p[j] * value, second + p[j] * value**2
        assert found.mean[f"p[{k}]"] == pytest.approx(float(first), rel=1e-13)
        assert found.variance[f"p[{k}]"] == pytest.approx(float(second - first**2), rel=1e-12)


MORE = [
    ("categorical", "p[0]*table(1, 9, 4)", ()),
    ("categorical_logits", "table(1, 9, 4, 2)", (("logits[1]", "1/3"),)),
    ("bernoulli_product", "a[0]*a[1] + p[2]*a[2]", ()),
]


@pytest.mark.parametrize(("family", "integrand", "at"), MORE, ids=[f for f, _, _ in MORE])
@pytest.mark.parametrize(("name", "outcome"), [(NAME, "agrees"), (TWIN, "refuted")], ids=[NAME, TWIN])
def test_code_and_statistic_of_several_parameters(
    name: str, outcome: str, family: str, integrand: str, at: tuple[tuple[str, str], ...]
) -> None:
    spec = CheckSpec("control-variates", family, integrand, name, at)
    proof = prove(Request(family, integrand, at, None, (name,)))
    verdict = run_check(spec, proof, Options(evidence="exact")).verdict
    assert (verdict.outcome, verdict.as_stated) == (outcome, True), verdict.reason
    for s in proof.wrt:
        said, seen = proof.statistics[name].variance[s], verdict.variance_estimate[s]
        assert seen == pytest.approx(said, rel=1e-9, abs=1e-12)


def test_a_constant_added_to_the_cost_changes_nothing() -> None:
    found = [
        prove(Request("poisson", g, estimators=(NAME,))).statistics[NAME] for g in ("a**2", "a**2 + 100")
    ]
    assert found[0].variance == found[1].variance


@pytest.mark.parametrize(
    ("family", "wrt", "says"),
    [
        ("normal", None, "normal is continuous: its samples move and do not step, which pathwise follows"),
        ("negative_binomial", ("r",), "the steps of negative_binomial are known by p, not by r"),
    ],
    ids=["continuous", "shape"],
)
def test_refusals(family: str, wrt: tuple[str, ...] | None, says: str) -> None:
    for refuses in (ESTIMATORS[NAME].refuses, MISTAKES[TWIN].refuses):
        assert refuses(expectation_of(family, "a**2", wrt)) == says
