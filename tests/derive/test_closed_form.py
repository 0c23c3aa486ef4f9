"""Closed forms with theta in P, in g and in both; squares of statistics; conditions and refusals."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from sympy import (
    Abs,
    Expr,
    Heaviside,
    Max,
    Piecewise,
    Rational,
    S,
    Symbol,
    cos,
    erf,
    exp,
    log,
    pi,
    sign,
    sin,
    sqrt,
    tanh,
)

from derive.closed_form import ClosedForm, expectation_of
from derive.errors import NoClosedForm, NoExpectation, Undecided
from derive.families import FAMILIES
from derive.family import Family
from derive.numeric.balls import value
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law
from tests.derive.quadrature_oracle import Quadrature, agrees

MINE = ("normal", "laplace", "uniform", "exponential", "half_normal", "lognormal")
# A five-point difference with steps of 1e-3 turns the oracle's 1e-13 into 1e-10.
SLOPE_TOLERANCE = 1e-8
STEP = Rational(1, 1000)


def reference(family: Family) -> dict[Symbol, Rational]:
    return {p.symbol: p.reference for p in family.parameters}


def closed(family: Family, body: Expr, point: dict[Symbol, Rational] | None = None) -> ClosedForm:
    return expectation_of(body, family.law, family.samples, point or reference(family))


def normal(body: Expr) -> ClosedForm:
    return closed(FAMILIES["normal"], body)


# -- theta in g and in both ------------------------------------------------------------------------

Made = tuple[Expr, tuple[Expr, ...]]  # an integrand and where its kinks are
BODIES: dict[str, Callable[[Family], Made]] = {
    "t*a**2+u*a": lambda f: (f.symbols[0] * a**2 + f.symbols[-1] * a, ()),
    "(a-t)**3": lambda f: ((a - f.symbols[0]) ** 3, ()),
    "Max(a-t,0)": lambda f: (Max(a - f.symbols[0], 0), (f.symbols[0],)),
    "Abs(a-u/3)*t": lambda f: (Abs(a - f.symbols[-1] / 3) * f.symbols[0], (f.symbols[-1] / 3,)),
    "Heaviside(a-t)*a": lambda f: (Heaviside(a - f.symbols[0]) * a, (f.symbols[0],)),
    "score**2": lambda f: (f.log_density.diff(f.symbols[-1]) ** 2, f.kinks),
    "a*score": lambda f: (a * f.log_density.diff(f.symbols[0]), f.kinks),
    "(a**2*score)**2": lambda f: ((a**2 * f.log_density.diff(f.symbols[0])) ** 2, f.kinks),
}
WAVES: dict[str, Callable[[Family], Made]] = {
    "sin(t*a)": lambda f: (sin(f.symbols[0] * a), ()),
    "a*cos(a+u)": lambda f: (a * cos(a + f.symbols[-1]), ()),
    "cos(a)**2*sin(a)": lambda f: (cos(a) ** 2 * sin(a), ()),
    "exp(-t*a/5)": lambda f: (exp(-f.symbols[0] * a / 5), ()),
    "sin(a)*Heaviside(a-1/2)": lambda f: (sin(a) * Heaviside(a - Rational(1, 2)), (Rational(1, 2),)),
    "(sin(a)*score)**2": lambda f: ((sin(a) * f.log_density.diff(f.symbols[-1])) ** 2, f.kinks),
}
# exp, sin and cos of a lognormal sample have no closed form.
CASES = [(n, k) for n in MINE for k in BODIES] + [(n, k) for n in MINE if n != "lognormal" for k in WAVES]


@cache
def quadrature(name: str, key: str, values: tuple[Rational, ...]) -> float:
    family = FAMILIES[name]
    point = dict(zip(family.symbols, values, strict=True))
    body, kinks = (BODIES | WAVES)[key](family)
    nodes = [float(k.xreplace(point)) for k in (*kinks, *family.kinks)]
    return Quadrature(family, values).expectation(body, nodes)


@pytest.mark.parametrize(("name", "key"), CASES)
def test_values_are_those_of_quadrature(name: str, key: str) -> None:
    family = FAMILIES[name]
    point = reference(family)
    found = closed(family, (BODIES | WAVES)[key](family)[0])
    exact = quadrature(name, key, tuple(point.values()))
    assert all(relation.subs(point) == S.true for relation in found.requires)
    assert agrees(value(found.value, point)[0], exact)
    assert not agrees(value(found.value, point)[0] + 1e-6 * (1 + abs(exact)), exact)


def moved(point: dict[Symbol, Rational], i: int, steps: int) -> tuple[Rational, ...]:
    return tuple(v + (steps * STEP if j == i else 0) for j, v in enumerate(point.values()))


@pytest.mark.parametrize(("name", "key"), CASES)
def test_derivatives_by_every_parameter_are_those_of_differences(name: str, key: str) -> None:
    family = FAMILIES[name]
    point = reference(family)
    found = closed(family, (BODIES | WAVES)[key](family)[0]).value
    for i, symbol in enumerate(family.symbols):
        moved = [
            tuple(v + (k * STEP if j == i else 0) for j, v in enumerate(point.values())) for k in range(-2, 3)
        ]
        back2, back1, _, on1, on2 = (quadrature(name, key, values) for values in moved)
        slope = (8 * (on1 - back1) - (on2 - back2)) / (12 * float(STEP))
        got = value(found.diff(symbol), point)[0]
        assert abs(got - slope) < SLOPE_TOLERANCE * max(1.0, abs(slope)), symbol
        assert abs(got + 1e-6 * (1 + abs(got)) - slope) > SLOPE_TOLERANCE * max(1.0, abs(slope))


# -- what the forms look like ----------------------------------------------------------------------

mu, sigma = FAMILIES["normal"].symbols
(rate,) = FAMILIES["exponential"].symbols
GOLDEN = [
    (a**2, mu**2 + sigma**2),
    (exp(a / 2), exp(mu / 2 + sigma**2 / 8)),
    (sin(a), exp(-(sigma**2) / 2) * sin(mu)),
    (mu * a**2 + sigma * a, mu**3 + mu * sigma**2 + mu * sigma),
    ((a**2 * (a - mu) / sigma**2) ** 2, mu**4 / sigma**2 + 18 * mu**2 + 15 * sigma**2),
    (
        Abs(a),
        mu * erf(sqrt(2) * mu / (2 * sigma)) + sqrt(2) * sigma * exp(-(mu**2) / (2 * sigma**2)) / sqrt(pi),
    ),
    (exp(-(a**2)), exp(-(mu**2) / (1 + 2 * sigma**2)) / sqrt(1 + 2 * sigma**2)),
]


@pytest.mark.parametrize(("body", "form"), GOLDEN, ids=[str(g) for g, _ in GOLDEN])
def test_normal_forms_are_short(body: Expr, form: Expr) -> None:
    assert normal(body).value == form


def test_the_catalogue_variances_of_the_score_function_estimator() -> None:
    """Variances for g = a**2, in the location and in the scale: the catalogue's own formulas."""
    family = FAMILIES["normal"]
    for symbol, variance in (
        (mu, (mu**4 + 14 * mu**2 * sigma**2 + 15 * sigma**4) / sigma**2),
        (sigma, 2 * (mu**4 + 30 * mu**2 * sigma**2 + 37 * sigma**4) / sigma**2),
    ):
        statistic = a**2 * family.log_density.diff(symbol)
        found = normal(statistic**2).value - normal(statistic).value ** 2
        assert (found - variance).expand() == 0


def test_the_pathwise_statistic_is_integrated_over_numbered_noise() -> None:
    noise = Law("normal", 0, 1)
    point = {mu: Rational(7, 10), sigma: Rational(13, 10)}
    found = expectation_of((2 * (mu + sigma * b) * b) ** 2, noise, (b,), point)
    assert found.value == 4 * mu**2 + 12 * sigma**2
    assert found.requires == ()


def test_a_body_without_the_sample_is_its_own_expectation() -> None:
    assert normal(mu**2 + 1).value == mu**2 + 1


# -- conditions --------------------------------------------------------------------------------------


def test_existence_conditions_are_part_of_the_answer() -> None:
    assert closed(FAMILIES["exponential"], exp(a / 2)).requires == (rate > Rational(1, 2),)
    scale = FAMILIES["laplace"].symbols[1]
    assert closed(FAMILIES["laplace"], exp(a / 2)).requires == (scale < 2,)
    assert normal(exp(a**2 / 10)).requires == (1 - sigma**2 / 5 > 0,)


def test_the_order_of_cells_is_part_of_the_answer() -> None:
    low, high = FAMILIES["uniform"].symbols
    found = closed(FAMILIES["uniform"], Max(a, 0))
    assert set(found.requires) == {low < 0, high > 0}
    assert found.value == high**2 / (high - low) / 2
    assert "split at kinks" in found.trace
    outside = closed(FAMILIES["uniform"], Max(a, 0), {low: Rational(1, 3), high: Rational(5, 3)})
    assert (low > 0) in outside.requires
    assert outside.value == low / 2 + high / 2


def test_a_logarithm_needs_the_support_to_stay_positive() -> None:
    low, high = FAMILIES["uniform"].symbols
    found = closed(FAMILIES["uniform"], log(a), {low: Rational(1, 3), high: Rational(5, 3)})
    assert (low > 0) in found.requires


def test_a_removable_singularity_is_excluded_not_crossed() -> None:
    low, high = FAMILIES["uniform"].symbols
    k = Symbol("k", real=True)
    point = {low: Rational(1, 3), high: Rational(5, 3), k: Rational(1, 2)}
    assert (k > 0) in closed(FAMILIES["uniform"], exp(k * a), point).requires
    with pytest.raises(NoClosedForm, match="divides by zero where k = 0"):
        closed(FAMILIES["uniform"], exp(k * a), {**point, k: S.Zero})


def test_the_trace_names_the_lemmas() -> None:
    assert normal(Max(a, 0)).trace == ("split at kinks", "linearity", "normal moments")


# -- refusals ------------------------------------------------------------------------------------------

DIVERGES = [
    ("normal", 1 / a, "not integrable at a = 0"),
    ("normal", (a**2 + 1) / a**3, "not integrable at a = 0"),
    ("normal", exp(a**2), r"1 - 2\*sigma\*\*2 > 0, but sigma = 13/10"),
    ("exponential", exp(2 * a), "needs rate > 2, but rate = 5/4"),
    ("exponential", exp(2 * a) * sin(a), "needs rate > 2, but rate = 5/4"),
    ("exponential", (exp(a / 2) + 1) / a, "not integrable at 0"),
    ("laplace", exp(a), "needs b < 1, but b = 6/5"),
    ("uniform", 1 / a**2, "not integrable at a = 0"),
    ("lognormal", exp(a), "grows faster than any lognormal tail"),
    ("lognormal", exp(a) + sin(a), "grows faster than any lognormal tail"),
    ("normal", log(a), "not a real number where a < 0"),
    ("normal", sqrt(a), "not a real number where a < 0"),
    ("normal", sign(a) / a, "not integrable at"),
    ("half_normal", a ** Rational(-3, 2), "not integrable at 0"),
]


@pytest.mark.parametrize(("name", "body", "says"), DIVERGES, ids=[f"{n}-{g}" for n, g, _ in DIVERGES])
def test_what_does_not_exist_is_said_not_to_exist(name: str, body: Expr, says: str) -> None:
    with pytest.raises(NoExpectation, match=says):
        closed(FAMILIES[name], body)


UNKNOWN = [
    ("normal", 1 / (1 + a**2), r"contain 1/\(a\*\*2 \+ 1\)"),
    ("normal", tanh(a), r"contain tanh\(a\)"),
    ("normal", 1 / (1 + exp(-a)), r"contain 1/\(1 \+ exp\(-a\)\)"),
    ("normal", sin(a**2), r"contain sin\(a\*\*2\)"),
    ("normal", exp(a**3), r"contain exp\(a\*\*3\)"),
    ("normal", sin(a) / a, "singular at 0, inside the support"),
    ("exponential", (exp(a / 2) - 1) / a, "one by one, though their sum need not"),
    ("lognormal", sin(a), r"E\[sin\(a\)\] under lognormal"),
    ("lognormal", Max(a - 1, 0) * exp(-a), r"E\[exp\(-a\); a > 1\] under lognormal"),
    ("normal", sqrt(a) * Heaviside(a), r"E\[sqrt\(a\); a > 0\] under normal"),
]


@pytest.mark.parametrize(("name", "body", "says"), UNKNOWN, ids=[f"{n}-{g}" for n, g, _ in UNKNOWN])
def test_what_has_no_closed_form_is_named_by_its_piece(name: str, body: Expr, says: str) -> None:
    with pytest.raises(NoClosedForm, match=says):
        closed(FAMILIES[name], body)


def test_kinks_that_meet_at_the_point_are_undecided() -> None:
    point = {mu: Rational(1, 2), sigma: Rational(13, 10)}
    body = Max(a - mu, 0) + Abs(a - Rational(1, 2))
    with pytest.raises(Undecided):
        closed(FAMILIES["normal"], body, point)


def test_a_cell_that_ends_at_a_moving_zero_is_undecided() -> None:
    low, high = FAMILIES["uniform"].symbols
    with pytest.raises(Undecided, match="0 at the point"):
        closed(FAMILIES["uniform"], log(a), {low: S.Zero, high: Rational(5, 3)})


def test_two_divergent_cells_do_not_cancel() -> None:
    """The principal value of 1/a is 0 for a centred law; the expectation does not exist."""
    point = {mu: S.Zero, sigma: Rational(13, 10)}
    with pytest.raises(NoExpectation):
        closed(FAMILIES["normal"], 1 / a, point)
    with pytest.raises(NoExpectation):
        closed(FAMILIES["normal"], Piecewise((1 / a, a > 0), (1 / a + 1, True)), point)


def test_a_spurious_singularity_is_none() -> None:
    assert normal(a * (1 + 1 / a)).value == mu + 1
    assert normal((a + a**2) / a).value == mu + 1


def test_products_too_large_are_refused() -> None:
    terms = sum((a**k * cos(k * a) for k in range(1, 40)), S.Zero)
    with pytest.raises(NoClosedForm, match="more than"):
        normal(terms**3)
