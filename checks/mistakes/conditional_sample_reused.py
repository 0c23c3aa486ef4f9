"""RELAX with ``z`` for the sample given the coin: both paths cancel, and the control variate stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import _conditional
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g(b) - c(z)) d log p(b)`` and the explicit term."""
    from sympy import Symbol

    from checks.calculus import slope
    from checks.estimator import Draw, Statistic
    from derive.terms import Law

    u, family, g = Symbol("u", real=True), expectation.family, expectation.integrand
    x = _conditional.odds_given(family.samples[0], u, _conditional.only_odds(expectation))
    cost = g - _conditional.Control.of(expectation).value(x)
    values = tuple(cost * family.log_density.diff(s) + slope(g, s) for s in expectation.wrt)
    return Statistic(values, family.law, family.samples, (Draw(Law("uniform", 0, 1), (u,)),), closed=False)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate with ``c(z)`` for ``c(z~)``."""
    theta, _, b, z = _conditional.thrown(problem, n, generator)
    cost, c = problem.f(b, theta), _conditional.control(problem, theta, z)
    surrogate = (cost - c).detach() * problem.log_density(b, theta) + cost + c - c
    return problem.gradients(surrogate, theta)


MISTAKE = Mistake(
    name="conditional_sample_reused",
    of="relax",
    says="minus E[c(z) d log p(b)]: the relaxed sample given the coin was the relaxed sample itself",
    source="Grathwohl, Choi, Wu, Roeder, Duvenaud 2018, section 3.2, equation 9",
    statistic=statistic,
    estimate=estimate,
    refuses=_conditional.refuses,
    knobs=(("eta", "1"), ("r0", "1/10"), ("r1", "1/5"), ("tau", "1/2")),
    evaluations=2,
)
