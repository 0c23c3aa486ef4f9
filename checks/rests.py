"""A law on whole numbers given that none of some outcomes comes: its expectations from those of the whole."""

from __future__ import annotations

from sympy import Add, Expr, Rational, exp

from checks.estimator import Draw
from derive.laws import log_density
from derive.numeric.estimate import Estimate


def of_rest(draw: Draw, body: Expr, whole: Expr) -> Expr:
    """``E[body]`` given that none of ``draw.without`` comes, from the ``whole`` expectation."""
    if not draw.without:
        return whole
    left = [(exp(log_density(draw.law, *o)), dict(zip(draw.variables, o, strict=True))) for o in draw.without]
    return (whole - Add(*(p * body.xreplace(at) for p, at in left))) / (1 - Add(*(p for p, _ in left)))


def estimate_of_rest(draw: Draw, body: Expr, whole: Estimate) -> Estimate:
    """The same of a value with an error, which is enlarged as much as the value is."""
    if not draw.without:
        return whole
    found, shifted = (float(of_rest(draw, body, Rational(whole.value) + step)) for step in (0, 1))
    return Estimate(found, whole.error * (shifted - found))
