"""VIMCO with the sample's own weight in the mean that stands in for it: no baseline of its own any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentMistake
from checks.environment.estimators import vimco
from checks.environment.weights import by_signals, signalled

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The signals with the geometric mean of all weights as the stand-in."""
    return by_signals(expectation, own=True)


def estimate(problem: Problem, n: int, generator: Generator) -> Tensor:
    """``mean(log w)`` in place of the mean of the others."""
    return signalled(problem, n, generator, own=True)


MISTAKE = EnvironmentMistake(
    name="own_weight_in_baseline",
    of="vimco",
    kind="latent_model",
    says="less sum_k E[log-baseline_k d log q(a_k)]: the stand-in of a weight was made of that weight too",
    source="Mnih, Rezende 2016, section 2.5; parmesan issue 46 (baselines of VIMCO)",
    route="score_function",
    statistic=statistic,
    estimate=estimate,
    refuses=vimco.refuses,
)
