"""Partial enumeration whose sample of the rest counts as one of the whole law: its mass is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import _rest
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The exact sum over the most likely outcomes, and the score function of the rest, unweighted."""
    from sympy import S

    return _rest.statistic(expectation, lambda mass: S.One)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``sum p(c) g(c) + stop_gradient(g) log p(a) + g(a)``."""
    import torch

    return _rest.estimate(problem, n, generator, torch.ones_like)


def refuses(expectation: Expectation) -> str | None:
    """Where there is no partial enumeration, and where it leaves no rest or is all of it."""
    from derive.errors import Undecided

    refusal = _rest.refuses(expectation)
    if refusal is not None:
        return refusal
    try:
        summed = _rest.most_likely(expectation)
    except Undecided as error:
        return error.message
    if not summed:
        return "nothing is summed: the rest is the whole law, and its mass is 1"
    return "everything is summed: there is no rest" if _rest.is_everything(expectation, summed) else None


MISTAKE = Mistake(
    name="rest_unweighted",
    of="partial_enumeration",
    says="with the part of the less likely outcomes over their mass: the rest was not weighted by it",
    source="Liu, Regier, Tripuraneni, Jordan, McAuliffe 2019: the rest counts with its probability",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("top", "1"),),
    evaluations=2,
)
