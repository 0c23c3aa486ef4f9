"""The grid of families and integrands, and what each cell is known to be: the tests' own table and oracle."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

from sympy import Expr, Rational, Symbol, lambdify

from derive.families import FAMILIES
from derive.family import Family
from derive.terms import Law
from tests.derive.quadrature_oracle import Quadrature
from tests.derive.test_closed_form_grid import (
    INTEGRANDS,
    KINKS,
    LINE,
    NO_ANSWER,
    POWER_TAILS,
    UNKNOWN,
    WAVES,
)

LATTICE = ("bernoulli", "binomial", "poisson", "geometric", "negative_binomial")
# At 0, where these laws have mass, log(a) and 1/a are infinite; sqrt(a) has no closed form over a lattice.
_NOT_ON_LATTICE = ("log(a)", "a*log(a)", "sqrt(a)", "1/a")
_LAST = 4000


class Cell(NamedTuple):
    family: str
    integrand: str

    @property
    def g(self) -> Expr:
        return INTEGRANDS[self.integrand]


def point_of(family: Family) -> dict[Symbol, Rational]:
    """The reference point by symbol."""
    return {p.symbol: p.reference for p in family.parameters}


def law_of(family: Family) -> Law:
    """The law with symbols for parameters; whole numbers that nobody differentiates by are numbers."""
    return Law(family.name, *(p.reference if p.fixed else p.symbol for p in family.parameters))


@cache
def reason(cell: Cell) -> str | None:
    """Why no answer is to be expected; None where there is one."""
    if cell.family in LATTICE:
        return UNKNOWN if cell.integrand in _NOT_ON_LATTICE or math.isnan(truth(cell)) else None
    return NO_ANSWER.get(cell.family, {}).get(cell.integrand)


@cache
def cells() -> tuple[Cell, ...]:
    """All that have an answer."""
    grid = (Cell(family, name) for family in (*LINE, *LATTICE) for name in INTEGRANDS)
    return tuple(cell for cell in grid if reason(cell) is None)


@cache
def without_value() -> tuple[Cell, ...]:
    """Cells whose expectation diverges or is no real number, so that a finite value is wrong."""
    grid = (Cell(family, name) for family in LINE for name in INTEGRANDS)
    return tuple(cell for cell in grid if reason(cell) not in (None, UNKNOWN))


@cache
def truth(cell: Cell) -> float:
    """The expectation at the reference point, by quadrature or by summation; nan where it does not settle."""
    family = FAMILIES[cell.family]
    values = tuple(p.reference for p in family.parameters)
    if cell.family in LATTICE:
        return _summed(cell, family)
    quadrature = Quadrature(family, values)
    if cell.family in POWER_TAILS and cell.integrand in WAVES:
        return quadrature.wave(*WAVES[cell.integrand])
    return quadrature.expectation(cell.g, KINKS)


def _summed(cell: Cell, family: Family) -> float:
    upper = family.support[0].upper.xreplace(point_of(family))
    (a,) = family.samples
    density = family.log_density.xreplace(point_of(family))
    last = int(upper) if upper.is_finite else _LAST
    own = {"Heaviside": lambda x, *_: 0.5 * ((x > 0) + (x >= 0))}
    weight, g = (lambdify([a], e, [own, "math"]) for e in (density, cell.g))
    if cell.integrand in _NOT_ON_LATTICE:
        return math.nan
    terms = [math.exp(weight(k)) * g(k) for k in range(last + 1) if weight(k) > -700]
    total = math.fsum(terms)
    # A sum that has not come to rest by its last term diverges, or is not to be trusted.
    return total if upper.is_finite or abs(terms[-1]) < 1e-17 * abs(total) else math.nan


def agrees(found: float, cell: Cell) -> bool:
    """Within a millionth of the truth: every mistake of a closed form that was ever seen is larger."""
    exact = truth(cell)
    return abs(found - exact) <= 1e-6 * max(abs(exact), 1.0)
