"""Existence and domination: decided end by end, with the conditions under which they hold."""

from __future__ import annotations

from collections.abc import Mapping

import mpmath
import pytest
from sympy import Abs, Expr, Heaviside, Max, Rational, S, Symbol, cos, exp, lambdify, log, sin, sqrt, tanh

from derive.errors import NoExpectation, Undecided
from derive.existence import Existence, expectation_exists, gaussian_integrable
from derive.families import FAMILIES
from derive.growth import Asymptotics
from derive.orders import Y

a = Symbol("a", real=True)


def settle(family: str, body: Expr, at: Mapping[str, Rational] | None = None) -> Existence:
    record = FAMILIES[family]
    point = {p.symbol: (at or {}).get(p.name, p.reference) for p in record.parameters}
    return expectation_exists(body, record.law, record.samples, point)


EXIST = [
    ("normal", exp(5 * a), ()),
    ("normal", exp(a**2 / 10), ("sigma**2 < 5",)),
    ("normal", exp(Abs(a)) * a**4, ()),
    ("laplace", exp(a / 2), ("b < 2",)),
    ("laplace", a**9 * sin(a), ()),
    ("logistic", exp(-a / 3), ("s < 3",)),
    ("gumbel", exp(a / 2), ("beta < 2",)),
    ("gumbel", exp(-9 * a), ()),
    ("cauchy", cos(a), ()),
    ("cauchy", log(1 + a**2), ()),
    ("cauchy", sqrt(Abs(a)), ()),
    ("exponential", exp(a / 2), ("1 < 2*rate",)),
    ("exponential", log(a), ()),
    ("exponential", 1 / sqrt(a), ()),
    ("lognormal", a**7, ()),
    ("lognormal", 1 / a**3, ()),
    ("uniform", a**3 * Heaviside(a - 1), ()),
    ("half_normal", log(a) ** 2, ()),
    ("logit_normal", log(a / (1 - a)) ** 2, ()),
    ("student_t", a**2, ("2 < nu",)),
    ("weibull", a**3, ()),
    ("pareto", a**2, ("2 < alpha",)),
    ("kumaraswamy", log(a) * log(1 - a), ()),
]


@pytest.mark.parametrize(("family", "body", "requires"), EXIST, ids=[f"{f}-{g}" for f, g, _ in EXIST])
def test_an_existing_expectation_states_its_conditions(
    family: str, body: Expr, requires: tuple[str, ...]
) -> None:
    assert tuple(str(r) for r in settle(family, body).requires) == requires


DIVERGE: list[tuple[str, Expr, dict[str, Rational], str]] = [
    ("cauchy", a, {}, "border of divergence|diverges"),
    ("cauchy", a**2, {}, "diverges as a -> "),
    ("normal", 1 / a, {}, "diverges as a -> 0"),
    ("normal", exp(a**2), {}, "diverges"),
    ("normal", log(a), {}, "not a real number"),
    ("normal", sqrt(a), {}, "not a real number"),
    ("exponential", exp(a), {"rate": Rational(1, 2)}, "diverges as a -> oo"),
    ("exponential", exp(a / 2), {"rate": Rational(1, 2)}, "border of divergence"),
    ("exponential", 1 / a, {}, "diverges as a -> 0"),
    ("lognormal", exp(a / 100), {}, "diverges"),
    ("laplace", exp(2 * a), {}, "diverges"),
    ("gumbel", exp(a), {"beta": S(3)}, "diverges"),
    ("student_t", a**3, {"nu": S(2)}, "diverges"),
    ("pareto", a**2, {"alpha": Rational(3, 2)}, "diverges"),
    ("uniform", 1 / a, {}, "diverges as a -> 0"),
    ("kumaraswamy", 1 / (1 - a) ** 9, {}, "diverges as a -> 1"),
]


@pytest.mark.parametrize(
    ("family", "body", "at", "says"), DIVERGE, ids=[f"{f}-{g}" for f, g, _, _ in DIVERGE]
)
def test_a_divergent_expectation_is_refused(
    family: str, body: Expr, at: dict[str, Rational], says: str
) -> None:
    with pytest.raises(NoExpectation, match=says):
        settle(family, body, at)


def test_what_is_not_compared_is_not_claimed() -> None:
    with pytest.raises(Undecided, match=r"growth|scales|exponent"):
        settle("normal", exp(a * log(1 + a**2)))


def test_a_normal_density_in_the_plane_dominates_exponentials() -> None:
    x, y = Symbol("a[0]", real=True), Symbol("a[1]", real=True)
    assert gaussian_integrable(exp(x - 3 * y) * x**2, (x, y), {}).requires == ()
    with pytest.raises(Undecided, match="not settled against a normal density"):
        gaussian_integrable(exp(x * y / 9), (x, y), {})


ORDERS = [
    Y**3 / (1 + Y**2),
    exp(-Y) * Y**5,
    log(1 + Y) * Y,
    1 - exp(-Y),
    log(1 + exp(2 * Y)),
    1 / (1 + exp(-Y)),
    1 - (1 - 1 / Y) ** Rational(3, 2),
    log(1 + 1 / Y),
    Max(Y, Y**2) / Y,
    tanh(Y) * sqrt(Y),
]


@pytest.mark.parametrize("f", ORDERS, ids=str)
def test_growth_agrees_with_the_numbers(f: Expr) -> None:
    """The predicted log|f| differs from the true one by a bounded amount, over 40 binary orders."""
    calculus = Asymptotics(Y, {})
    predicted = sum((c * calculus._scale(s) for s, c in calculus.growth(f).terms), S.Zero)
    gap = lambdify(Y, log(Abs(f)) - predicted, "mpmath")
    with mpmath.workdps(60):
        far, farther = gap(mpmath.mpf(2) ** 6), gap(mpmath.mpf(2) ** 7)
    assert abs(far - farther) < 0.05  # a wrong power of y would differ by at least log(2)/2 = 0.35
