"""DisARM (U2G): ARM with its uniform number integrated out, given the two coins that it threw.

``1/2 (g(b) - g(b'))(-1)^b' 1{b != b'} sigmoid(|phi|)`` by the log-odds ``phi``: the mean of ARM given the
antithetic pair, so its variance is never larger. Of a single coin at even odds it is exact. Of several coins
all are thrown at once. U2G, the unbiased uniform gradient of Yin, Ho, Yan, Qian and Zhou, is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _vectors
from checks.estimators._coins import at_coin, gradients_of_pair, mean_slope, throw, thrown, why_no_coins
from checks.estimators._relaxed import coin_logits, log_odds

if TYPE_CHECKING:
    import torch
    from sympy import Expr

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``1/2 (g(b) - g(b'))(b - b') sigmoid(|phi|) d phi/d theta`` and the mean ``d g/d theta`` of the pair.

    For coins, ``(-1)^b' 1{b != b'}`` is ``b - b'``.
    """
    from sympy import Abs, exp

    if _vectors.is_vector(expectation):
        return _vectors.statistic(expectation, lambda twins: (twins.one - twins.other) * twins.larger / 2)
    (phi,) = log_odds(expectation)
    return weighted(expectation, 1 / (1 + exp(-Abs(phi))))


def weighted(expectation: Expectation, weight: Expr) -> Statistic:
    """The statistic with ``weight`` in the place of ``sigmoid(|phi|)``."""
    from sympy import Symbol

    from derive.terms import Law

    u = Symbol("u", real=True)
    (phi,), g = log_odds(expectation), expectation.integrand
    pair = one, other = thrown(phi, u)
    difference = at_coin(expectation, g, one) - at_coin(expectation, g, other)
    values = tuple(
        difference * (one - other) * weight * phi.diff(theta) / 2 + mean_slope(expectation, theta, pair)
        for theta in expectation.wrt
    )
    return Statistic(values, Law("uniform", 0, 1), (u,))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Both coins of each row from one uniform number, which is then forgotten."""
    import torch

    from checks.draws import uniforms

    if problem.dimension > 1:
        return _vectors.by_twins(problem, n, generator, lambda t: (t.one - t.other) * t.larger / 2)
    theta = problem.leaves(n)
    logits = coin_logits(problem, n, theta)
    b, twin = throw(logits, uniforms((n,), generator))
    one, other = problem.f(b, theta), problem.f(twin, theta)
    slopes = 0.5 * (one - other) * (b - twin) * torch.sigmoid(logits.abs())
    return gradients_of_pair(problem, theta, logits, slopes, (one + other) / 2)


def refuses(expectation: Expectation) -> str | None:
    """Everything but coins."""
    return why_no_coins(expectation)


ESTIMATOR = Estimator(
    name="disarm",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="independent coins, one or up to six; g at two outcomes",
    source="Dong, Mnih, Tucker 2020, DisARM, equation 6; Yin, Ho, Yan, Qian, Zhou 2020 (U2G)",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    call=2,
)
