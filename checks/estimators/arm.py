"""ARM (augment, REINFORCE, merge): coins and their antithetic twins, weighted by what threw them.

``(g(1{u > sigmoid(-phi)}) - g(1{u < sigmoid(phi)}))(u - 1/2)`` by the log-odds ``phi``; other parameters by
the chain rule. Its variance is bounded as ``phi`` grows, and zero only where ``g`` is constant. Of several
coins all are thrown at once, and the difference of the two costs is weighted by each coin's own number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _vectors
from checks.estimators._coins import at_coin, gradients_of_pair, mean_slope, throw, thrown, why_no_coins
from checks.estimators._relaxed import coin_logits, log_odds

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g(b) - g(b'))(u - 1/2) d phi/d theta`` and the mean of ``d g/d theta`` over the pair ``b, b'``."""
    if _vectors.is_vector(expectation):
        return _vectors.statistic(expectation, lambda twins: twins.place)
    return weighted(expectation, lambda phi, theta: phi.diff(theta))


def weighted(expectation: Expectation, chain: Callable[[Expr, Symbol], Expr]) -> Statistic:
    """The statistic with ``chain(phi, theta)`` in the place of ``d phi/d theta``."""
    from sympy import Rational, Symbol

    from derive.terms import Law

    u = Symbol("u", real=True)
    (phi,), g = log_odds(expectation), expectation.integrand
    pair = thrown(phi, u)
    difference = at_coin(expectation, g, pair[0]) - at_coin(expectation, g, pair[1])
    values = tuple(
        difference * (u - Rational(1, 2)) * chain(phi, theta) + mean_slope(expectation, theta, pair)
        for theta in expectation.wrt
    )
    return Statistic(values, Law("uniform", 0, 1), (u,))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Both coins of each row from one uniform number."""
    from checks.draws import uniforms

    if problem.dimension > 1:
        return _vectors.by_place(problem, n, generator)
    theta = problem.leaves(n)
    logits = coin_logits(problem, n, theta)
    u = uniforms((n,), generator)
    one, other = (problem.f(coin, theta) for coin in throw(logits, u))
    return gradients_of_pair(problem, theta, logits, (one - other) * (u - 0.5), (one + other) / 2)


def refuses(expectation: Expectation) -> str | None:
    """Everything but coins."""
    return why_no_coins(expectation)


ESTIMATOR = Estimator(
    name="arm",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="independent coins, one or up to six; g at two outcomes",
    source="Yin, Zhou 2019, ARM: Augment-REINFORCE-Merge Gradient, Theorem 1 (which is of vectors)",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    call=2,
)
