"""Doubly reparametrized gradient: the path of each sample alone, by its squared normalised weight.

What theta does in ``log q`` at samples held fixed is a score times a weight that depends on the sample, and
may not be dropped for more than one of them; moved along the path a second time, it leaves the square.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentEstimator
from checks.environment.weights import along_paths, log_weights, sampled_paths, why_no_paths

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``sum_k share_k**2 (d log w_k/d a_k) (d a_k/d theta)``."""
    return along_paths(expectation, lambda weights, k: weights[k] ** 2, explicit=False)


def estimate(problem: Problem, n: int, generator: Generator) -> Tensor:
    """Differentiate ``sum_k stop_gradient(softmax(log w)_k**2) log w_k``, q's parameters detached."""
    return weighed(problem, n, generator, power=2)


def weighed(problem: Problem, n: int, generator: Generator, power: int) -> Tensor:
    """With another power of the normalised weights."""
    from checks.problem import Theta

    theta, a = sampled_paths(problem, n, generator)
    held = Theta({name: leaf.detach() for name, leaf in theta.items()})
    log_w = log_weights(problem, a, held)
    shares = log_w.softmax(-1).detach()
    return problem.gradients((shares**power * log_w).sum(-1), theta)


ESTIMATOR = EnvironmentEstimator(
    name="dreg",
    kind="latent_model",
    approximates="d/dphi E[log mean_k p(x, a_k)/q_phi(a_k)]",
    requires="an encoder with a transport; of one sample it is sticking_the_landing",
    source="Tucker, Lawson, Gu, Maddison 2019, Doubly Reparameterized Gradient Estimators, section 3",
    route="doubly_reparametrized",
    statistic=statistic,
    estimate=estimate,
    refuses=why_no_paths,
)
