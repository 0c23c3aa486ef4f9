"""Exact arithmetic of closed forms: sums of rational numbers times powers of generators.

SymPy's own arithmetic costs some 50 microseconds per product, which decided the time of every
variance. Here a generator is any SymPy expression (a symbol, exp(mu), erf(...), a sum below a
fraction bar, a prime under a root), numbered once; a monomial is a tuple of (number, exponent).
The imaginary unit is generator 0; every other generator is a real number.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import comb

from flint import fmpq
from sympy import Expr, I, Integer

from derive.errors import NoClosedForm

Exponent = int | Fraction
Monomial = tuple[tuple[int, Exponent], ...]
# Treated as immutable: elements are shared through caches.
Element = dict[Monomial, fmpq]

IMAGINARY = 0
ONE: Element = {(): fmpq(1)}
ZERO: Element = {}
# A product longer than this is refused: the largest statistics of this project have some thousands.
MOST_TERMS = 40_000


class TooLarge(NoClosedForm):
    """Nothing is missing but room: the same expression by another road would be as large."""


_generators: list[Expr] = [I]
_numbers: dict[Expr, int] = {I: IMAGINARY}
# Generators whose powers reduce: the imaginary unit, and primes, which carry exponents in (0, 1).
_primes: dict[int, int] = {}


def generator(expr: Expr) -> int:
    """The number of a generator, new or known."""
    number = _numbers.setdefault(expr, len(_generators))
    if number == len(_generators):
        _generators.append(expr)
        if isinstance(expr, Integer):
            _primes[number] = int(expr)
    return number


def named(number: int) -> Expr:
    """The generator with this number."""
    return _generators[number]


def rational(value: fmpq | int) -> Element:
    """A number as an element."""
    number = fmpq(value)
    return {(): number} if number else {}


def power_of(expr: Expr, exponent: Exponent = 1) -> Element:
    """One generator to a power."""
    monomial, factor = _normal({generator(expr): exponent})
    return {monomial: factor}


def _normal(exponents: dict[int, Exponent]) -> tuple[Monomial, fmpq]:
    """The monomial in order, with whole powers of primes and of the imaginary unit taken out."""
    factor = fmpq(1)
    for number in [n for n in exponents if n == IMAGINARY or n in _primes]:
        exponent = exponents[number]
        if number == IMAGINARY:
            turns = int(exponent) % 4
            factor *= -1 if turns >= 2 else 1
            exponents[number] = turns % 2
        else:
            whole = exponent.__floor__()
            factor *= fmpq(_primes[number]) ** whole
            exponents[number] = exponent - whole
    return tuple(sorted((n, e) for n, e in exponents.items() if e)), factor


def _times(one: Monomial, two: Monomial) -> tuple[Monomial, fmpq | None]:
    if not one or not two:
        return one or two, None
    exponents: dict[int, Exponent] = dict(one)
    special = False
    for number, exponent in two:
        if number in exponents:
            exponents[number] += exponent
            special = special or number == IMAGINARY or number in _primes
        else:
            exponents[number] = exponent
    if special:
        return _normal(exponents)
    return tuple(sorted((n, e) for n, e in exponents.items() if e)), None


def total(elements: Iterable[Element]) -> Element:
    """The sum."""
    made: dict[Monomial, fmpq] = {}
    for element in elements:
        for monomial, number in element.items():
            made[monomial] = made[monomial] + number if monomial in made else number
    return {monomial: number for monomial, number in made.items() if number}


def product(one: Element, two: Element) -> Element:
    """The product, multiplied out; raises ``TooLarge`` where it has too many terms."""
    if len(one) * len(two) > MOST_TERMS:
        raise TooLarge(f"the closed form has more than {MOST_TERMS} terms")
    made: dict[Monomial, fmpq] = {}
    for left, a in one.items():
        for right, b in two.items():
            monomial, factor = _times(left, right)
            number = a * b if factor is None else a * b * factor
            made[monomial] = made[monomial] + number if monomial in made else number
    return {monomial: number for monomial, number in made.items() if number}


def scaled(element: Element, factor: fmpq) -> Element:
    """A rational multiple."""
    return {m: c * factor for m, c in element.items()} if factor else {}


def whole_power(element: Element, exponent: int) -> Element:
    """A nonnegative whole power."""
    if len(element) == 1:
        ((monomial, number),) = element.items()
        powered, factor = _normal({n: e * exponent for n, e in monomial})
        return {powered: number**exponent * factor}
    if len(element) == 2:
        return _of_two(element, exponent)
    made = ONE
    for _ in range(exponent):
        made = product(made, element)
    return made


def _of_two(element: Element, exponent: int) -> Element:
    """By the binomial theorem: one product a term, where repeated products take as many as its square."""
    if len(element) * exponent > MOST_TERMS:
        raise TooLarge(f"the closed form has more than {MOST_TERMS} terms")
    one, two = ({monomial: number} for monomial, number in element.items())
    each = (
        scaled(product(whole_power(one, k), whole_power(two, exponent - k)), fmpq(comb(exponent, k)))
        for k in range(exponent + 1)
    )
    return total(each)


def reciprocal(element: Element) -> Element | None:
    """One over a single term; None for a sum (or zero)."""
    if len(element) != 1:
        return None
    ((monomial, number),) = element.items()
    powered, factor = _normal({n: -e for n, e in monomial})
    return {powered: factor / number}


def parts(element: Element) -> tuple[Element, Element]:
    """Real and imaginary part: the terms without and with the imaginary unit."""
    real = {m: c for m, c in element.items() if not (m and m[0][0] == IMAGINARY)}
    imaginary = {m[1:]: c for m, c in element.items() if m and m[0][0] == IMAGINARY}
    return real, imaginary
