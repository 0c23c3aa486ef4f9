"""Pathwise with the gradient of a Taylor model of the cost as control variate, whose mean is known.

Around the location m the cost's slope is nearly ``g'(m) + g''(m) (a - m)``. Along the path of the sample this
varies as the gradient does; of a quadratic cost nothing is left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _baselines, pathwise

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``X - C + E[C]`` of the pathwise ``X``; along the path ``C = (g'(m) + g''(m) (a - m)) da/dtheta``."""
    plain = pathwise.statistic(expectation)
    constants = tuple(
        (theta.name, mean_of(model(expectation, theta), expectation)) for theta in expectation.wrt
    )
    values = tuple(
        value - model(expectation, theta) + mean
        for theta, value, (_, mean) in zip(expectation.wrt, plain.values, constants, strict=True)
    )
    return replace(plain, values=values, constants=constants)


def model(expectation: Expectation, theta: Symbol) -> Expr:
    """``C``, in the noise."""
    from checks.calculus import slope

    (a,), (b,) = expectation.family.samples, expectation.family.noise
    (path,) = pathwise.transport_of(expectation).map
    location = path.subs(b, 0)
    first = slope(expectation.integrand, a)
    at = {a: location}
    return (first.subs(at) + slope(first, a).subs(at) * (path - location)) * path.diff(theta)


def mean_of(body: Expr, expectation: Expectation) -> Expr:
    """``E[body]`` over the noise, at the point."""
    noise = pathwise.transport_of(expectation).noise
    return _baselines.mean_under(body, noise, expectation.family.noise, expectation.point)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The pathwise gradient less that of the model, whose mean is added back."""
    return controlled(problem, n, generator, [problem.constants[name] for name in problem.wrt])


def controlled(problem: Problem, n: int, generator: torch.Generator, means: list[float]) -> torch.Tensor:
    """With other numbers in the place of the means."""
    import torch

    theta = problem.leaves(n)
    b = problem.draw_noise(n, generator)
    a = problem.transport(b, theta)
    found = problem.gradients(problem.f(a, theta), theta)
    m = problem.transport(torch.zeros_like(b)).detach().requires_grad_()
    first = _slope(problem.f(m), m)
    second = _slope(first, m)
    slopes = (first + second * (a - m)).detach()
    modelled = problem.gradients(slopes * problem.transport(b, theta), theta)
    return found - modelled + torch.tensor(means, dtype=torch.float64)


def _slope(values: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """The derivative of each value by its own argument, with its graph; zero where there is none."""
    import torch

    if not values.requires_grad:
        return torch.zeros_like(at)
    return torch.autograd.grad(
        values.sum(), at, create_graph=True, allow_unused=True, materialize_grads=True
    )[0]


def refuses(expectation: Expectation) -> str | None:
    """Transports that are not affine in one number, and noise without the moments that the model takes."""
    from derive.errors import DeriveError

    refusal = pathwise.refuses(expectation)
    if refusal is not None:
        return refusal
    family, transport = expectation.family, pathwise.transport_of(expectation)
    if family.dimension > 1 or transport.form != "location_scale":
        return f"{family.name} has no transport of the form a = mu + sigma b of one number"
    try:
        for theta in expectation.wrt:
            mean_of(model(expectation, theta), expectation)
    except DeriveError as error:
        return f"the mean of the control variate is not known: {error.message}"
    return None


ESTIMATOR = Estimator(
    name="taylor_control_variate",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a = mu + sigma b of one number, noise with two moments, and g'' at the location",
    source="Miller, Foti, D'Amour, Adams 2017, Reducing Reparameterization Gradient Variance, section 3",
    route="pathwise",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
