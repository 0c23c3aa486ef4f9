"""Measure-valued estimators: Torch code against its statistic, exact variances against closed forms."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import pi

import pytest

from checks.estimators._weak import HALVES
from checks.mistakes import MISTAKES
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from checks.verdict import Verdict
from derive.proof import Proof
from tests.checks.proofs import expectation_of

NAMES = ("measure_valued", "measure_valued_independent")
TWINS = ("missing_constant", "halves_swapped", "rayleigh_scale")
Point = tuple[tuple[str, str], ...]


@cache
def proof_of(family: str, integrand: str, wrt: str, at: Point = ()) -> Proof:
    return prove(Request(family, integrand, at, (wrt,), (*NAMES, *TWINS)))


def verdict_of(name: str, family: str, integrand: str, wrt: str, at: Point = ()) -> Verdict:
    spec = CheckSpec("measure-valued", family, integrand, name, at, (wrt,))
    return run_check(spec, proof_of(family, integrand, wrt, at), Options(evidence="exact")).verdict


M, S, L = 0.7, 1.3, 1.25  # the reference points of normal and exponential
A, B = 2.4, 1.4  # of gamma
# Closed forms: B.2, B.6, B.7 and B.11 of a catalogue that was computed by other means.
VARIANCES = [
    ("normal", "a**2", "mu", (), M**2 * (16 / pi - 4), 4 / pi * (M**2 * (2 - pi / 2) + S**2)),
    ("normal", "a**2", "sigma", (), 4 * M**2 + 4 * S**2, 16 * M**2 + 8 * S**2),
    ("exponential", "a**2", "rate", (), 48 / L**6, 104 / L**6),
    ("gamma", "a", "rate", (), A**2 / B**4, A**2 * (2 * A + 1) / B**4),
    ("poisson", "a**2", "rate", (("rate", "5/2"),), 4 * 2.5, 2 * 2.5 * (4 * 6.25 + 10 * 2.5 + 5)),
    ("bernoulli", "exp(a)", "p", (), 0.0, 0.0),
    # Moments of the coupled draws by hand: n (2 X + 1), 2 mu X, sigma M^2 (1 - U^2), -Y/alpha^2.
    ("binomial", "a**2", "p", (), 4 * 49 * 6 * 0.3 * 0.7, None),
    ("laplace", "a**2", "mu", (), 4 * M**2, None),
    ("half_normal", "a**2", "sigma", (), 4 * S**2, 8 * S**2),
    ("pareto", "log(a)", "alpha", (), 9.5**-4, 3 * 9.5**-4),
    ("lognormal", "log(a)", "mu", (), 2 / pi * (2 - pi / 2), (2 - pi / 2) / pi),
    ("geometric", "a", "p", (("p", "4/5"),), 0.2 / 0.8**4, None),
]


@pytest.mark.parametrize(
    ("family", "integrand", "wrt", "at", "coupled", "apart"), VARIANCES, ids=lambda v: str(v)
)
def test_variances_are_the_closed_forms(
    family: str, integrand: str, wrt: str, at: Point, coupled: float, apart: float | None
) -> None:
    for name, wanted in zip(NAMES, (coupled, apart) if apart is not None else (coupled,), strict=False):
        statistic = proof_of(family, integrand, wrt, at).statistics[name]
        assert statistic.variance[wrt] == pytest.approx(wanted, rel=1e-9, abs=1e-12)
        verdict = verdict_of(name, family, integrand, wrt, at)
        assert (verdict.outcome, verdict.evidence) == ("agrees", "exact"), verdict.reason
        assert verdict.variance_estimate[wrt] == pytest.approx(wanted, rel=1e-7, abs=1e-12)


MOVED: dict[str, Point] = {
    "normal": (("mu", "-2/5"), ("sigma", "4/5")),
    "exponential": (("rate", "3/4"),),
    "gamma": (("shape", "5/3"), ("rate", "9/4")),
    "weibull": (("scale", "4/5"), ("shape", "7/5")),
    "poisson": (("rate", "7/5"),),
    "bernoulli": (("p", "4/7"),),
    "bernoulli_logits": (("logits", "-3/5"),),
    "categorical": (("p[0]", "1/5"), ("p[1]", "1/2"), ("p[2]", "3/10")),
    "lognormal": (("mu", "-2/5"), ("sigma", "1/2")),
    "half_normal": (("sigma", "4/5"),),
    "laplace": (("mu", "-2/5"), ("b", "4/5")),
    "pareto": (("scale", "4/5"), ("alpha", "21/2")),
    "binomial": (("n", "5"), ("p", "1/4")),
    "geometric": (("p", "9/10"),),
    "categorical_logits": (("logits[0]", "1/5"), ("logits[1]", "1/2"), ("logits[2]", "-3/10")),
}
# Two draws of a law without end are enumerated where their tables are short.
SHORT: dict[str, Point] = {"geometric": (("p", "4/5"),)}
# Of heavy tails a cube has a variance that no quadrature settles; the absolute value of a normal variable,
# which is half-normal, has no kink in an even power.
LIGHT = {"lognormal": ("log(a)**2", "sqrt(a)"), "pareto": ("log(a)", "a"), "half_normal": ("a**4/5", "a**2")}


@pytest.mark.parametrize("moved", [False, True], ids=["reference", "moved"])
@pytest.mark.parametrize(("family", "wrt"), HALVES, ids=lambda v: v)
def test_code_and_statistic_agree_at_two_points_and_integrands(family: str, wrt: str, moved: bool) -> None:
    at = MOVED[family] if moved else SHORT.get(family, ())
    # With theta in the integrand the explicit term takes a sample more.
    theta = f"{wrt}*a" if family in ("normal", "bernoulli", "bernoulli_logits") else "a**3"
    integrand = LIGHT.get(family, (theta, "a**2 + a"))[moved]
    integrand = "table(1, 4, 2)" if family.startswith("categorical") else integrand
    for name in NAMES:
        verdict = verdict_of(name, family, integrand, wrt, at)
        assert (verdict.outcome, verdict.evidence) == ("agrees", "exact"), verdict.reason
        said = proof_of(family, integrand, wrt, at).statistics[name].variance[wrt]
        if said is not None:
            assert verdict.variance_estimate[wrt] == pytest.approx(said, rel=1e-6, abs=1e-10)


SIZES = [("table(3, 1)", [3, 1]), ("table(1, 9, 4, 2)", [1, 9, 4, 2])]


@pytest.mark.parametrize(("integrand", "costs"), SIZES, ids=["two", "four"])
def test_a_choice_of_any_size_goes_towards_one_outcome_from_the_others(
    integrand: str, costs: list[int]
) -> None:
    """Exact in fractions: ``(1 - p) (g(k) - g(j))`` with ``j`` drawn from the others."""
    count, wrt = len(costs), "p[1]"
    p = [Fraction(2 * k + 1, count**2) for k in range(count)]
    others = [j for j in range(count) if j != 1]
    first, second = (
        sum(p[j] / (1 - p[1]) * ((1 - p[1]) * (costs[1] - costs[j])) ** n for j in others) for n in (1, 2)
    )
    assert first == costs[1] - sum(x * g for x, g in zip(p, costs, strict=True))
    for name in NAMES:
        verdict = verdict_of(name, "categorical", integrand, wrt)
        assert (verdict.outcome, verdict.evidence, verdict.as_stated) == ("agrees", "exact", True)
        proof = proof_of("categorical", integrand, wrt)
        assert proof.statistics[name].mean[wrt] == pytest.approx(float(first), rel=1e-13)
        assert proof.statistics[name].variance[wrt] == pytest.approx(float(second - first**2), abs=1e-13)
        assert proof.routes["measure_valued"].status == "proved"


CASES = [
    ("missing_constant", "normal", "mu*a**2 + a", "mu"),
    ("missing_constant", "weibull", "a**2", "scale"),
    ("halves_swapped", "gamma", "a", "rate"),
    ("halves_swapped", "categorical", "table(1, 4, 2)", "p[1]"),
    ("missing_constant", "laplace", "a**2", "mu"),
    ("halves_swapped", "binomial", "a**2", "p"),
    ("halves_swapped", "lognormal", "log(a)**2", "sigma"),
    ("missing_constant", "categorical_logits", "table(1, 9, 4)", "logits[1]"),
    ("rayleigh_scale", "normal", "a**2", "mu"),
    ("rayleigh_scale", "normal", "mu*a**2 + a", "mu"),
]


@pytest.mark.parametrize(("name", "family", "integrand", "wrt"), CASES, ids=lambda v: str(v))
def test_a_wrong_twin_is_refuted_by_exactly_its_bias(
    name: str, family: str, integrand: str, wrt: str
) -> None:
    verdict = verdict_of(name, family, integrand, wrt)
    assert (verdict.outcome, verdict.as_stated, verdict.evidence) == ("refuted", True, "exact"), (
        verdict.reason
    )
    assert verdict.diagnosis is not None
    assert verdict.diagnosis["mistake"] == name


@pytest.mark.parametrize(
    ("name", "family", "integrand", "wrt", "says"),
    [
        ("measure_valued", "gamma", "a", None, "no split of the derivative of gamma in shape"),
        ("measure_valued", "uniform", "a", None, "the support of uniform moves"),
        ("missing_constant", "poisson", "a", None, "the constant is 1"),
        ("rayleigh_scale", "normal", "a", None, "only the mean of a normal law"),
    ],
)
def test_what_is_refused(
    name: str, family: str, integrand: str, wrt: tuple[str, ...] | None, says: str
) -> None:
    from checks.run import estimator_called

    refusal = estimator_called(name).refuses(expectation_of(family, integrand, wrt))
    assert refusal is not None
    assert says in refusal


def test_coupling_is_not_always_better() -> None:
    """Of a monotone integrand the coupled halves are antithetic, and their difference varies more."""
    statistics = proof_of("normal", "exp(a/2)", "mu").statistics
    coupled, apart = (statistics[name].variance["mu"] for name in NAMES)
    assert coupled == pytest.approx(0.391985236643061449, rel=1e-9)
    assert apart == pytest.approx(0.316275704568067515, rel=1e-9)


def test_the_twins_are_known_mistakes() -> None:
    assert all(MISTAKES[name].of.startswith("measure_valued") for name in TWINS)
