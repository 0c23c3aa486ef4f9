"""Velocities of samples: special ones against mpmath, all of them against their distribution functions."""

from __future__ import annotations

from dataclasses import replace

import mpmath as mp
import pytest
from flint import acb, ctx
from sympy import Expr, Rational, S, Symbol

from derive.certify import equal
from derive.deriving import context_of, derivations, requested
from derive.errors import NotApplicable
from derive.families import FAMILIES
from derive.implicit import levelled, transported, velocity_of
from derive.kernel import apply
from derive.laws import log_density
from derive.numeric.arrays import evaluate
from derive.oracle import value
from derive.routes import ROUTES, derive
from derive.rules import RULES
from derive.special import beta_velocity, gamma_velocity, student_velocity, von_mises_velocity
from derive.terms import SAMPLE as a
from derive.terms import D, Density, E, Int

VELOCITIES = [(n, s.name) for n in FAMILIES for s, _ in FAMILIES[n].velocities]
LEVELS = [n for n in FAMILIES if FAMILIES[n].cdf is not None]
# Differences of regularized functions at 40 digits with a step of 1e-12 leave some 1e-24.
CLOSE = 1e-15


def slope(f: object, at: float) -> mp.mpf:
    h = mp.mpf(10) ** -12
    return (f(mp.mpf(at) + h) - f(mp.mpf(at) - h)) / (2 * h)  # type: ignore[operator]


def gamma_truth(s: float, x: float) -> mp.mpf:
    density = mp.mpf(x) ** (mp.mpf(s) - 1) * mp.exp(-mp.mpf(x)) / mp.gamma(s)
    return -slope(lambda k: mp.gammainc(k, 0, x, regularized=True), s) / density


def beta_truth(p: float, q: float, x: float) -> mp.mpf:
    density = mp.mpf(x) ** (mp.mpf(p) - 1) * (1 - mp.mpf(x)) ** (mp.mpf(q) - 1) / mp.beta(p, q)
    return -slope(lambda k: mp.betainc(k, q, 0, x, regularized=True), p) / density


def student_truth(nu: float, z: float) -> mp.mpf:
    def upper(n: mp.mpf) -> mp.mpf:
        return mp.betainc(n / 2, mp.mpf(1) / 2, 0, n / (n + mp.mpf(z) ** 2), regularized=True) / 2

    n = mp.mpf(nu)
    density = (1 + mp.mpf(z) ** 2 / n) ** (-(n + 1) / 2) / (mp.sqrt(n) * mp.beta(n / 2, mp.mpf(1) / 2))
    return mp.sign(z) * slope(upper, nu) / density


def circle_truth(kappa: float, mu: float, x: float) -> mp.mpf:
    def level(k: mp.mpf) -> mp.mpf:
        ends = [-mp.pi, mu, x] if x > mu else [-mp.pi, x]
        return mp.quad(lambda t: mp.exp(k * mp.cos(t - mu)), ends) / (2 * mp.pi * mp.besseli(0, k))

    density = mp.exp(mp.mpf(kappa) * mp.cos(mp.mpf(x) - mu)) / (2 * mp.pi * mp.besseli(0, kappa))
    return -slope(level, kappa) / density


SPECIAL = [
    *(
        (gamma_velocity, gamma_truth, v)
        for v in ((2.5, 2.0), (2.5, 0.01), (0.3, 1e-5), (40.0, 20.0), (2.5, 30.0))
    ),
    *((beta_velocity, beta_truth, v) for v in ((2.5, 1.75, 0.01), (2.5, 1.75, 0.99), (0.3, 20.0, 0.5))),
    *((student_velocity, student_truth, v) for v in ((9.25, 0.5), (9.25, -3.0), (1.5, 40.0))),
    *((von_mises_velocity, circle_truth, v) for v in ((1.75, 0.4, -3.0), (1.75, 0.4, 0.5), (3.0, -1.0, 2.0))),
]


@pytest.mark.parametrize(("function", "truth", "at"), SPECIAL, ids=lambda v: getattr(v, "__name__", str(v)))
def test_a_special_velocity_is_the_slope_of_its_level(
    function: type, truth: object, at: tuple[float, ...]
) -> None:
    with mp.workdps(40):
        wanted = truth(*at)  # type: ignore[operator]
    ctx.prec = 53
    ball = function.ball(*map(acb, at))  # type: ignore[attr-defined]
    assert ball.real.rad() < 1e-12 * abs(ball.real)
    assert abs(mp.mpf(float(ball.real.mid())) - wanted) < CLOSE * 1e3 * abs(wanted)
    # The defining quotient, and the slope in the sample that the transport equation gives.
    numbers = [Rational(str(v)) for v in at]
    x = Symbol("x", real=True)
    own = function(*numbers[:-1], x)
    assert equal(own, own.definition(), ({x: numbers[-1]},)).holds
    step = Rational(1, 10**6) * abs(numbers[-1])
    near = [float(own.subs(x, numbers[-1] + k * step)) for k in (-1, 1)]
    assert float(own.diff(x).subs(x, numbers[-1])) == pytest.approx(
        (near[1] - near[0]) / (2 * float(step)), rel=1e-5
    )


def test_the_catalogued_value() -> None:
    assert float(gamma_velocity(Rational(5, 2), 2)) == pytest.approx(0.9534627029186165, rel=1e-15)


@pytest.mark.parametrize(("name", "wrt"), VELOCITIES, ids=lambda v: str(v))
def test_every_velocity_solves_the_transport_equation(name: str, wrt: str) -> None:
    family = FAMILIES[name]
    theta = family.parameter(wrt).symbol
    velocity = velocity_of(family, theta)
    assert transported(family, theta, velocity).status == "proved"
    doubled = tuple(v * Rational(11, 10) for v in velocity)
    assert transported(family, theta, doubled).status == "failed"


@pytest.mark.parametrize(
    ("name", "wrt"), [v for v in VELOCITIES if v[0] in LEVELS and v[0] != "dirichlet"], ids=lambda v: str(v)
)
def test_every_velocity_is_that_of_its_level(name: str, wrt: str) -> None:
    family = FAMILIES[name]
    theta = family.parameter(wrt).symbol
    (velocity,), (x,), density = (
        velocity_of(family, theta),
        family.samples,
        log_density(family.law, *family.samples),
    )
    assert family.cdf is not None
    point = {p.symbol: float(p.reference) for p in family.parameters}
    for at in (0.13, 0.37, 0.83):
        moved = evaluate(family.cdf.diff(theta), {**point, x: at})
        weight = evaluate(density, {**point, x: at})
        assert isinstance(moved, float)
        assert isinstance(weight, float)
        found = evaluate(velocity, {**point, x: at})
        assert found == pytest.approx(-moved / mp.exp(weight), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", [*LEVELS, "dirichlet"])
def test_nothing_flows_through_the_ends(name: str) -> None:
    family = FAMILIES[name]
    theta, velocity = family.velocities[0]
    # The logarithm of a lognormal sample has no value at 0, so that its level there is not read off.
    wanted = "assumed" if name == "lognormal" else "proved"
    assert levelled(family, theta, velocity).status == wanted
    spoiled = replace(family, cdf=None if family.cdf is None else family.cdf + 1)
    crossing = tuple(v + Rational(1, 3) for v in velocity)
    assert levelled(spoiled, theta, crossing).status == "assumed"


@pytest.mark.parametrize("name", ["normal", "logistic", "exponential", "weibull", "kumaraswamy", "gumbel"])
def test_it_equals_the_velocity_of_the_transport(name: str) -> None:
    """``dT/dtheta`` at noise b is the implicit velocity at ``a = T(b)``."""
    family = FAMILIES[name]
    assert family.transport is not None
    (x,), (b,), (path,) = family.samples, family.noise, family.transport.map
    point = {p.symbol: p.reference for p in family.parameters}
    for theta, (velocity,) in family.velocities:
        for at in (Rational(2, 7), Rational(5, 9)):
            there = {**point, b: at}
            explicit = path.diff(theta).subs(there).evalf(25)
            implicit = velocity.subs(x, path).subs(there).evalf(25)
            assert abs(explicit - implicit) < 1e-20


def test_a_jump_is_refused_with_its_height() -> None:
    made = requested("gamma", "Heaviside(a - 7/5)*a")
    derivation = derive(ROUTES["implicit"], context_of(made), made.wrt[0])
    failed = [c for s in derivation.steps for c in s.conditions if c.status == "failed"]
    assert derivation.status == "condition-failed"
    assert "it jumps by 7/5 at a = 7/5" in failed[0].evidence


def test_a_moving_end_is_refused() -> None:
    made = requested("pareto", "log(a)", wrt=("scale",))
    assert derive(ROUTES["implicit"], context_of(made), made.wrt[0]).status == "condition-failed"


@pytest.mark.parametrize(
    ("family", "says"),
    [
        ("poisson", "its samples are whole numbers"),
        ("laplace", "how a sample of laplace moves with mu is not known"),
    ],
)
def test_families_without_a_velocity(family: str, says: str) -> None:
    record = FAMILIES[family]
    with pytest.raises(NotApplicable, match=says):
        velocity_of(record, record.symbols[0])


@pytest.mark.parametrize(
    ("family", "integrand"),
    [("gamma", "shape*log(a) + a"), ("beta", "a*log(1 - a)"), ("student_t", "a**2"), ("von_mises", "a**2"),
     ("dirichlet", "a[0]*log(a[2])"), ("normal", "mu*a**3"), ("kumaraswamy", "a1*a")],
)  # fmt: skip
def test_the_route_is_proved_and_ends_at_the_gradient(family: str, integrand: str) -> None:
    for derivation in derivations("implicit-reparam", family, integrand):
        if derivation.wrt.name == "b1":
            continue  # its integrand is 0 times infinity at the last node below 1
        assert derivation.status == "proved", [(s.rule, s.status, s.evidence) for s in derivation.steps]
        point = requested(family, integrand).point
        exact = value(D(derivation.expectation, derivation.wrt), point)
        found = value(derivation.result, point)
        assert found.value == pytest.approx(exact.value, rel=1e-7)


def test_a_wrong_velocity_is_seen_by_the_oracle() -> None:
    """The step itself, with a velocity that is off by a part in a thousand, is refuted at a point."""
    from derive.kernel import check

    made = requested("gamma", "a")
    context = context_of(made)
    law, shape = made.family.law, made.wrt[0]
    before = Int(a * D(Density(law, a), shape), (a, 0, S.Infinity))
    rule = RULES["implicit_reparametrization"]
    right = apply(rule, before, context)
    assert right.status == "proved"
    wrong = check(rule, before, Rational(1001, 1000) * right.after, context)
    assert wrong.status == "refuted"


@pytest.mark.parametrize(
    ("body", "closed"),
    [("a[0]*a[2]", True), ("log(a[2])**2*a[0]", True), ("sqrt(a[0]*a[1])", True), ("exp(a[0])", False)],
)
def test_closed_forms_on_the_simplex_agree_with_quadrature(body: str, closed: bool) -> None:
    from derive.closed_form import expectation_of
    from derive.errors import NoClosedForm
    from derive.numeric.balls import value as ball_value

    made = requested("dirichlet", body)
    law, samples = made.family.law, made.family.samples
    if not closed:
        with pytest.raises(NoClosedForm, match="on the simplex"):
            expectation_of(made.integrand, law, samples, made.point)
        return
    found: Expr = expectation_of(made.integrand, law, samples, made.point).value
    exact, _ = ball_value(found, made.point)
    seen = value(E(made.integrand, law, *samples), made.point)
    assert seen.value == pytest.approx(exact, rel=1e-9)
    assert seen.value != pytest.approx(exact * (1 + 1e-6), rel=1e-9)


def test_an_expectation_that_diverges_at_a_face() -> None:
    from derive.errors import NoExpectation

    with pytest.raises(NoExpectation, match=r"diverges at a face|it needs alpha\[1\] > 2"):
        requested("dirichlet", "1/a[1]**2")


def test_waves_on_the_circle() -> None:
    from derive.closed_form import expectation_of
    from derive.numeric.balls import value as ball_value

    made = requested("von_mises", "cos(2*a)")
    found = expectation_of(made.integrand, made.family.law, made.family.samples, made.point).value
    kappa, mu = mp.mpf(7) / 4, mp.mpf(2) / 5
    truth = mp.besseli(2, kappa) / mp.besseli(0, kappa) * mp.cos(2 * mu)
    assert ball_value(found, made.point)[0] == pytest.approx(float(truth), rel=1e-14)


def test_the_route_of_an_arbitrary_location_and_scale() -> None:
    (derivation,) = derivations("implicit-reparam")
    assert derivation.status == "proved-if"
    assert any("P_theta(a) = P((a - mu)/sigma)/sigma" in c.evidence for c in derivation.assumptions)
