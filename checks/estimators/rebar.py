"""REBAR: the score function with a relaxed coin as control variate, whose gradient is put back by its path.

``(g(b) - eta g(y~)) d log p(b) + eta d g(y) - eta d g(y~)``: ``y = sigmoid(z/tau)`` relaxes the coin ``b =
1{z > 0}`` of the logistic ``z``, and ``y~`` is drawn anew given ``b``. It is unbiased at every temperature
``tau`` and every ``eta``; ``eta = 0`` is the score function. ``g`` is read on relaxed values as by
Gumbel-softmax: ``g(y)``, and of a table ``g(0) + (g(1) - g(0)) y``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Draw, Estimator, Statistic
from checks.estimators._coins import at_coin, why_no_coin
from checks.estimators._relaxed import (
    class_costs,
    coin_logits,
    is_choice,
    is_relaxed_by_value,
    log_odds,
    temperature,
)

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem, Theta
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The estimator in the coin ``a`` and one uniform number for each of ``y`` and ``y~``.

    Given the coin, ``z`` and ``z~`` are independent and alike: to draw the coin first, as here, or ``z``, as
    in the paper, is the same. They differ in their paths: that of ``y`` keeps the noise of ``z``, that of
    ``y~`` the noise given the coin.
    """
    return with_paths(expectation, conditional=True)


def with_paths(expectation: Expectation, conditional: bool) -> Statistic:
    """The statistic, or the one that leaves out the path of ``y~`` where it is not ``conditional``."""
    from sympy import Symbol

    from checks.calculus import slope
    from derive.terms import Law

    tau, eta = temperature(expectation), Symbol("eta", real=True)
    u, v = Symbol("u", real=True), Symbol("v", real=True)
    (phi,), (a,), g = log_odds(expectation), expectation.family.samples, expectation.integrand
    y, speed = _relaxed_given(a, u, phi, tau), _speed_given(a, v, phi)
    again = _relaxed_given(a, v, phi, tau)

    def along(x: Expr, velocity: Expr | int, theta: Symbol) -> Expr:
        moved = _slope_at(expectation, x) * x * (1 - x) / tau * velocity * phi.diff(theta)
        return moved + _at(expectation, slope(g, theta), x)

    def value(theta: Symbol) -> Expr:
        cost = g - eta * _at(expectation, g, again)
        paths = along(y, 1, theta) - (along(again, speed, theta) if conditional else 0)
        return cost * expectation.family.log_density.diff(theta) + slope(g, theta) + eta * paths

    uniform = Law("uniform", 0, 1)
    more = (Draw(uniform, (u,)), Draw(uniform, (v,)))
    values = tuple(value(theta) for theta in expectation.wrt)
    # A square of some thirty terms with powers of u and v below the bar: expanding it takes seconds.
    return Statistic(values, expectation.family.law, (a,), more, closed=False)


def _at(expectation: Expectation, body: Expr, x: Expr) -> Expr:
    """``body`` at a relaxed coin ``x``."""
    (a,) = expectation.family.samples
    return body.xreplace({a: x}) if is_relaxed_by_value(expectation) else at_coin(expectation, body, x)


def _slope_at(expectation: Expectation, x: Expr) -> Expr:
    """The derivative of the integrand by its relaxed coin, at ``x``."""
    from sympy import S

    from checks.calculus import slope

    (a,), g = expectation.family.samples, expectation.integrand
    if is_relaxed_by_value(expectation):
        return slope(g, a).xreplace({a: x})
    return at_coin(expectation, g, S.One) - at_coin(expectation, g, S.Zero)


def _relaxed_given(a: Symbol, u: Symbol, phi: Expr, tau: Symbol) -> Expr:
    """``sigmoid(z/tau)`` of the logistic ``z`` around ``phi`` that has the sign of the coin ``a``."""
    from sympy import exp

    heads, tails = (1 - u) / (1 + exp(phi) * u), (1 + exp(-phi) * (1 - u)) / u
    return 1 / (1 + (a * heads + (1 - a) * tails) ** (1 / tau))


def _speed_given(a: Symbol, v: Symbol, phi: Expr) -> Expr:
    """``d z~/d phi`` with the noise given the coin held fixed."""
    from sympy import exp

    heads, tails = exp(phi) * v, exp(-phi) * (1 - v)
    return a * heads / (1 + heads) + (1 - a) * tails / (1 + tails)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``stop_gradient(g(b) - eta g(y~)) log p(b) + g(b) + eta (g(y) - g(y~))``."""
    theta, b, soft, again = relaxed_pair(problem, n, generator)
    hard, first, second = (cost_of(problem, theta, x) for x in (b, soft, again))
    weight = (hard - theta["eta"] * second).detach()
    surrogate = weight * problem.log_density(b, theta) + hard + theta["eta"] * (first - second)
    return problem.gradients(surrogate, theta)


def relaxed_pair(
    problem: Problem, n: int, generator: torch.Generator
) -> tuple[Theta, torch.Tensor, torch.Tensor, torch.Tensor]:
    """``theta``, the coin, and its two relaxations with their paths, ``[n]`` each."""
    import torch

    from checks.draws import uniforms

    theta = problem.leaves(n)
    logits = coin_logits(problem, n, theta)
    b = problem.sample(n, generator)
    z = _given(b, uniforms((n,), generator), logits)
    path = z.detach() + logits - logits.detach()  # at the noise of z held fixed, which is z - phi
    again = _given(b, uniforms((n,), generator), logits)
    return theta, b, torch.sigmoid(path / theta["tau"]), torch.sigmoid(again / theta["tau"])


def _given(b: torch.Tensor, u: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """The logistic variable around ``logits`` that has the sign of the coin ``b``, from a uniform number."""
    import torch

    heads = torch.log1p(logits.exp() * u) - torch.log1p(-u)
    tails = torch.log(u) - torch.log1p((-logits).exp() * (1.0 - u))
    return torch.where(b > 0, heads, tails)


def cost_of(problem: Problem, theta: Theta, x: torch.Tensor) -> torch.Tensor:
    """``g`` at coins or at relaxed ones."""
    if not is_choice(problem):
        return problem.f(x, theta)
    zero, one = class_costs(problem, len(x), theta).unbind(-1)
    return zero + (one - zero) * x


def refuses(expectation: Expectation) -> str | None:
    """Everything but a single coin. Raises ``OutsideDomain`` for a temperature <= 0."""
    refusal = why_no_coin(expectation)
    if refusal is None:
        temperature(expectation)
    return refusal


ESTIMATOR = Estimator(
    name="rebar",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a single coin, tau > 0, an integrand that is smooth between the outcomes",
    source="Tucker, Mnih, Maddison, Lawson, Sohl-Dickstein 2017, REBAR, equation 6",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("eta", "1"), ("tau", "1/2")),
    evaluations=3,
)
