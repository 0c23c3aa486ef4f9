"""Splits of derivatives of densities: each proved, each wrong one refused, against differences by mpmath."""

from __future__ import annotations

from dataclasses import replace

import mpmath as mp
import pytest
from sympy import Expr, Rational, S, Symbol, exp, sqrt

from derive.context import Context
from derive.deriving import context_of, derivations, requested
from derive.errors import NotApplicable
from derive.expectation import expectation
from derive.families import FAMILIES
from derive.family import Family
from derive.kernel import check
from derive.numeric.balls import value as ball_value
from derive.oracle import value
from derive.rules import RULES
from derive.signed import decomposed, sampled
from derive.terms import SAMPLE as a
from derive.terms import D, Density, E, Int, Law
from derive.weak import Half, Split, split_of

KNOWN = [
    ("normal", "mu"), ("normal", "sigma"), ("exponential", "rate"), ("gamma", "rate"), ("weibull", "scale"),
    ("poisson", "rate"), ("bernoulli", "p"), ("bernoulli_logits", "logits"),
    ("categorical", "p[0]"), ("categorical", "p[1]"), ("categorical", "p[2]"),
    ("lognormal", "mu"), ("lognormal", "sigma"), ("half_normal", "sigma"), ("laplace", "mu"),
    ("laplace", "b"), ("pareto", "alpha"), ("binomial", "p"), ("geometric", "p"),
    *(("categorical_logits", f"logits[{k}]") for k in range(3)),
]  # fmt: skip
FINITE = ("bernoulli", "bernoulli_logits", "categorical", "categorical_logits")
WITH_LAWS = [k for k in KNOWN if k[0] not in FINITE]
# Under these an exponential of the sample has no expectation.
HEAVY = ("lognormal", "pareto")
by_name = pytest.mark.parametrize(("name", "wrt"), KNOWN, ids=lambda v: v)
by_law = pytest.mark.parametrize(("name", "wrt"), WITH_LAWS, ids=lambda v: v)


def known(name: str, wrt: str) -> tuple[Family, Symbol, Split, Context]:
    family = FAMILIES[name]
    theta = family.parameter(wrt).symbol
    made = expectation(family, S.One)
    return family, theta, split_of(family, theta), Context(made, (made.point,))


@by_name
def test_the_identity_and_both_laws_are_proved(name: str, wrt: str) -> None:
    family, theta, split, context = known(name, wrt)
    assert decomposed(family, theta, split, context).status == "proved"
    assert sampled(family, split.plus, "p+", context).status == "proved"
    assert sampled(family, split.minus, "p-", context).status == "proved"


@by_name
def test_another_constant_and_swapped_halves_are_refused(name: str, wrt: str) -> None:
    family, theta, split, context = known(name, wrt)
    larger = replace(split, constant=split.constant * Rational(11, 10))
    swapped = replace(split, plus=split.minus, minus=split.plus)
    for wrong in (larger, swapped):
        assert decomposed(family, theta, wrong, context).status == "failed"


@by_law
def test_samples_of_another_law_are_refused(name: str, wrt: str) -> None:
    family, _, split, context = known(name, wrt)
    for half in (split.plus, split.minus):
        assert half.law is not None
        stretched = replace(
            half, paths=tuple(p.xreplace({half.variable: 2 * half.variable}) for p in half.paths)
        )
        assert sampled(family, stretched, "p", context).status == "failed"


def test_rayleigh_distances_of_scale_one_are_refused() -> None:
    family, _, split, context = known("normal", "mu")
    short = replace(split.plus, law=Law("weibull", 1, 2))
    assert sampled(family, short, "p+", context).status == "failed"
    right = replace(split.plus, law=Law("weibull", sqrt(2), 2))
    assert sampled(family, right, "p+", context).status == "proved"


def test_the_halves_of_a_location_are_those_of_hahn_and_jordan() -> None:
    """Nowhere are both positive, and the constant is the integral of the positive part of dp/dmu."""
    family, _, split, _ = known("normal", "mu")
    assert split.plus.ratio is not None
    assert split.minus.ratio is not None
    point = {p.symbol: p.reference for p in family.parameters}
    for at in (Rational(-3), Rational(1, 2), Rational(4)):
        assert (split.plus.ratio * split.minus.ratio).subs({**point, a: at}) == 0
    m, s = mp.mpf(7) / 10, mp.mpf(13) / 10
    slope = lambda x: (x - m) / s**2 * mp.npdf(x, m, s)  # noqa: E731
    assert float(split.constant.subs(point)) == pytest.approx(float(mp.quad(slope, [m, m + 4 * s, mp.inf])))


G: dict[str, Expr] = {"square": a**2 + a + Rational(1, 3), "exponential": exp(a / 5)}


@pytest.mark.parametrize(
    ("name", "wrt", "body"),
    [(*known, body) for body in G for known in KNOWN if body == "square" or known[0] not in HEAVY],
)
def test_the_difference_of_expectations_is_the_derivative(name: str, wrt: str, body: str) -> None:
    """By quadrature or summation of both halves, against a difference quotient of the expectation."""
    family, theta, split, _ = known(name, wrt)
    g, point = G[body], {p.symbol: p.reference for p in family.parameters}
    there = lambda path: g.xreplace({a: path})  # noqa: E731
    difference = split.constant * (split.plus.expectation(there) - split.minus.expectation(there))
    found = value(difference, point)
    exact = value(D(E(g, family.law, a), theta), point)
    assert found.value == pytest.approx(exact.value, rel=1e-7)
    wrong = value(split.constant * split.plus.expectation(there), point)
    assert wrong.value != pytest.approx(exact.value, rel=1e-3)


@pytest.mark.parametrize(
    ("family", "integrand", "wrt", "exact"),
    [
        ("normal", "a**2", "mu", "7/5"),
        ("normal", "a**2", "sigma", "13/5"),
        ("exponential", "a**2", "rate", "-256/125"),
        ("poisson", "a**2", "rate", "6"),
    ],
)
def test_the_route_is_proved_and_its_end_is_the_gradient(
    family: str, integrand: str, wrt: str, exact: str
) -> None:
    (derivation,) = derivations(
        "measure-valued", family, integrand, (wrt,), {"rate": Rational(5, 2)} if family == "poisson" else None
    )
    assert derivation.status == "proved"
    assert [s.rule for s in derivation.steps].count("difference of two laws") == 1
    point = requested(
        family, integrand, (wrt,), {"rate": Rational(5, 2)} if family == "poisson" else None
    ).point
    assert ball_value(derivation.result, point)[0] == pytest.approx(float(Rational(exact)), rel=1e-13)


def test_a_step_of_the_integrand_does_no_harm() -> None:
    (derivation,) = derivations("measure-valued", "normal", "Heaviside(a - 1)", ("mu",))
    assert derivation.status == "proved"


def test_a_shape_has_no_split() -> None:
    family = FAMILIES["gamma"]
    with pytest.raises(NotApplicable, match="no split of the derivative of gamma in shape"):
        split_of(family, family.symbols[0])
    with pytest.raises(NotApplicable, match="no split of the derivative of beta"):
        split_of(FAMILIES["beta"], FAMILIES["beta"].symbols[0])


def test_a_wrong_difference_is_refuted_by_the_oracle() -> None:
    made = requested("exponential", "a**2")
    context, (rate,) = context_of(made), made.wrt
    law = made.family.law
    before = Int(a**2 * D(Density(law, a), rate), (a, 0, S.Infinity))
    rule = RULES["signed_measure"]
    after = rule.apply(before, context).after
    assert check(rule, before, after, context).status == "proved"
    assert check(rule, before, 2 * after, context).status == "refuted"


def test_two_paths_are_equally_likely() -> None:
    half = Half(Law("gamma", Rational(3, 2), 1), Symbol("x", positive=True), (a, -a))
    assert [str(v) for _, v in half.draws()] == ["x", "s"]
    coin = half.draws()[1][1]
    assert half.sample().subs(coin, 1) == a
    assert half.sample().subs(coin, 0) == -a
