"""A path through the accepted proposal of a rejection sampler, as if all were accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import implicit
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch
    from sympy import Expr

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """With ``a rate = d (1 + c e)**3``, ``d = shape - 1/3``, ``c = (9 d)**(-1/2)`` and the accepted e fixed.

    Of ``w = 1 + c e = (a rate/d)**(1/3)`` the slope in the shape is ``(3 w**2 - w**3)/2``.
    """
    family = expectation.family
    (a,), (shape, rate) = family.samples, family.symbols
    w = (a * rate / (shape - _third())) ** _third()
    velocities = {shape: (3 * w**2 - w**3) / (2 * rate), rate: -a / rate}
    values = tuple(
        implicit.along(expectation, theta, (velocities.get(theta, 0 * a),)) for theta in expectation.wrt
    )
    return Statistic(values, family.law, family.samples)


def _third() -> Expr:
    from sympy import Rational

    return Rational(1, 3)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Marsaglia and Tsang's proposal, recovered from an accepted sample and then differentiated alone."""
    theta = problem.leaves(n)
    accepted = problem.sample(n, generator)
    shape, rate = theta.shape, theta.rate
    d = shape - 1.0 / 3.0
    c = (9.0 * d).rsqrt()
    e = (((accepted * rate / d) ** (1.0 / 3.0) - 1.0) / c).detach()
    a = d * (1.0 + c * e) ** 3 / rate
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families other than gamma, and shapes below 1, which are sampled by way of a larger one."""
    family = expectation.family
    if family.name != "gamma":
        return f"{family.name} is not sampled from proposals that are rejected"
    shape = family.symbols[0]
    if shape not in expectation.wrt:
        return "the shape, on which acceptance depends, is not asked for"
    if expectation.point[shape] < 1:
        return "the proposal is for shapes of 1 and more"
    return implicit.refuses(expectation)


MISTAKE = Mistake(
    name="accepted_proposal",
    of="implicit",
    says="without the part that acceptance adds: the proposal was differentiated, its taking was not",
    source="Naesseth, Ruiz, Linderman, Blei 2017, Reparameterization gradients through rejection sampling, "
    "equation 6: the correction term left out",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
