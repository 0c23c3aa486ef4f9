"""Polynomials in independent standard normal noise: statistics of a linear simulator, and their moments."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from sympy import QQ, Symbol
from sympy.polys.rings import ring

from derive.environment.gaussian import normal_moment
from derive.environment.linear_quadratic import LinearQuadratic

Polynomial = Any  # an element of a SymPy ring over the rationals, which has no type of its own


def noise(horizon: int) -> tuple[Polynomial, ...]:
    """``eps_0, ..., eps_{T-1}``."""
    _, *symbols = ring([Symbol(f"eps[{t}]") for t in range(horizon)], QQ)
    return tuple(symbols)


def states(lq: LinearQuadratic, eps: Sequence[Polynomial]) -> tuple[Polynomial, ...]:
    """``x_0, ..., x_T``."""
    found = [eps[0].ring(rational(lq.x0))]
    for e in eps:
        found.append(rational(lq.closed_loop) * found[-1] + rational(lq.B * lq.sigma) * e)
    return tuple(found)


def rational(x: Fraction) -> Any:
    """The fraction in SymPy's domain of rationals."""
    return QQ(x.numerator, x.denominator)


def expectation(polynomial: Polynomial) -> Fraction:
    """The mean, monomial by monomial."""
    total = Fraction(0)
    for powers, coefficient in polynomial.terms():
        total += Fraction(int(coefficient.numerator), int(coefficient.denominator)) * normal_moment(powers)
    return total


def central_moments(polynomial: Polynomial) -> tuple[Fraction, Fraction, Fraction]:
    """Mean, variance and fourth central moment."""
    mean = expectation(polynomial)
    centred = polynomial - rational(mean)
    square = centred**2
    return mean, expectation(square), expectation(square**2)
