"""What the unordered-set estimators and their wrong twin share: two different outcomes of a finite law.

A pair is drawn without replacement: one outcome by the law, the other by what the law is without it. Its
chance is ``p_i p_j (1/(1 - p_i) + 1/(1 - p_j))``, whichever came first. Each of both counts by its mass times
its leave-one-out ratio, ``w_i = (1 - p_j)/(2 - p_i - p_j)``: the chance that it is the first, given the pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.estimator import Statistic
    from checks.problem import Problem, Theta
    from derive.expectation import Expectation

# There are 28 pairs of eight outcomes.
LEAST, MOST = 3, 8


def refuses(expectation: Expectation) -> str | None:
    """Laws of a continuum, of infinitely many outcomes, of two or of more than can be paired."""
    from derive.lattice import count

    family = expectation.family
    if not family.lattice:
        return f"{family.name} is continuous: no sample comes twice"
    size = count(family.law, expectation.point)
    if size is None:
        return f"{family.name} has infinitely many outcomes, and pairs are enumerated here"
    if size < LEAST:
        return f"{family.name} has two outcomes: a pair without replacement is both, and the sum is exact"
    return f"pairs of {size} outcomes are not enumerated here, of {MOST} at most" if size > MOST else None


@dataclass(frozen=True)
class Outcome:
    """The mass of one outcome, its cost and its score by one parameter."""

    mass: Expr
    cost: Expr
    score: Expr
    slope: Expr


# What a pair contributes to the distributional term.
Paired = Callable[[Outcome, Outcome], "Expr"]


def share(one: Outcome, other: Outcome) -> Expr:
    """The chance that ``one`` was drawn first, given both."""
    return (1 - other.mass) / (2 - one.mass - other.mass)


def statistic(expectation: Expectation, paired: Paired, first: Paired = share) -> Statistic:
    """``paired`` of both outcomes and the explicit term, over the law of the unordered pair.

    ``first(one, other)`` is what the explicit term of ``one`` counts.
    """
    from sympy import Eq, Piecewise, Symbol

    from checks.estimator import Statistic
    from derive.terms import Law

    pair = Symbol("pair", real=True)
    tables = [_outcomes(expectation, theta) for theta in expectation.wrt]

    def value(table: list[Outcome]) -> Expr:
        found = [
            paired(one, two) + first(one, two) * one.slope + first(two, one) * two.slope
            for one, two in combinations(table, 2)
        ]
        *early, last = found
        return Piecewise(*((v, Eq(pair, k)) for k, v in enumerate(early)), (last, True))

    masses = [o.mass for o in tables[0]]
    chances = (p * q * (1 / (1 - p) + 1 / (1 - q)) for p, q in combinations(masses, 2))
    # Sums of quotients of exponentials are collected for seconds; added up as numbers, they are as good.
    closed = all(p.xreplace(expectation.point).is_Rational for p in masses)
    values = tuple(value(table) for table in tables)
    return Statistic(values, Law("categorical", *chances), (pair,), closed=closed)


def _outcomes(expectation: Expectation, theta: Symbol) -> list[Outcome]:
    from sympy import exp

    from checks.calculus import slope
    from derive.lattice import outcomes

    family, g = expectation.family, expectation.integrand
    log_density = family.log_density
    table = []
    for outcome in outcomes(family.law, expectation.point, MOST):
        at = dict(zip(family.samples, outcome, strict=True))
        table.append(
            Outcome(
                exp(log_density.xreplace(at)),
                g.xreplace(at),
                log_density.xreplace(at).diff(theta),
                slope(g, theta).xreplace(at),
            )
        )
    return table


# The same in Torch ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pairs:
    """Per row and for both samples ``[n, 2]``: masses without a graph, log-masses and costs with theirs."""

    theta: Theta
    masses: torch.Tensor
    log_masses: torch.Tensor
    costs: torch.Tensor

    @property
    def shares(self) -> torch.Tensor:
        """The chance of each that it was drawn first, given both, ``[n, 2]``."""
        rest = 1.0 - self.masses
        return rest.flip(-1) / rest.sum(-1, keepdim=True)


def drawn(problem: Problem, n: int, generator: torch.Generator) -> Pairs:
    """A pair for each row: the second from what the law is without the first."""
    import torch

    axes = [range(int(low), int(high) + 1) for low, high in problem.support]
    places = torch.tensor(list(product(*axes)), dtype=torch.float64)
    places = places[:, 0] if problem.dimension == 1 else places
    with torch.no_grad():
        masses = torch.exp(problem.log_density(places)).expand(n, -1)
        first = torch.multinomial(masses, 1, generator=generator)
        second = torch.multinomial(masses.scatter(-1, first, 0.0), 1, generator=generator)
        chosen = torch.cat([first, second], dim=-1)
    theta = problem.leaves(n)
    both = [places[chosen[:, k]] for k in (0, 1)]
    logs = torch.stack([problem.log_density(a, theta) for a in both], dim=-1)
    costs = torch.stack([problem.f(a, theta) for a in both], dim=-1)
    return Pairs(theta, masses.gather(-1, chosen), logs, costs)
