"""Whether pieces that diverge one by one do so together: Laurent coefficients at a = 0.

``sin(a)/a`` is read as a sum of pieces of which each may diverge at 0 while their sum does not, and
1/a - 1/a must not be believed term by term. The decision is about the sum: the coefficients of its
powers at 0, exactly.
"""

from __future__ import annotations

from collections import defaultdict
from math import factorial

from sympy import Expr, S

from .outlet import express
from .place import Point, sign_at
from .shapes import Shape, Terms


def diverges_at_zero(terms: Terms, threshold: Expr, point: Point) -> bool:
    """Whether the sum behaves at 0 like a power at most ``threshold`` (which is not integrable)."""
    totals: defaultdict[tuple[Expr, int], Expr] = defaultdict(lambda: S.Zero)
    for shape, coefficient in terms.items():
        for order, factor in _series(shape, threshold, point):
            totals[(shape.power + order, shape.logs)] += express(coefficient) * factor
    return any(sign_at(value, point) != 0 for value in totals.values())


def _series(shape: Shape, threshold: Expr, point: Point) -> list[tuple[int, Expr]]:
    """Taylor coefficients of ``exp(r a + q a^2) * wave(w a)`` up to the order that matters."""
    count = 0
    while sign_at(shape.power + count - threshold, point) <= 0:
        count += 1
    grow = [shape.rate**n / factorial(n) for n in range(count)]
    bend = [shape.square ** (n // 2) / factorial(n // 2) if n % 2 == 0 else S.Zero for n in range(count)]
    swing = [_wave_coefficient(shape, n) for n in range(count)]
    product = _convolve(_convolve(grow, bend), swing)
    return [(n, c) for n, c in enumerate(product) if c != 0]


def _wave_coefficient(shape: Shape, n: int) -> Expr:
    if shape.frequency == 0:
        return S.One if n == 0 else S.Zero
    if n % 2 != int(shape.sine):
        return S.Zero
    return S.NegativeOne ** (n // 2) * shape.frequency**n / factorial(n)


def _convolve(one: list[Expr], two: list[Expr]) -> list[Expr]:
    return [sum((one[k] * two[n - k] for k in range(n + 1)), S.Zero) for n in range(len(one))]
