"""Integrands outside the grammar as it stands: shifted, cancelled, pulled back, or from the table."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Heaviside, Rational, S, Symbol, atan, cos, erf, exp, log, oo, sin, sqrt, tanh

from derive.closed_form import ClosedForm, expectation_of
from derive.closed_form.elementary import antiderivative
from derive.closed_form.fallbacks import shifted, term_by_term
from derive.closed_form.segments import Segment, Work
from derive.closed_form.sigmoids import cancelled_in_exponentials
from derive.errors import NoClosedForm, NoExpectation
from derive.families import FAMILIES
from derive.numeric.balls import value
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law
from tests.derive.quadrature_oracle import Quadrature, agrees

R = Rational
KINKS = (0.0, 1 / 3, 0.5)


def sigmoid(u: Expr) -> Expr:
    return 1 / (1 + exp(-u))


def closed(name: str, body: Expr) -> ClosedForm:
    family = FAMILIES[name]
    return expectation_of(body, family.law, family.samples, reference(name))


def reference(name: str) -> dict[Symbol, Rational]:
    return {p.symbol: p.reference for p in FAMILIES[name].parameters}


logit = log(a / (1 - a))
CASES: dict[str, tuple[str, Expr, str]] = {
    "log of a shift": ("uniform", log(a + 1), "shifted"),
    "root of an affine form": ("uniform", sqrt(2 * a + 1), "shifted"),
    "falling form": ("uniform", a * log(3 - a), "shifted"),
    "pole outside": ("uniform", a / (a + 2) ** 2, "shifted"),
    "wave over a form": ("uniform", sin(a) / (a + 2), "shifted"),
    "log of a distance": ("uniform", log(Abs(a - R(1, 3))), "shifted"),
    "moving shift": ("uniform", sqrt(a - 2 * FAMILIES["uniform"].symbols[0] + 1), "shifted"),
    "exponential integral": ("exponential", 1 / (a + 2), "shifted"),
    "log under an exponential": ("exponential", log(a + 1) ** 2, "shifted"),
    "partial fractions": ("uniform", 1 / ((a + 1) * (a + 2)), "term by term"),
    "two poles": ("exponential", 1 / (a + 1) + 1 / (a + 2), "term by term"),
    "arc tangent": ("uniform", 1 / (1 + a**2), "term by term"),
    "quadratic": ("uniform", (2 * a + 1) / (a**2 + a + 1), "term by term"),
    "hyperbolic tangent": ("uniform", tanh(2 * a - 1), "term by term"),
    "sigmoid": ("uniform", sigmoid(3 * a), "term by term"),
    "antiderivative and grammar": ("uniform", 2 * atan(a) - a**2 * exp(a) + erf(a), "term by term"),
    "logit": ("logit_normal", logit**2, "pulled back to the normal law"),
    "odds": ("logit_normal", (a / (1 - a)) ** 2, "pulled back to the normal law"),
    "logit beyond a cell": ("logit_normal", logit * Heaviside(a - R(1, 2)), "pulled back to the normal law"),
    "wave of a logit": ("logit_normal", sin(log(a) - log(1 - a)), "pulled back to the normal law"),
    "score of logit-normal": (
        "logit_normal",
        (FAMILIES["logit_normal"].log_density.diff(FAMILIES["logit_normal"].symbols[1]) / a) ** 2,
        "pulled back to the normal law",
    ),
    "wave of a logarithm": ("lognormal", a * cos(2 * log(a)), "pulled back to the normal law"),
    "bell of a logarithm": ("lognormal", exp(-(log(a) ** 2)), "pulled back to the normal law"),
    "cancelling quotient": ("normal", (exp(2 * a) - 1) / (exp(a) + 1), "quotients of exponentials cancelled"),
}


@pytest.mark.parametrize("key", CASES)
def test_values_and_roads(key: str) -> None:
    name, body, road = CASES[key]
    family, point = FAMILIES[name], reference(name)
    found = closed(name, body)
    kinks = (*KINKS, *(float(k.xreplace(point)) for k in family.kinks))
    exact = Quadrature(family, tuple(point.values())).expectation(body, kinks)
    got = value(found.value, point)[0]
    assert agrees(got, exact)
    assert not agrees(got + 1e-6 * (1 + abs(got)), exact)
    assert road in found.trace
    assert all(relation.subs(point) for relation in found.requires)


@pytest.mark.parametrize("key", CASES)
def test_derivatives_by_the_first_parameter(key: str) -> None:
    """A central difference of the closed form itself at two more points of its region."""
    name, body, _ = CASES[key]
    point = reference(name)
    symbol = next(iter(point))
    form = closed(name, body).value
    step = R(1, 10**6)
    up, down = (value(form, {**point, symbol: point[symbol] + s})[0] for s in (step, -step))
    slope = value(form.diff(symbol), point)[0]
    # Rounding of the two values over the step, 1e-10, and the third derivative times its square.
    assert abs((up - down) / (2 * float(step)) - slope) < 1e-8 * max(1.0, abs(slope))
    moved = {**point, symbol: point[symbol] + R(1, 100)}
    family = FAMILIES[name]
    kinks = (*KINKS, *(float(k.xreplace(moved)) for k in family.kinks))
    assert agrees(value(form, moved)[0], Quadrature(family, tuple(moved.values())).expectation(body, kinks))


RAYLEIGH, MAXWELL = Law("weibull", sqrt(2), 2), Law("gamma", R(3, 2), 1)
CHI = [
    # mpmath, 25 digits, by the density of each law.
    pytest.param(RAYLEIGH, exp(-3 * (1 + a) ** 2), 0.000938251812290632976, id="bell of a Rayleigh variable"),
    pytest.param(RAYLEIGH, exp(a - a**2) * Heaviside(a - 1), 0.27290386943558513612, id="its upper part"),
    pytest.param(MAXWELL, cos(1 + sqrt(2 * a)) ** 2, 0.5554454717551221, id="wave of a Maxwell distance"),
    pytest.param(Law("gamma", 2, 3), cos(1 + sqrt(2 * a)) ** 2, 0.3004419797021379, id="four degrees"),
]


@pytest.mark.parametrize(("law", "body", "wanted"), CHI)
def test_functions_of_a_chi_variable_go_to_half_a_normal_law(law: Law, body: Expr, wanted: float) -> None:
    x = Symbol("x", positive=True)
    found = expectation_of(body.xreplace({a: x}), law, (x,), {})
    assert value(found.value, {})[0] == pytest.approx(wanted, rel=1e-12)
    assert "half a normal law" in found.trace


DIVERGES = [
    ("uniform", 1 / (a - R(1, 2)), r"not integrable at a - 1/2 = 0"),
    ("normal", 1 / (a + 2), r"not integrable at a \+ 2 = 0"),
    ("exponential", sqrt(3 - a), r"sqrt\(3 - a\) is not a real number where 3 - a < 0"),
    ("uniform", log(a + R(1, 5)), r"log\(a \+ 1/5\) is not a real number"),
]


@pytest.mark.parametrize(("name", "body", "says"), DIVERGES, ids=[str(g) for _, g, _ in DIVERGES])
def test_singularities_inside_the_support_are_found_by_the_shift(name: str, body: Expr, says: str) -> None:
    with pytest.raises(NoExpectation, match=says):
        closed(name, body)


UNKNOWN = [
    ("uniform", a * tanh(a)),
    ("uniform", log(1 + exp(a))),
    ("uniform", 1 / (a**2 - R(1, 4)) + 1 / (a - R(1, 2))),
    ("normal", sigmoid(a)),
    ("logit_normal", a),
    ("logit_normal", log(a)),
    ("half_normal", 1 / (a + 2)),
    ("exponential", atan(a)),
]


@pytest.mark.parametrize(("name", "body"), UNKNOWN, ids=[f"{n}-{g}" for n, g in UNKNOWN])
def test_what_no_road_reaches_is_refused(name: str, body: Expr) -> None:
    with pytest.raises(NoClosedForm, match="no closed form"):
        closed(name, body)


TABLE = [
    tanh(3 * a - 1),
    atan(1 - a / 2),
    erf(2 * a),
    1 / (2 + 3 * exp(a / 2)),
    1 / (a**2 + a + 1),
    a / (2 * a**2 - a + 3),
    5 * sigmoid(2 * a),
]


@pytest.mark.parametrize("integrand", TABLE, ids=str)
def test_the_table_of_antiderivatives_is_one(integrand: Expr) -> None:
    found = antiderivative(integrand, a, {})
    assert found is not None
    for at in (R(-7, 3), R(1, 5), R(11, 4)):
        gap = (found.value.diff(a) - integrand).subs(a, at).evalf(30)
        assert abs(gap) < R(1, 10**25)
        assert abs((found.value.diff(a) * R(101, 100) - integrand).subs(a, at).evalf(30)) > R(1, 10**6)


def test_the_table_refuses_what_may_be_singular() -> None:
    assert antiderivative(1 / (a**2 - 1), a, {}) is None
    assert antiderivative(1 / (exp(a) - 1), a, {}) is None
    assert antiderivative(tanh(a**2), a, {}) is None


def test_a_pathwise_statistic_of_a_sigmoid_is_cancelled() -> None:
    mu, sigma = FAMILIES["logit_normal"].symbols
    transport = FAMILIES["logit_normal"].transport
    assert transport is not None
    pulled = logit.xreplace({a: transport.map[0]}).diff(sigma)
    assert cancelled_in_exponentials(pulled, b) == b
    assert cancelled_in_exponentials(b**2 + exp(b), b) is None
    assert mu in transport.map[0].free_symbols


@pytest.mark.parametrize(
    "name", [n for n in FAMILIES if FAMILIES[n].support[0].lattice and n != "bernoulli_product"]
)
def test_no_integral_is_taken_over_a_lattice(name: str) -> None:
    """A geometric mass function is exp(affine); integrated like a density it would give a wrong sum."""
    family = FAMILIES[name]
    segment = Segment(S.Zero, oo, 1 / (a + 1), 0)
    work = Work(family.law, family, a, reference(name), [], [])
    assert shifted(segment, work) is None
    assert term_by_term(segment, work) is None


def test_coefficients_without_a_domain_in_sympy_are_no_crash() -> None:
    """SymPy's partial fractions raise ``CoercionFailed`` for these sums of exponentials."""
    r, s = exp(R(4, 7)), exp(R(-4, 7))
    body = 1 / (s - 2 * r + exp(R(12, 7)) - 4 * exp(R(8, 7)) / a + 4 / a + s / a**2)
    with pytest.raises(NoClosedForm, match="no closed form is known"):
        closed("uniform", body)
