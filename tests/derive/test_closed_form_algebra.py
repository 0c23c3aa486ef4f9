"""The algebra of closed forms: expressions go in and come out with their value, complex ones in two parts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, I, Integer, Rational, S, Symbol, cos, erf, erfi, exp, gamma, log, pi, sin, sqrt

from derive.closed_form import algebra
from derive.closed_form.algebra import MOST_TERMS, parts, product
from derive.closed_form.intake import intake, real_and_imaginary
from derive.closed_form.outlet import express
from derive.closed_form.shapes import Shape, Terms, multiply, wave
from derive.closed_form.shapes import power as shape_power
from derive.errors import NoClosedForm

m = Symbol("m", real=True)
s = Symbol("s", positive=True)
t = Symbol("t", positive=True)
POINT = {m: Rational(-4, 7), s: Rational(13, 10), t: Rational(5, 3)}


def number(expr: Expr) -> complex:
    return complex(expr.xreplace(POINT).evalf(30))


def near(one: Expr, two: Expr) -> bool:
    """Equal to 20 digits; both are evaluated with 30."""
    left, right = (e.xreplace(POINT).evalf(30) for e in (one, two))
    return bool(abs(left - right) <= Rational(1, 10**20) * (1 + abs(right)))


LEAVES = [
    m,
    s,
    t,
    Integer(2),
    Rational(-3, 5),
    sqrt(2),
    sqrt(s),
    exp(m / 2),
    exp(-s),
    pi,
    log(s),
    1 / s,
    erf(m / s),
]


def grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        st.tuples(inner, st.integers(0, 3)).map(lambda p: p[0] ** p[1]),
        inner.map(lambda e: 1 / (1 + e**2)),
    )


EXPRESSIONS = st.recursive(st.sampled_from(LEAVES), grown, max_leaves=8)


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS)
def test_what_goes_in_comes_out_with_its_value(expr: Expr) -> None:
    assert near(express(intake(expr)), expr)


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS)
def test_products_and_sums_are_those_of_sympy(one: Expr, two: Expr) -> None:
    assert near(express(product(intake(one), intake(two))), one * two)
    assert near(express(algebra.total((intake(one), intake(two)))), one + two)
    assert not algebra.total((intake(one), algebra.scaled(intake(one), algebra.fmpq(-1))))


FORMS = [
    ((m + s) ** 2 - m**2 - 2 * m * s, s**2),
    (1 / (Rational(1, 3) - s) + 1 / (s - Rational(1, 3)), S.Zero),
    ((s**2 - t**2) / (s - t), s + t),
    ((s**3 - t**3) / (3 * (s - t)), s**2 / 3 + s * t / 3 + t**2 / 3),
    (1 / (1 - 1 / s) - 1, 1 / (s - 1)),
    (sqrt(2) * sqrt(2) / 2 - 1, S.Zero),
    (sqrt(6) / sqrt(2) - sqrt(3), S.Zero),
    (exp(m + s) * exp(-s), exp(m)),
    (exp(m / 2) ** 2 - exp(m), S.Zero),
    (sqrt(s) * s ** Rational(3, 2), s**2),
    ((1 + sqrt(1 + s)) * (1 - sqrt(1 + s)), -s),
]


@pytest.mark.parametrize(("given", "form"), FORMS, ids=[str(g) for g, _ in FORMS])
def test_normal_forms(given: Expr, form: Expr) -> None:
    assert express(intake(given)) == form


COMPLEX = [
    (m + 2 * I * s) ** 3,
    1 / (s - I * t) ** 2,
    exp(I * m - s / 2) * (m + I * t),
    exp((m + I * s) ** 2 / 2),
    gamma(1 + I * s),
    erf((m + I * s) / 2),
    1 / (s + I) / (s - I),
    (s + I * t) ** Rational(-3, 2),
    log(s + I) * I,
    s ** (1 + I * t),
]


@pytest.mark.parametrize("expr", COMPLEX, ids=str)
def test_complex_numbers_are_split_into_real_parts(expr: Expr) -> None:
    real, imaginary = real_and_imaginary(expr)
    whole = number(expr)
    assert abs(number(real) - whole.real) < 1e-14 * (1 + abs(whole))
    assert abs(number(imaginary) - whole.imag) < 1e-14 * (1 + abs(whole))
    assert abs(number(imaginary) + whole.imag) > 1e-14 or abs(whole.imag) < 1e-14


def test_no_real_part_is_taken_by_re() -> None:
    from sympy import im, re

    for expr in COMPLEX:
        assert not any(part.has(re, im) for part in real_and_imaginary(expr))


def test_an_error_function_of_an_imaginary_number_is_real() -> None:
    assert parts(intake(erf(I * s * sqrt(2) / 2))) == ({}, intake(erfi(sqrt(2) * s / 2)))


def test_products_beyond_the_bound_are_refused() -> None:
    wide = intake(sum((Symbol(f"x{i}", real=True) for i in range(300)), S.Zero))
    with pytest.raises(NoClosedForm, match=f"more than {MOST_TERMS} terms"):
        product(wide, wide)


# -- the algebra of integrand pieces -----------------------------------------------------------------


def shown(terms: Terms, x: Symbol) -> Expr:
    total = S.Zero
    for shape, coefficient in terms.items():
        swing = sin(shape.frequency * x) if shape.sine else cos(shape.frequency * x)
        total += express(coefficient) * x**shape.power * exp(shape.rate * x + shape.square * x**2) * swing
    return total


WAVES = [wave(k, sine) for k in (S.One, S(2), s, -t) for sine in (False, True)]


@pytest.mark.parametrize("i", range(len(WAVES)))
@pytest.mark.parametrize("j", range(len(WAVES)))
def test_products_of_waves_are_sums_of_angles(i: int, j: int) -> None:
    both = shown(multiply(WAVES[i], WAVES[j]), m)
    assert near(both, shown(WAVES[i], m) * shown(WAVES[j], m))
    assert not near(both + Rational(1, 10**6), shown(WAVES[i], m) * shown(WAVES[j], m))


def test_powers_of_a_wave_keep_positive_frequencies() -> None:
    cubed = shape_power(wave(S(2), True), 3)
    assert {shape.frequency for shape in cubed} == {S(2), S(6)}
    assert all(shape.sine for shape in cubed)


def test_equal_shapes_are_merged_and_vanished_ones_dropped() -> None:
    linear = {Shape(power=S.One): algebra.ONE, Shape(): intake(-s)}
    conjugate = {Shape(power=S.One): algebra.ONE, Shape(): intake(s)}
    assert multiply(linear, conjugate) == {Shape(power=S(2)): algebra.ONE, Shape(): intake(-(s**2))}
