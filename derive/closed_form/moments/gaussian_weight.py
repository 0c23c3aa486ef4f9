"""Integrals of a^n exp(t a + q a^2): for densities that are flat or exponential, under a Gaussian weight.

With q < 0 the weight is a normal density of variance v = -1/(2q) and mean t v, up to a constant; with
q > 0 the interval is bounded, v is negative, and erf(x/sqrt(2v)) becomes erfi.
"""

from __future__ import annotations

from sympy import Expr, erfi, exp, expand, pi, sqrt

from derive.closed_form.moments.gaussian import edge, mass, whole_moment
from derive.errors import NoClosedForm, NoExpectation
from derive.family import Atom, Moment


def gaussian_integral(atom: Atom, rate: Expr) -> Moment:
    """``integral of a**power * exp(rate*a + square*a**2)`` over the atom's cell.

    Requires a natural power, no logarithm, and a coefficient of the square whose sign is known by form.
    Raises ``NoClosedForm``, and ``NoExpectation`` where the square grows up to infinity.
    """
    square = atom.square
    if atom.logs or not (atom.power.is_Integer and atom.power >= 0):
        raise NoClosedForm(f"no closed form is known for a**({atom.power})*exp({square}*a**2) on a cell")
    if square.is_positive and (atom.lower.is_infinite or atom.upper.is_infinite):
        raise NoExpectation(f"exp({square}*a**2) grows faster than an exponential tail decays")
    if not (square.is_positive or square.is_negative):
        raise NoClosedForm(f"the sign of {square} in exp({square}*a**2) is not known by form")
    variance = -1 / (2 * square)
    mean = rate * variance
    front = exp(expand(-(rate**2) / (4 * square)))
    value = front * _mass(atom, mean, variance) * whole_moment(int(atom.power), mean, variance)
    for end, sign in ((atom.lower, 1), (atom.upper, -1)):
        if atom.power > 0 and not end.is_infinite:
            weight = exp(expand(rate * end + square * end**2))
            value += sign * weight * edge(int(atom.power), end, mean, variance)
    return Moment(value)


def _mass(atom: Atom, mean: Expr, variance: Expr) -> Expr:
    """The integral of ``exp(-(a - mean)**2/(2*variance))`` over the cell."""
    if atom.square.is_negative:
        return sqrt(2 * pi * variance) * mass(atom.lower, atom.upper, mean, sqrt(variance))
    width = sqrt(-2 * variance)
    high, low = (erfi((end - mean) / width) for end in (atom.upper, atom.lower))
    return sqrt(pi) * width * (high - low) / 2
