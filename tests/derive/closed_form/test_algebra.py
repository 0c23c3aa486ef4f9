"""Exact arithmetic of closed forms: powers of sums equal repeated products, and stay affordable."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import I, Integer, Symbol, exp

from derive.closed_form.algebra import MOST_TERMS, ONE, Element, TooLarge, generator, product, whole_power

X, Y, ROOT = generator(Symbol("x")), generator(exp(Symbol("y"))), generator(Integer(5))
MONOMIALS = ((), ((X, 1),), ((Y, -2),), tuple(sorted(((X, 3), (Y, 1)))), ((ROOT, Fraction(1, 2)),),
             ((generator(I), 1),))  # fmt: skip
NUMBERS = st.fractions(min_value=-3, max_value=3, max_denominator=7).filter(bool)


def repeated(element: Element, exponent: int) -> Element:
    made = ONE
    for _ in range(exponent):
        made = product(made, element)
    return made


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(st.sampled_from(MONOMIALS), NUMBERS, min_size=1, max_size=3),
    st.integers(min_value=0, max_value=6),
)
def test_a_power_is_the_repeated_product(numbers: dict[tuple[object, ...], Fraction], exponent: int) -> None:
    element: Element = {m: fmpq(n.numerator, n.denominator) for m, n in numbers.items()}  # type: ignore[misc]
    assert whole_power(element, exponent) == repeated(element, exponent)


def test_terms_that_cancel_leave_nothing() -> None:
    element: Element = {(): fmpq(1), ((generator(I), 1),): fmpq(1)}  # (1 + i)**4 = -4
    assert whole_power(element, 4) == {(): fmpq(-4)}


def test_a_large_power_of_two_terms_takes_one_product_a_term(monkeypatch: pytest.MonkeyPatch) -> None:
    from derive.closed_form import algebra

    counted: list[int] = []

    def counting(one: Element, two: Element) -> Element:
        counted.append(len(one) * len(two))
        return product(one, two)

    monkeypatch.setattr(algebra, "product", counting)
    made = whole_power({(): fmpq(1, 3), ((X, 1),): fmpq(2, 3)}, 500)
    assert len(made) == sum(counted) == 501
    assert sum(made.values()) == 1


def test_a_power_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooLarge, match="more than 40000 terms"):
        whole_power({(): fmpq(1), ((X, 1),): fmpq(1)}, MOST_TERMS)
