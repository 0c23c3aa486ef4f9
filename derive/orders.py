"""Orders of growth as data: scales, their coefficients, and how an end is approached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Dummy, Expr, Rational, S, Symbol, expand

Point = Mapping[Symbol, Rational]

# One variable for all ends, so that what was found once is found again.
Y = Dummy("y", positive=True)

# A scale is a kind and its exponent. Larger kinds dominate, then larger exponents:
# 4: exp(k y)   3: y**r   2: log(y)**m, m > 1   1: log(y), that is powers of y   0: log log y
Scale = tuple[int, Expr]
LOG: Scale = (1, S.One)
LOGLOG: Scale = (0, S.One)


@dataclass(frozen=True, slots=True)
class Growth:
    """``|f| ~ exp(sum coefficient * scale)``; an upper bound only where ``exact`` is False."""

    terms: tuple[tuple[Scale, Expr], ...]
    exact: bool = True

    def __add__(self, other: Growth) -> Growth:
        return Growth(merged(self.terms + other.terms), self.exact and other.exact)

    def times(self, factor: Expr) -> Growth:
        return Growth(tuple((s, c * factor) for s, c in self.terms), self.exact)


FLAT = Growth(())


def merged(terms: tuple[tuple[Scale, Expr], ...]) -> tuple[tuple[Scale, Expr], ...]:
    """Terms of equal scales added up; those that vanish are dropped."""
    total: dict[Scale, Expr] = {}
    for scale, coefficient in terms:
        total[scale] = total.get(scale, S.Zero) + coefficient
    return tuple((s, expand(c)) for s, c in total.items() if c != 0)


def toward(end: Expr, from_below: bool) -> tuple[Expr, bool]:
    """``(x as a function of Y, whether the end is finite)`` for an end approached as ``Y -> oo``."""
    if end in (S.Infinity, S.NegativeInfinity):
        return (Y if end is S.Infinity else -Y), False
    return (end - 1 / Y if from_below else end + 1 / Y), True
