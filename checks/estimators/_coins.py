"""What estimators for a single coin by its log-odds share: the pair of coins that one uniform number throws.

A coin shows 1 where ``u > sigmoid(-phi)``; its antithetic twin, thrown with ``1 - u``, where ``u <
sigmoid(phi)``. Both have the law of the coin. Parameters other than the log-odds are met by the chain rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem, Theta
    from derive.expectation import Expectation

COINS = ("bernoulli", "bernoulli_logits")


def why_no_coin(expectation: Expectation) -> str | None:
    """Families other than those of a single coin."""
    if expectation.family.name in COINS:
        return None
    return f"{expectation.family.name} is not the law of a single coin, which one uniform number throws"


def why_no_coins(expectation: Expectation) -> str | None:
    """Families other than those of coins, one or several, and more of them than are enumerated."""
    from checks.estimators import _vectors

    if _vectors.is_vector(expectation):
        return _vectors.why_not(expectation)
    return why_no_coin(expectation)


def thrown(phi: Expr, u: Symbol) -> tuple[Expr, Expr]:
    """The coin and its antithetic twin as functions of ``u``."""
    from sympy import Heaviside, exp

    return Heaviside(u - 1 / (1 + exp(phi))), Heaviside(1 / (1 + exp(-phi)) - u)


def at_coin(expectation: Expectation, body: Expr, coin: Expr) -> Expr:
    """``body`` at a ``coin``, affine in it as every function of a coin is."""
    from sympy import S

    (a,) = expectation.family.samples
    zero, one = body.xreplace({a: S.Zero}), body.xreplace({a: S.One})
    return zero + (one - zero) * coin


def mean_slope(expectation: Expectation, theta: Symbol, pair: tuple[Expr, Expr]) -> Expr:
    """``d/dtheta g`` at samples held fixed, the mean over the pair."""
    from checks.calculus import slope

    body = slope(expectation.integrand, theta)
    return sum(at_coin(expectation, body, coin) for coin in pair) / 2


def throw(logits: torch.Tensor, u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The same in Torch, without a graph: ``[n]`` each."""
    import torch

    with torch.no_grad():
        return (u > torch.sigmoid(-logits)).to(u), (u < torch.sigmoid(logits)).to(u)


def gradients_of_pair(
    problem: Problem, theta: Theta, logits: torch.Tensor, slopes: torch.Tensor, costs: torch.Tensor
) -> torch.Tensor:
    """``[n, p]``: ``slopes`` by the log-odds carried on to theta, and the explicit term of ``costs``."""
    return problem.gradients(slopes.detach() * logits + costs, theta)
