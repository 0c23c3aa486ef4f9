"""VIMCO: the score of each sample by what its weight adds to the bound over a stand-in made of the others.

The stand-in is the geometric mean of the other weights: it does not depend on the sample, and so is a
baseline of its own for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentEstimator
from checks.environment.weights import by_signals, signalled, why_no_weights

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``sum_k (L - L_(-k)) d log q(a_k) + sum_k share_k d log w_k``."""
    return by_signals(expectation, own=False)


def estimate(problem: Problem, n: int, generator: Generator) -> Tensor:
    """The surrogate with the signals detached; the bound itself for what theta does in the weights."""
    return signalled(problem, n, generator, own=False)


def refuses(expectation: Expectation) -> str | None:
    """Fewer than two samples: there are no others."""
    return why_no_weights(expectation, least=2)


ESTIMATOR = EnvironmentEstimator(
    name="vimco",
    kind="latent_model",
    approximates="d/dphi E[log mean_k p(x, a_k)/q_phi(a_k)]",
    requires="at least two samples, as in iwae(2); nothing of the encoder but its score",
    source="Mnih, Rezende 2016, Variational Inference for Monte Carlo Objectives, section 2.5",
    route="score_function",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
