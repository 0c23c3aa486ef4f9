"""Elements of the algebra written as SymPy expressions: collected, and cancelled where sums divide."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from math import gcd, lcm

from flint import fmpq
from sympy import Add, Expr, Mul, Pow, Rational, exp

from .algebra import Element, Exponent, Monomial, named
from .fractions_of_sums import cancelled
from .quick import exponential

Coefficients = dict[Monomial, fmpq]


def express(element: Element) -> Expr:
    """The element as an expression: rational coefficients of distinct transcendental products."""
    groups: defaultdict[Monomial, Coefficients] = defaultdict(dict)
    for monomial, number in element.items():
        outer = tuple((n, e) for n, e in monomial if not _is_rational(n, e))
        groups[outer][tuple((n, e) for n, e in monomial if _is_rational(n, e))] = number
    return Add(*(_written(outer, inner) for outer, inner in groups.items()))


def _is_rational(number: int, exponent: Exponent) -> bool:
    """Whether the factor belongs to a rational function of the symbols."""
    expr = named(number)
    return isinstance(exponent, int) and (expr.is_Symbol or _is_denominator(number))


@lru_cache(maxsize=4096)
def _is_denominator(number: int) -> bool:
    """Whether a generator is a sum of products of powers of symbols, as stands below a bar."""
    expr = named(number)
    return bool(expr.is_Add and expr.is_rational_function(*expr.free_symbols) and expr.free_symbols)


def _written(outer: Monomial, inner: Coefficients) -> Expr:
    sums = {n for monomial in inner for n, _ in monomial if not named(n).is_Symbol}
    coefficient = cancelled(inner) if sums else None
    if coefficient is None:
        coefficient = Add(*(term(monomial, number) for monomial, number in inner.items()))
    return coefficient * term(outer, fmpq(1)) if outer else coefficient


def term(monomial: Monomial, number: fmpq) -> Expr:
    """One term, with its exponentials joined into one."""
    exponents: list[Expr] = []
    factors: list[Expr] = [Rational(int(number.p), int(number.q))]
    for n, e in monomial:
        base = named(n)
        exponent = Rational(e.numerator, e.denominator)
        if isinstance(base, exp):
            exponents.append(exponent * base.args[0])
        else:
            factors.append(Pow(base, exponent))
    if exponents:
        factors.append(exponential(Add(*exponents)))
    return Mul(*factors)


def canonical_sum(element: Element) -> tuple[Element, Expr]:
    """``(content, primitive)``: a single term times a sum that is the same for all its multiples.

    The primitive sum has whole coprime coefficients, no common power, and a positive first term in
    the order of names, so that 1/3 - rate and rate - 1/3 share a denominator.
    """
    common = _common_power(element)
    reduced = {_divided(monomial, common): number for monomial, number in element.items()}
    first = min(reduced, key=lambda m: [(str(named(n)), -e) for n, e in m] or [("~", 0)])
    numbers = list(reduced.values())
    size = fmpq(gcd(*(int(abs(c.p)) for c in numbers)), lcm(*(int(c.q) for c in numbers)))
    content = size if reduced[first] > 0 else -size
    primitive = Add(*(term(monomial, number / content) for monomial, number in reduced.items()))
    return {common: content}, primitive


def _common_power(element: Element) -> Monomial:
    lowest: dict[int, Exponent] = {}
    numbers = {n for monomial in element for n, _ in monomial}
    for n in numbers:
        lowest[n] = min(dict(monomial).get(n, 0) for monomial in element)
    return tuple(sorted((n, e) for n, e in lowest.items() if e))


def _divided(monomial: Monomial, common: Monomial) -> Monomial:
    exponents = dict(monomial)
    for n, e in common:
        exponents[n] = exponents.get(n, 0) - e
    return tuple(sorted((n, e) for n, e in exponents.items() if e))
