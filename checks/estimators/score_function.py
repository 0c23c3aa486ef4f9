"""The score-function (likelihood-ratio, REINFORCE) estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic

if TYPE_CHECKING:
    import torch
    from sympy import Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d/dtheta log p(a) + d/dtheta g(a)`` at a sample ``a ~ P_theta`` held fixed."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(g * family.log_density.diff(theta) + slope(g, theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``stop_gradient(g) log p(a) + g`` at detached samples."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    surrogate = cost.detach() * problem.log_density(a, theta) + cost
    return problem.gradients(surrogate, theta)


def refuses(expectation: Expectation) -> str | None:
    """A support that moves with a parameter: its boundary term is not an expectation of a score."""
    moving = [theta for theta in expectation.wrt if _moves(expectation, theta)]
    if not moving:
        return None
    names = " and ".join(str(theta) for theta in moving)
    return (
        f"the support of {expectation.family.name} moves with {names}, so the interchange has a boundary "
        "term, which this estimator leaves out"
    )


def _moves(expectation: Expectation, theta: Symbol) -> bool:
    ends = (end for axis in expectation.family.support for end in (axis.lower, axis.upper))
    return any(theta in end.free_symbols for end in ends)


ESTIMATOR = Estimator(
    name="score_function",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a density that is differentiable in theta on a support that does not move; nothing of g in a",
    source="Williams 1992; Mohamed, Rosca, Figurnov, Mnih 2020, section 4",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
