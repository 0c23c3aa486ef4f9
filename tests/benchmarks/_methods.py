"""What people use for an exact expectation with symbols: `sympy.stats`, or `integrate` by hand; and ours."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sympy import Dummy, Expr, Integral, N, Sum, exp, integrate, stats, summation
from sympy.core.relational import Relational

from derive.certify import certify_closed_form
from derive.closed_form import ClosedForm, expectation_of
from derive.errors import DeriveError
from derive.families import FAMILIES
from derive.numeric.balls import value
from derive.terms import SAMPLE
from tests.benchmarks._grid import Cell, law_of, point_of

# Families that `sympy.stats` has, from our parameters to its own.
STATS: dict[str, Callable[..., Any]] = {
    "normal": lambda mu, sigma: stats.Normal("X", mu, sigma),
    "exponential": lambda rate: stats.Exponential("X", rate),
    "uniform": lambda low, high: stats.Uniform("X", low, high),
    "laplace": lambda mu, b: stats.Laplace("X", mu, b),
    "logistic": lambda mu, s: stats.Logistic("X", mu, s),
    "gumbel": lambda mu, beta: stats.Gumbel("X", beta, mu),
    "cauchy": lambda mu, gamma: stats.Cauchy("X", mu, gamma),
    "student_t": lambda nu, mu, sigma: mu + sigma * stats.StudentT("X", nu),
    "lognormal": lambda mu, sigma: stats.LogNormal("X", mu, sigma),
    "weibull": lambda scale, shape: stats.Weibull("X", scale, shape),
    "pareto": lambda scale, alpha: stats.Pareto("X", scale, alpha),
    "kumaraswamy": lambda a, b: stats.Kumaraswamy("X", a, b),
    "gamma": lambda shape, rate: stats.Gamma("X", shape, 1 / rate),
    "beta": lambda alpha, beta: stats.Beta("X", alpha, beta),
    "von_mises": lambda mu, kappa: stats.VonMises("X", mu, kappa),
    "bernoulli": lambda p: stats.Bernoulli("X", p),
    "binomial": lambda n, p: stats.Binomial("X", n, p),
    "poisson": lambda rate: stats.Poisson("X", rate),
    "geometric": lambda p: stats.Geometric("X", p) - 1,  # ours counts failures, theirs attempts
    "negative_binomial": lambda r, p: stats.NegativeBinomial("X", r, 1 - p),  # theirs ends with successes
}


def ours(cell: Cell) -> Expr:
    """Our closed form, before anybody has judged it: what the peers give too."""
    return _ours(cell).value


def judged(cell: Cell) -> Expr:
    """The same, held against a rigorous enclosure of the integral at the point."""
    made, family = _ours(cell), FAMILIES[cell.family]
    said = certify_closed_form(made.value, cell.g, law_of(family), family.samples, point_of(family))
    assert not said.is_refuted, f"{cell}: {said.evidence}"
    return made.value


def _ours(cell: Cell) -> ClosedForm:
    family = FAMILIES[cell.family]
    return expectation_of(cell.g, law_of(family), family.samples, point_of(family))


def by_stats(cell: Cell) -> Expr:
    """`sympy.stats.E`."""
    variable = STATS[cell.family](*law_of(FAMILIES[cell.family]).parameters)
    return stats.E(cell.g.xreplace({SAMPLE: variable}))


def by_integrate(cell: Cell) -> Expr:
    """`integrate` (or `summation`) of integrand times density."""
    family = FAMILIES[cell.family]
    fixed = {p.symbol: p.reference for p in family.parameters if p.fixed}
    (axis,), (a,) = family.support, family.samples
    body = (cell.g * exp(family.log_density)).xreplace(fixed)
    ends = (axis.lower.xreplace(fixed), axis.upper.xreplace(fixed))
    if not axis.lattice:
        return integrate(body, (a, *ends))
    n = Dummy("n", integer=True, nonnegative=True)
    return summation(body.xreplace({a: n}), (n, *ends))


METHODS: dict[str, Callable[[Cell], Expr]] = {
    "ours": ours,
    "ours, judged": judged,
    "sympy.stats": by_stats,
    "integrate": by_integrate,
}


def applies(method: str, cell: Cell) -> bool:
    """Whether the method has the family at all."""
    return method != "sympy.stats" or cell.family in STATS


def number(found: Expr, cell: Cell) -> float | None:
    """The closed form at the point; None where an integral or a sum was left, or where it is not finite.

    A rest of an imaginary part is rounding, whoever wrote the form with ``I``.
    """
    at = point_of(FAMILIES[cell.family])
    placed = found.xreplace(at)
    if placed.has(Integral, Sum, Relational):
        return None
    try:
        return value(found, at)[0]
    except (DeriveError, ValueError, TypeError, ArithmeticError, NotImplementedError):
        numeric = complex(N(placed, 17))
    real = abs(numeric.imag) <= 1e-9 * max(1.0, abs(numeric.real))
    return numeric.real if real and math.isfinite(numeric.real) else None
