"""Closed forms under the normal law in the plane against nested quadrature, kinks split by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from mpmath import fp
from sympy import Abs, Expr, Heaviside, Max, Min, Piecewise, Rational, S, Symbol, cos, exp, log, sin

from derive.closed_form import ClosedForm, expectation_of
from derive.errors import NoClosedForm, NoExpectation
from derive.families import FAMILIES
from derive.numeric.balls import value
from tests.derive.quadrature_oracle import agrees, compiled

PLANE = FAMILIES["multivariate_normal"]
a0, a1 = PLANE.samples
m0, m1, l00, l10, l11 = PLANE.symbols
POINTS = {
    "reference": {p.symbol: p.reference for p in PLANE.parameters},
    "moved": dict(zip(PLANE.symbols, map(Rational, ("-2/7", "4/9", "5/6", "-3/5", "7/8")), strict=True)),
}
Point = dict[Symbol, Rational]
# Beyond 9 standard deviations a quadratic of the sample adds less than 1e-15.
REACH = (-9.0, -3.0, 3.0, 9.0)
NOWHERE = S.NaN


@dataclass(frozen=True)
class Case:
    """An integrand, and the ``a1`` at which it has a kink for given ``a0`` (and the kink in ``a0``)."""

    body: Expr
    kink: Expr = NOWHERE
    kink0: Expr = NOWHERE


CASES = {
    "quadratic": Case(2 * a0**2 + a0 * a1 + a1**2 + a0 - a1),
    "exp": Case(exp(a0 / 2 - a1 / 3)),
    "product of exp and powers": Case(a0 * a1**2 * exp(-a0 / 4)),
    "sin of a form": Case(sin(a0 + 2 * a1)),
    "wave times power": Case(a0 * cos(a1)),
    "theta in g": Case(m0 * a0 * a1 + l11 * a1**2),
    "relu of a difference": Case(Max(a0 - a1, 0), kink=a0),
    "abs of one axis": Case(Abs(a0), kink0=S.Zero),
    "step times the other axis": Case(a1 * Heaviside(a0 - m0), kink0=m0),
    "largest": Case(Max(a0, a1), kink=a0),
    "smallest": Case(Min(a0, 2 * a1), kink=a0 / 2),
    "polynomial times abs": Case(a0 * a1 * Abs(a0 + 2 * a1 - Rational(1, 3)), kink=(Rational(1, 3) - a0) / 2),
    "piecewise": Case(Piecewise((a0**2, a0 > a1), (a1, True)), kink=a0),
    "exp of a product": Case(exp(a0 * a1 / 5)),
    "exp of squares": Case(exp(-(a0**2) - a1**2 / 3)),
    "square of a statistic": Case((a0**2 * PLANE.log_density.diff(l10)) ** 2),
    "score squared": Case(PLANE.log_density.diff(l11) ** 2),
}


def closed(body: Expr, point: Point) -> ClosedForm:
    return expectation_of(body, PLANE.law, PLANE.samples, point)


def truth(case: Case, point: Point) -> float:
    """The integral over x, then y, standard normal, with a = m + L (x, y)."""
    body = compiled([a0, a1], case.body.xreplace(point))
    kink = compiled([a0], case.kink.xreplace(point))
    kink0 = float(case.kink0.xreplace(point))
    p, q, r, s, t = (float(point[v]) for v in PLANE.symbols)

    def inner(x: float) -> float:
        there = p + r * x
        cut = (kink(there) - q - s * x) / t
        return _line(lambda y: body(there, q + s * x + t * y), cut)

    return _line(inner, (kink0 - p) / r)


def _line(f: Callable[[float], float], cut: float) -> float:
    marks = sorted([*REACH, cut]) if REACH[0] < cut < REACH[-1] else list(REACH)
    weighted = fp.quad(lambda x: math.exp(-x * x / 2) * f(x), marks)
    return float(weighted) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("at", POINTS)
@pytest.mark.parametrize("key", CASES)
def test_values_are_those_of_nested_quadrature(key: str, at: str) -> None:
    point = POINTS[at]
    found = closed(CASES[key].body, point)
    exact = truth(CASES[key], point)
    got = value(found.value, point)[0]
    assert agrees(got, exact)
    assert not agrees(got + 1e-6 * (1 + abs(got)), exact)
    assert all(relation.subs(point) == S.true for relation in found.requires)


def test_the_gradient_of_a_quadratic_is_the_catalogues() -> None:
    """grad_m = 2 A m + b and grad_L = 2 A L in the lower triangle."""
    found = closed(2 * a0**2 + a0 * a1 + a1**2 + a0 - a1, POINTS["reference"]).value
    assert (found.diff(m0) - (4 * m0 + m1 + 1)).expand() == 0
    assert (found.diff(l00) - (4 * l00 + l10)).expand() == 0
    assert (found.diff(l10) - (l00 + 2 * l10)).expand() == 0
    assert (found.diff(l11) - 2 * l11).expand() == 0


def test_the_noise_is_a_law_of_the_same_family() -> None:
    assert PLANE.transport is not None
    x, y = PLANE.noise
    pushed = (m0 + l00 * x) * (m1 + l10 * x + l11 * y)
    found = expectation_of(pushed, PLANE.transport.noise, PLANE.noise, POINTS["reference"])
    assert found.value == m0 * m1 + l00 * l10


def test_the_condition_of_a_bilinear_exponent_is_part_of_the_answer() -> None:
    found = closed(exp(a0 * a1 / 5), POINTS["reference"])
    assert len(found.requires) == 1
    with pytest.raises(NoExpectation, match="does not exist"):
        closed(exp(a0 * a1), POINTS["reference"])


UNKNOWN = {
    "two directions": (Abs(a0) * Abs(a1), "more than one direction"),
    "bent kink": (Max(a0 * a1, 0), "kink along"),
    "bent wave": (sin(a0 * a1), r"sin\(a\[0\]\*a\[1\]\)"),
    "logarithm": (log(Abs(a0)), r"contain log|E\[log"),
    "three at once": (Max(a0, a1, 0), "more than one direction|in steps"),
}


@pytest.mark.parametrize("key", UNKNOWN)
def test_what_has_no_closed_form_is_refused(key: str) -> None:
    body, says = UNKNOWN[key]
    with pytest.raises(NoClosedForm, match=says):
        closed(body, POINTS["reference"])


def test_a_wave_that_damps_along_one_axis_is_no_existence() -> None:
    """Along y the wave gives exp(-2 x**2), but the absolute integrand grows like exp(4/5 x**2)."""
    with pytest.raises((NoClosedForm, NoExpectation)):
        closed(exp(Rational(4, 5) * a0**2) * cos(2 * a0 * a1), POINTS["reference"])
