"""What RELAX and its wrong twin share: a coin, logistic variables that have its sign, a free control variate.

A coin ``b = 1{z > 0}`` of the logistic ``z`` around its log-odds ``phi`` is drawn first, and ``z`` given it
from a uniform number; ``z~`` again from another. Both have the law of ``z`` given the coin. They differ in
their paths: that of ``z`` keeps its own noise, ``z - phi``, that of ``z~`` the noise given the coin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.estimators._relaxed import (
    class_costs,
    coin_logits,
    costs,
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

COINS = ("bernoulli", "bernoulli_logits")


def refuses(expectation: Expectation) -> str | None:
    """Everything but a single coin. Raises ``OutsideDomain`` for a temperature <= 0."""
    if expectation.family.name not in COINS:
        return f"{expectation.family.name} is not the law of a single coin, the sign of a logistic variable"
    temperature(expectation)
    return None


@dataclass(frozen=True)
class Control:
    """``c(z) = eta g(sigmoid(z/tau)) + r0 + r1 tanh(z/2)`` in SymPy, as functions of ``x = exp(-z)``."""

    expectation: Expectation
    tau: Symbol
    eta: Symbol
    r0: Symbol
    r1: Symbol

    @classmethod
    def of(cls, expectation: Expectation) -> Control:
        """With the symbols of the numbers at the point, or their names where the point has none."""
        from sympy import Symbol

        own = {s.name: s for s in expectation.point}
        eta, r0, r1 = (own.get(name, Symbol(name, real=True)) for name in ("eta", "r0", "r1"))
        return cls(expectation, temperature(expectation), eta, r0, r1)

    def value(self, x: Expr) -> Expr:
        """``c(z)``."""
        return self.eta * self._at(self.expectation.integrand, x) + self.r0 + self.r1 * (1 - x) / (1 + x)

    def slope(self, x: Expr) -> Expr:
        """``dc/dz``; that of ``tanh(z/2)`` is ``2 x/(1 + x)**2``."""
        from checks.calculus import slope

        (a,), g, y = self.expectation.family.samples, self.expectation.integrand, self._relaxed(x)
        if is_relaxed_by_value(self.expectation):
            by_coin = slope(g, a).xreplace({a: y})
        else:
            zero, one = costs(self.expectation)
            by_coin = one - zero
        return self.eta * by_coin * y * (1 - y) / self.tau + 2 * self.r1 * x / (1 + x) ** 2

    def by(self, theta: Symbol, x: Expr) -> Expr:
        """``dc/dtheta`` at a ``z`` that is held fixed: what of theta is in the integrand."""
        from checks.calculus import slope

        return self.eta * self._at(slope(self.expectation.integrand, theta), x)

    def _relaxed(self, x: Expr) -> Expr:
        return 1 / (1 + x ** (1 / self.tau))

    def _at(self, body: Expr, x: Expr) -> Expr:
        """``body`` at the relaxed coin; that of a table lies on the line through its two values."""
        from sympy import S

        (a,), y = self.expectation.family.samples, self._relaxed(x)
        if is_relaxed_by_value(self.expectation):
            return body.xreplace({a: y})
        zero, one = body.xreplace({a: S.Zero}), body.xreplace({a: S.One})
        return zero + (one - zero) * y


def odds_given(a: Symbol, u: Symbol, phi: Expr) -> Expr:
    """``exp(-z)`` of the logistic ``z`` around ``phi`` that has the sign of the coin ``a``."""
    from sympy import exp

    heads, tails = (1 - u) / (1 + exp(phi) * u), (1 + exp(-phi) * (1 - u)) / u
    return a * heads + (1 - a) * tails


def speed_given(a: Symbol, v: Symbol, phi: Expr) -> Expr:
    """``dz~/d phi`` with the noise given the coin held fixed."""
    from sympy import exp

    heads, tails = exp(phi) * v, exp(-phi) * (1 - v)
    return a * heads / (1 + heads) + (1 - a) * tails / (1 + tails)


def only_odds(expectation: Expectation) -> Expr:
    """The log-odds of the one coin."""
    (phi,) = log_odds(expectation)
    return phi


# The same in Torch ---------------------------------------------------------------------------------------


def logistic_given(b: torch.Tensor, u: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """The logistic variable around ``logits`` with the sign of the coin ``b``, from a uniform number."""
    import torch

    heads = torch.log1p(logits.exp() * u) - torch.log1p(-u)
    tails = torch.log(u) - torch.log1p((-logits).exp() * (1.0 - u))
    return torch.where(b > 0, heads, tails)


def thrown(
    problem: Problem, n: int, generator: torch.Generator
) -> tuple[Theta, torch.Tensor, torch.Tensor, torch.Tensor]:
    """``theta``, its log-odds, the coin, and ``z`` with the path of its own noise, ``[n]`` each."""
    from checks.draws import uniforms

    theta = problem.leaves(n)
    logits = coin_logits(problem, n, theta)
    b = problem.sample(n, generator)
    z = logistic_given(b, uniforms((n,), generator), logits)
    return theta, logits, b, z.detach() + logits - logits.detach()


def control(problem: Problem, theta: Theta, z: torch.Tensor) -> torch.Tensor:
    """``c(z)``, ``[n]``."""
    import torch

    soft = torch.sigmoid(z / theta["tau"])
    if is_choice(problem):
        zero, one = class_costs(problem, len(z), theta).unbind(-1)
        cost = zero + (one - zero) * soft
    else:
        cost = problem.f(soft, theta)
    return theta["eta"] * cost + theta["r0"] + theta["r1"] * torch.tanh(z / 2.0)
