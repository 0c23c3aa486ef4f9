"""Sticking the landing: pathwise, with the score dropped that theta leaves in the log-density itself.

For integrands ``h(a) + c log q_theta(a)``, such as the ELBO's ``log p(a) - log q_theta(a)``: what theta does
in ``log q`` at a sample held fixed is ``c`` times the score, of mean zero. Without it the variance is zero
where q is p, where that of the total derivative is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import pathwise, score_function

if TYPE_CHECKING:
    import torch
    from sympy import Expr

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``sum_i d g/d a_i d T_i/d theta`` at ``a = T_theta(b)``: the path alone."""
    from checks.calculus import slope

    transport = pathwise.transport_of(expectation)
    image = dict(zip(expectation.family.samples, transport.map, strict=True))
    values = []
    for theta in expectation.wrt:
        velocity = tuple(axis.diff(theta) for axis in transport.map)
        explicit = slope(expectation.integrand, theta).xreplace(image)
        values.append(pathwise.along(expectation, theta, velocity) - explicit)
    return Statistic(tuple(values), transport.noise, expectation.family.noise)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate through the sample, with the parameters of ``log q`` detached."""
    from checks.problem import Theta

    theta = problem.leaves(n)
    held = Theta({name: leaf.detach() for name, leaf in theta.items()})
    b = problem.draw_noise(n, generator)
    return problem.gradients(problem.f(problem.transport(b, theta), held), theta)


def multiple(expectation: Expectation) -> Expr | None:
    """The ``c`` of ``g = h(a) + c log q_theta(a)``, or None where g is not of that form."""
    from checks.calculus import slope
    from derive.score_multiple import multiple_of

    family = expectation.family
    found = {
        multiple_of(slope(expectation.integrand, theta), family.log_density.diff(theta), family.samples)
        for theta in expectation.wrt
    }
    return found.pop() if len(found) == 1 else None


def refuses(expectation: Expectation) -> str | None:
    """No transport, a support that moves, or an integrand of another form."""
    refusal = pathwise.refuses(expectation) or score_function.refuses(expectation)
    if refusal is None and multiple(expectation) is None:
        return (
            "the integrand is not h(a) + c log q(a): what theta does in it is no multiple of the score, "
            "which alone may be dropped"
        )
    return refusal


ESTIMATOR = Estimator(
    name="sticking_the_landing",
    approximates="d/dtheta E_{a ~ q_theta}[h(a) + c log q_theta(a)], the ELBO's gradient with c = -1",
    requires="what pathwise requires, and an integrand that depends on theta through log q(a) alone",
    source="Roeder, Wu, Duvenaud 2017, Sticking the Landing, section 3 and algorithm 2",
    route="sticking_the_landing",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
