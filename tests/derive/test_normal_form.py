"""The normal form proves what is equal and never what is not."""

from __future__ import annotations

import pytest
import sympy as sp

from derive.normal_form import is_zero, is_zero_quickly

mu, c = sp.symbols("mu c", real=True)
s = sp.Symbol("sigma", positive=True)
z = sp.Symbol("z")

EQUAL = {
    "square": ((mu + s) ** 2, mu**2 + 2 * mu * s + s**2),
    "pythagoras": (sp.sin(mu) ** 2 + sp.cos(mu) ** 2, sp.S.One),
    "double_angle": (sp.sin(2 * mu), 2 * sp.sin(mu) * sp.cos(mu)),
    "tangent": (sp.tan(mu), sp.sin(mu) / sp.cos(mu)),
    "tanh": (sp.tanh(mu), (sp.exp(2 * mu) - 1) / (sp.exp(2 * mu) + 1)),
    "hyperbolic": (sp.cosh(mu) ** 2 - sp.sinh(mu) ** 2, sp.S.One),
    "sigmoid": (1 / (1 + sp.exp(-mu)), sp.exp(mu) / (1 + sp.exp(mu))),
    "tilt": (sp.exp(mu + s**2 / 2) * sp.exp(-mu), sp.exp(s**2 / 2)),
    "log": (sp.log(s**2 * sp.exp(mu)), 2 * sp.log(s) + mu),
    "erfc_argument": (sp.erfc(mu / s - 1 / s), 1 - sp.erf((mu - 1) / s)),
    "steps": (sp.Heaviside(-mu) * c + sp.Heaviside(mu) * c, c),
    "scaled_step": (sp.Heaviside(2 * mu - 2), 1 - sp.Heaviside(1 - mu)),
    "abs_sign": (sp.Abs(mu), mu * sp.sign(mu)),
    "max": (sp.Max(mu, c), (mu + c + sp.Abs(mu - c)) / 2),
    "min": (sp.Min(mu, c), (mu + c - sp.Abs(mu - c)) / 2),
    "fractions": (1 / (s * (s + 1)), 1 / s - 1 / (s + 1)),
}


@pytest.mark.parametrize("name", EQUAL)
def test_equal_pairs_have_difference_zero(name: str) -> None:
    left, right = EQUAL[name]
    assert is_zero(left - right)


@pytest.mark.parametrize("name", EQUAL)
def test_a_mutation_of_each_pair_is_not_zero(name: str) -> None:
    left, right = EQUAL[name]
    assert not is_zero(left - right + sp.Rational(1, 10**9))
    assert not is_zero(left + right)


def test_abs_of_a_complex_symbol_is_left_alone() -> None:
    assert not is_zero(sp.Abs(z) - z * sp.sign(z))
    assert not is_zero(sp.sign(z) - 2 * sp.Heaviside(mu) + 1)


def test_a_step_with_another_value_at_zero_is_another_function() -> None:
    assert not is_zero(sp.Heaviside(-mu, 0) - 1 + sp.Heaviside(mu, 0))


def test_quick_form_multiplies_out_only_what_is_small() -> None:
    assert is_zero_quickly((mu + 1) ** 2 - mu**2 - 2 * mu - 1)
    big = (mu + s + c + 1) ** 30 - (1 + c + s + mu) ** 29 * (mu + s + c + 1 + sp.exp(mu) - sp.exp(mu))
    assert not is_zero_quickly(big + (mu + s + c + 2) ** 40)


def test_huge_differences_are_given_up_at_once() -> None:
    huge = sp.Add(*(sp.sin(k * mu) ** 2 + sp.cos(k * mu + s) for k in range(1, 200)))
    assert not is_zero(huge)
