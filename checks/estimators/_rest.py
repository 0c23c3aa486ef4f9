"""What partial enumeration and its wrong twin share: the most likely outcomes, and a draw of the rest."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from sympy import Expr

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation
    from derive.lattice import Outcome

MOST = 64
# Outcomes that are looked through for the most likely ones: an infinite law may hide its mode further out.
SEARCHED = 4096


def number(expectation: Expectation) -> int:
    """How many outcomes are summed; raises ``OutsideDomain`` for anything but 0, 1, 2, ... up to 64."""
    from sympy import S, Symbol

    from derive.errors import OutsideDomain

    top = expectation.point.get(Symbol("top", real=True), S.One)
    if not top.is_Integer or not 0 <= top <= MOST:
        raise OutsideDomain(f"top = {top} is no number of outcomes", f"give a whole number, 0 to {MOST}")
    return int(top)


def most_likely(expectation: Expectation) -> tuple[Outcome, ...]:
    """The most likely outcomes at the point, in falling order; of equally likely ones the first.

    Raises ``Undecided`` where they lie beyond the first 4096 outcomes of a law without end.
    """
    from sympy import exp

    from derive.errors import Undecided
    from derive.lattice import count, outcomes
    from derive.laws import log_density
    from derive.terms import Law

    top, family = number(expectation), expectation.family
    law = Law(family.name, *(expectation.point[s] for s in family.symbols))
    size, masses, total = count(law, {}), [], 0.0
    for outcome in outcomes(law, {}, SEARCHED if size is None else size):
        mass = float(exp(log_density(law, *outcome)))
        masses.append((-mass, outcome))
        total += mass
        best = sorted(masses)[:top]
        # What is still to come has less mass than the least of the best: none of it is among them.
        if size is None and len(best) == top and 1.0 - total < (-best[-1][0] if best else 1.0) / 2:
            break
    else:
        if size is None:
            raise Undecided(f"the {top} most likely outcomes of {law} are not among the first {SEARCHED}")
    return tuple(outcome for _, outcome in sorted(masses)[:top])


def statistic(expectation: Expectation, weight: Callable[[Expr], Expr]) -> Statistic:
    """The sum over the most likely outcomes, and ``weight(mass)`` times the score function of the rest.

    The sample is drawn from the law given that none of the most likely outcomes comes.
    """
    from sympy import Add, exp

    from checks.calculus import slope
    from checks.estimator import Statistic

    family, g = expectation.family, expectation.integrand
    summed = most_likely(expectation)
    mass, places = exp(family.log_density), [dict(zip(family.samples, o, strict=True)) for o in summed]
    rest = 0 if is_everything(expectation, summed) else weight(1 - Add(*(mass.xreplace(p) for p in places)))
    values = []
    for theta in expectation.wrt:
        each = g * family.log_density.diff(theta) + slope(g, theta)
        values.append(Add(*((mass * each).xreplace(place) for place in places)) + rest * each)
    without = () if rest == 0 else summed
    return Statistic(tuple(values), family.law, family.samples, without=without)


def is_everything(expectation: Expectation, summed: tuple[Outcome, ...]) -> bool:
    """Whether nothing is left to be drawn."""
    from derive.lattice import count

    return count(expectation.family.law, expectation.point) == len(summed)


def estimate(
    problem: Problem, n: int, generator: torch.Generator, weight: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """The most likely outcomes are summed with their probabilities; one of the others is drawn."""
    import torch

    from checks.draws import choices

    outcomes = possible(problem)
    masses = torch.exp(problem.log_density(outcomes))
    order = torch.argsort(masses, descending=True, stable=True)
    top = int(problem.point["top"])
    summed, rest = outcomes[order[:top]], outcomes[order[top:]]
    theta = problem.leaves(n, 1)
    at = summed.expand(n, *summed.shape)
    total = (problem.log_density(at, theta).exp() * problem.f(at, theta)).sum(1)
    if len(rest):
        of_rest = masses[order[top:]]
        drawn = choices(of_rest, (n,), generator).long()
        a = rest[drawn].unsqueeze(1)
        cost = problem.f(a, theta)
        scored = cost.detach() * problem.log_density(a, theta) + cost
        total = total + weight(1.0 - masses[order[:top]].sum()) * scored.squeeze(1)
    return problem.gradients(total, theta)


def possible(problem: Problem) -> torch.Tensor:
    """The outcomes that a draw may meet, ``[K]`` or ``[K, d]``."""
    import math

    import torch

    from checks.draws import masses_of

    ends = problem.support
    if math.isinf(ends[0][1]):
        low = ends[0][0]
        table = masses_of(lambda k: problem.log_density(k + low))
        return torch.arange(len(table), dtype=torch.float64) + low
    axes = [range(int(low), int(high) + 1) for low, high in ends]
    found = torch.tensor(list(product(*axes)), dtype=torch.float64)
    return found.squeeze(-1) if len(axes) == 1 else found


def refuses(expectation: Expectation) -> str | None:
    """Laws without probabilities of single outcomes. Raises ``OutsideDomain`` for a wrong ``top``."""
    family = expectation.family
    if not family.lattice:
        return f"samples of {family.name} are no whole numbers: no single outcome has a probability"
    number(expectation)
    return None
