"""Real roots of polynomials by formulas: degree 1 and 2, pure powers, and products of such."""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd

from sympy import Add, Expr, Mul, Rational, S, Symbol, cancel, exp, expand, factor, factor_list, sqrt

from derive.errors import Undecided

from .root import Root


def polynomial_roots(powers: dict[int, Expr]) -> Iterable[Root]:
    """Real roots of ``sum of c*t**n``; the constant term is there and not zero."""
    degree = max(powers, default=0)
    step = gcd(*powers)
    if step > 1:
        inner = polynomial_roots({n // step: c for n, c in powers.items()})
        return [r.given(root.positive) for root in inner for r in _nth_roots(root.value, step)]
    if degree == 0:
        return ()
    if degree == 1:
        return (Root(_quotient(powers[0], powers[1])),)
    if degree == 2:
        return _quadratic(powers[2], powers.get(1, S.Zero), powers[0])
    return _by_factors(powers)


def _quotient(c0: Expr, c1: Expr) -> Expr:
    """``-c0/c1`` without brackets or signs to spare."""
    if c1.could_extract_minus_sign():
        return c0 / Add(*(-t for t in Add.make_args(c1)))
    return Add(*(-t for t in Add.make_args(c0))) / c1


def _quadratic(a: Expr, b: Expr, c: Expr) -> Iterable[Root]:
    discriminant = expand(b**2 - 4 * a * c)
    if discriminant == 0:
        return (Root(-b / (2 * a)),)
    if not discriminant.is_number:
        discriminant = factor(discriminant)
    square = _square_root(discriminant)
    half, positive = (sqrt(discriminant), (discriminant,)) if square is None else (square, ())
    roots = ((-b + side * half) / (2 * a) for side in (-1, 1))
    return tuple(Root(r if a.is_number else cancel(r), positive) for r in roots)


def _square_root(discriminant: Expr) -> Expr | None:
    """``p`` for ``p**2``, either sign (both are taken); ``None`` for what is not a square."""
    parts = [f.as_base_exp() for f in Mul.make_args(discriminant)]
    halves = [b ** (e / 2) if e == 2 else sqrt(b**e) for b, e in parts]
    free = all(e == 2 or b.is_positive for b, e in parts)
    return Mul(*halves) if free else None


def _nth_roots(c: Expr, n: int) -> tuple[Root, ...]:
    """Real solutions ``t`` of ``t**n = c``."""
    if c == 0:
        return (Root(S.Zero),)
    up = Root(power(c, Rational(1, n)), (c,))
    if n % 2 == 0:
        return (Root(-up.value, (c,)), up)
    return (up, Root(-power(-c, Rational(1, n)), (-c,)))


def power(base: Expr, exponent: Expr) -> Expr:
    return exp(base.args[0] * exponent) if isinstance(base, exp) else base**exponent


def _by_factors(powers: dict[int, Expr]) -> Iterable[Root]:
    t = Symbol("t")
    whole = Add(*(c * t**n for n, c in powers.items()))
    _, factors = factor_list(whole, t)
    if len(factors) == 1 and factors[0][1] == 1:
        raise Undecided(
            f"the polynomial {whole} does not factor over the rationals into degree 2 or less",
            "use a polynomial whose zeros have formulas",
        )
    for part, _multiplicity in factors:
        terms = {n: c for (n,), c in part.as_poly(t).terms()}
        if 0 not in terms:
            yield Root(S.Zero)
        else:
            yield from polynomial_roots(terms)
