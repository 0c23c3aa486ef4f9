"""What difference quotients share: the cost at a moved parameter, of noise that is common or is not.

Samples are made of fixed noise by the transport, or, of a law on finitely many whole numbers, of a uniform
number by inversion: ``a`` is how many of ``F(0), F(1), ...`` it exceeds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from checks.estimators import pathwise

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.estimator import Draw
    from checks.problem import Parameters, Problem
    from derive.expectation import Expectation

# costs(theta, end): the costs of a row of samples under theta; end is 0 or 1.
Costs: TypeAlias = "Callable[[Parameters, int], torch.Tensor]"
# As many outcomes are inverted as a table of them has entries.
MOST_OUTCOMES = 8


def step() -> Symbol:
    """The step h, a number of the point."""
    from sympy import Symbol

    return Symbol("h", real=True)


def common_draw(expectation: Expectation, end: str = "") -> Draw:
    """The noise from which samples are made, whatever theta is; its symbols' names end as said."""
    from sympy import Symbol

    from checks.estimator import Draw
    from derive.terms import Law

    if expectation.family.lattice:
        return Draw(Law("uniform", 0, 1), (Symbol(f"u{end}", real=True),))
    noise = tuple(Symbol(f"{b}{end}", real=True) for b in expectation.family.noise)
    return Draw(pathwise.transport_of(expectation).noise, noise)


def cost(expectation: Expectation, draw: Draw) -> Expr:
    """``g_theta(a)`` as a function of theta and of the noise."""
    family, g = expectation.family, expectation.integrand
    if not family.lattice:
        noise = dict(zip(family.noise, draw.variables, strict=True))
        path = (axis.xreplace(noise) for axis in pathwise.transport_of(expectation).map)
        return g.xreplace(dict(zip(family.samples, path, strict=True)))
    return _inverted(expectation, draw.variables[0])


def _inverted(expectation: Expectation, u: Symbol) -> Expr:
    """``g(0) + sum_k (g(k + 1) - g(k)) 1{u > F(k)}``."""
    from sympy import Heaviside, Integer, S, exp

    family, g = expectation.family, expectation.integrand
    (a,) = family.samples
    found, level = g.subs(a, S.Zero), S.Zero
    for k in range(outcomes(expectation) - 1):
        level += exp(family.log_density.subs(a, Integer(k)))
        found += (g.subs(a, Integer(k + 1)) - g.subs(a, Integer(k))) * Heaviside(u - level)
    return found


def outcomes(expectation: Expectation) -> int:
    """How many values a sample of a finite law has at the point; 0 where it has infinitely many."""
    upper = expectation.family.support[0].upper.xreplace(expectation.point)
    return int(upper) + 1 if upper.is_Integer else 0


def quotients(
    problem: Problem,
    costs: Costs,
    shifts: tuple[float, float],
    over: float,
) -> torch.Tensor:
    """``[n, p]``: ``(costs(theta + up, 0) - costs(theta + down, 1))/over`` by each parameter."""
    import torch

    from checks.problem import Theta

    columns = []
    for name in problem.wrt:
        ends = []
        for i, shift in enumerate(shifts):
            moved = {key: leaf.detach() + shift * (key == name) for key, leaf in problem.theta.items()}
            ends.append(costs(Theta(moved), i))
        columns.append((ends[0] - ends[1]) / over)
    return torch.stack([column.detach() for column in columns], dim=-1)


def draw(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The noise of one evaluation of the cost, ``[n]`` or ``[n, d]``."""
    from checks.draws import uniforms

    return uniforms((n,), generator) if problem.support else problem.draw_noise(n, generator)


def cost_at(problem: Problem, noise: torch.Tensor, theta: Parameters) -> torch.Tensor:
    """The cost of the samples that the noise makes under ``theta``."""
    if not problem.support:
        return problem.f(problem.transport(noise, theta), theta)
    levels = masses(problem, theta)[:-1].cumsum(0)
    return problem.f((noise.unsqueeze(-1) > levels).sum(-1).to(noise), theta)


def masses(problem: Problem, theta: Parameters) -> torch.Tensor:
    """The probability of each outcome of a finite law under ``theta``, ``[K]``."""
    import torch

    (_, last) = problem.support[0]
    return problem.log_density(torch.arange(int(last) + 1, dtype=torch.float64), theta).exp()


def refuses(expectation: Expectation) -> str | None:
    """Samples that no common noise makes, or a step that leaves the domain of the parameters."""
    family = expectation.family
    if family.lattice and (family.dimension > 1 or not 0 < outcomes(expectation) <= MOST_OUTCOMES):
        return (
            f"samples of {family.name} are made by inverting a distribution function of more than "
            f"{MOST_OUTCOMES} steps, or of several numbers"
        )
    refusal = None if family.lattice else pathwise.refuses(expectation)
    return refusal or _leaves(expectation)


def _leaves(expectation: Expectation) -> str | None:
    """A parameter that the step takes to an end of its domain, or beyond."""
    from sympy import S

    point = expectation.point
    if step() not in point:
        return None  # nobody has said yet how long it is
    h = point[step()]
    for theta in expectation.wrt:
        for shift in (h, -h):
            moved = {**point, theta: point[theta] + shift}
            if any(c.subs(moved) != S.true for c in expectation.constraints):
                return f"a step of h = {h} takes {theta} = {point[theta]} out of its domain: give a smaller h"
    return None
