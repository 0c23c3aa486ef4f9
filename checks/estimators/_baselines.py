"""What estimators with a baseline share: the statistic, the surrogate, and exact numbers at the point."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from checks.estimator import Statistic

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation, Point
    from derive.terms import Law


def centred(expectation: Expectation, baseline: Callable[[Symbol], Expr]) -> Statistic:
    """``(g - baseline) d/dtheta log p(a) + d/dtheta g(a)``; the baseline is a number, one for each theta."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(
        (g - baseline(theta)) * family.log_density.diff(theta) + slope(g, theta) for theta in expectation.wrt
    )
    return Statistic(values, family.law, family.samples)


def exact_mean(body: Expr, expectation: Expectation) -> Expr:
    """``E[body]`` at the point, in closed form or, without one, by quadrature.

    Raises ``NoExpectation`` where it does not exist, ``NoClosedForm`` where quadrature does not settle.
    """
    return mean_under(body, expectation.family.law, expectation.family.samples, expectation.point)


def mean_under(body: Expr, law: Law, variables: tuple[Symbol, ...], point: Point) -> Expr:
    """The same under another law, such as that of the noise."""
    from math import isfinite

    from sympy import Rational

    from derive.closed_form import expectation_of
    from derive.errors import DeriveError, NoClosedForm, NoExpectation
    from derive.oracle import value
    from derive.terms import E

    held = E(body, law, *variables).xreplace(point)
    try:
        return expectation_of(held.body, held.law, held.variables, {}).value
    except NoExpectation:
        raise
    except DeriveError:
        found = value(held, {}).value
        if not isfinite(found):  # which SymPy would read as a number: Rational(nan) is 0
            raise NoClosedForm(f"{held} has no closed form, and its quadrature does not settle") from None
        return Rational(found)


def gradients(
    problem: Problem, n: int, generator: torch.Generator, baseline: Callable[[str], float]
) -> torch.Tensor:
    """Differentiate ``stop_gradient(g - baseline) log p(a) + g``, by one theta after another."""
    import torch

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost, log_density = problem.f(a, theta), problem.log_density(a, theta)
    columns = []
    for name in problem.wrt:
        surrogate = (cost - baseline(name)).detach() * log_density + cost
        found = torch.autograd.grad(
            surrogate.sum(), theta[name], retain_graph=True, allow_unused=True, materialize_grads=True
        )
        columns.append(found[0])
    return torch.stack(columns, dim=-1)
