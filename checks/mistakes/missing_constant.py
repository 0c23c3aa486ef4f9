"""The constant of a measure-valued derivative left out: the plain difference of the two costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import _weak
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g(a+) - g(a-) + d/dtheta g(a)``."""
    return _weak.statistic(expectation, coupled=True, weighed=lambda c, up, down: up - down)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The difference of the costs, as it comes."""
    return _weak.estimate(problem, n, generator, coupled=True, weighed=lambda c, up, down: up - down)


def refuses(expectation: Expectation) -> str | None:
    """Where there is no measure-valued estimator, or every constant is 1 in it."""
    from derive.weak import split_of

    refusal = _weak.refuses(expectation)
    if refusal is not None:
        return refusal
    own = [theta for theta in expectation.wrt if theta in expectation.family.symbols]
    constants = [split_of(expectation.family, theta).constant.subs(expectation.point) for theta in own]
    return "the constant is 1: nothing is left out" if all(c == 1 for c in constants) else None


MISTAKE = Mistake(
    name="missing_constant",
    of="measure_valued",
    says="with its distributional term divided by c: the constant of dp/dtheta = c (p+ - p-) was left out",
    source="Mohamed, Rosca, Figurnov, Mnih 2020, table 2: the constants that go with the two laws",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    evaluations=2,
)
