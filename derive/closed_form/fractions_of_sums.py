"""Rational coefficients whose denominators are sums, over one denominator and in lowest terms.

The numerators are multiplied out and divided in FLINT's polynomials: microseconds, where SymPy's
``cancel`` takes tens of milliseconds.
"""

from __future__ import annotations

from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx
from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from .algebra import Exponent, Monomial, named

Coefficients = dict[Monomial, fmpq]
Powers = dict[int, Exponent]

# Beyond this many terms the common numerator is harder to read than the sum of fractions.
_MOST_TERMS = 60


def cancelled(terms: Coefficients) -> Expr | None:
    """The sum over one denominator, or None where that would be longer."""
    sums = sorted({n for monomial in terms for n, _ in monomial if not named(n).is_Symbol})
    symbols = sorted({s for n in sums for s in named(n).free_symbols} | _symbols(terms), key=str)
    context = _Context(symbols)
    below = {n: max(-dict(m).get(n, 0) for m in terms) for n in sums}
    divisors: dict[int, Any] = {n: context.polynomial(named(n)) for n in sums}
    if any(d is None for d in divisors.values()):
        return None
    shift = {s: max(0, *(-context.exponent(m, s) for m in terms)) for s in symbols}
    numerator = context.zero
    for monomial, number in terms.items():
        part = context.monomial({s: context.exponent(monomial, s) + shift[s] for s in symbols}, number)
        for n in sums:
            part *= divisors[n] ** int(below[n] + dict(monomial).get(n, 0))
        numerator += part
    below, numerator = _divide(numerator, divisors, below)
    if len(numerator) > max(_MOST_TERMS, 2 * len(terms)):
        return None
    return context.fraction(numerator, shift, below)


def _symbols(terms: Coefficients) -> set[Symbol]:
    return {named(n) for monomial in terms for n, _ in monomial if named(n).is_Symbol}


def _divide(numerator: Any, divisors: dict[int, Any], below: Powers) -> tuple[Powers, Any]:
    """Each denominator taken out of the numerator as often as it divides it."""
    left = dict(below)
    for n, divisor in divisors.items():
        while left[n] > 0 and numerator:
            quotient, rest = divmod(numerator, divisor)
            if rest:
                break
            numerator, left[n] = quotient, left[n] - 1
    return left, numerator


class _Context:
    """Polynomials in the given symbols."""

    def __init__(self, symbols: list[Symbol]) -> None:
        self.symbols = symbols
        self.ring = fmpq_mpoly_ctx.get(tuple(f"x{i}" for i in range(len(symbols))), Ordering.lex)
        self.zero = self.ring.from_dict({})

    def exponent(self, monomial: Monomial, symbol: Symbol) -> int:
        return next((int(e) for n, e in monomial if named(n) == symbol), 0)

    def monomial(self, exponents: dict[Symbol, int], number: fmpq) -> Any:
        return self.ring.from_dict({tuple(exponents[s] for s in self.symbols): number})

    def polynomial(self, expr: Expr) -> Any | None:
        """A canonical sum as a polynomial; None if a power in it is not a natural number."""
        made = self.zero
        for term in Add.make_args(expr):
            number, rest = term.as_coeff_Mul(rational=True)
            powers = rest.as_powers_dict() if rest != 1 else {}
            if any(not s.is_Symbol or not (e.is_Integer and e > 0) for s, e in powers.items()):
                return None
            exponents = {s: int(powers.get(s, 0)) for s in self.symbols}
            made += self.monomial(exponents, fmpq(int(number.p), int(number.q)))
        return made

    def fraction(self, numerator: Any, shift: dict[Symbol, int], below: Powers) -> Expr:
        """The numerator's terms, lowered by ``shift``, over the remaining denominators."""
        above = Add(*(self._term(exponents, number, shift) for exponents, number in numerator.terms()))
        return Mul(above, *(Pow(named(n), -int(e)) for n, e in below.items() if e))

    def _term(self, exponents: tuple[int, ...], number: fmpq, shift: dict[Symbol, int]) -> Expr:
        factors = (Pow(s, e - shift[s]) for s, e in zip(self.symbols, exponents, strict=True))
        return Mul(Rational(int(number.p), int(number.q)), *factors)
