"""REBAR whose relaxed sample given the coin carries no graph: its path, which depends on theta, is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import rebar
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """REBAR without ``eta d g(y~)``."""
    return rebar.with_paths(expectation, conditional=False)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate with ``stop_gradient(g(y~))``."""
    theta, b, soft, again = rebar.relaxed_pair(problem, n, generator)
    hard, first, second = (rebar.cost_of(problem, theta, x) for x in (b, soft, again))
    weight = (hard - theta["eta"] * second).detach()
    surrogate = weight * problem.log_density(b, theta) + hard + theta["eta"] * (first - second.detach())
    return problem.gradients(surrogate, theta)


MISTAKE = Mistake(
    name="conditional_path_detached",
    of="rebar",
    says="plus eta E[d g(y~)]: the relaxed sample given the coin was detached, but depends on theta",
    source="Tucker, Mnih, Maddison, Lawson, Sohl-Dickstein 2017, equation 6 and appendix C",
    statistic=statistic,
    estimate=estimate,
    refuses=rebar.refuses,
    knobs=(("eta", "1"), ("tau", "1/2")),
    evaluations=3,
)
