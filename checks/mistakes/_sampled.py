"""Score functions whose samples have another law: coins and choices thrown with the wrong noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators._relaxed import CHOICES
from checks.mistakes._terms import right

if TYPE_CHECKING:
    from sympy import Expr
    from torch import Tensor

    from checks.problem import Problem, Theta
    from derive.expectation import Expectation


def thrown(expectation: Expectation, chance: Expr) -> Statistic:
    """``g d log p + dg`` at coins that show 1 with probability ``chance``."""
    from derive.terms import Law

    values = tuple(right(expectation, theta) for theta in expectation.wrt)
    return Statistic(values, Law("bernoulli", chance), expectation.family.samples)


def chosen(expectation: Expectation, chances: tuple[Expr, ...]) -> Statistic:
    """The same at choices with the probabilities ``chances``."""
    from derive.terms import Law

    values = tuple(right(expectation, theta) for theta in expectation.wrt)
    return Statistic(values, Law("categorical", *chances), expectation.family.samples)


def scored(problem: Problem, theta: Theta, a: Tensor) -> Tensor:
    """The gradients of ``stop_gradient(g) log p(a) + g`` at the samples given."""
    cost = problem.f(a, theta)
    return problem.gradients(cost.detach() * problem.log_density(a, theta) + cost, theta)


def why_no_choice(expectation: Expectation) -> str | None:
    """Anything but a choice among more than two, or a number of outcomes without a law of that size."""
    if expectation.family.name in CHOICES:
        return None
    return f"{expectation.family.name} is no choice among more than two outcomes"


def why_no_coin_or_choice(expectation: Expectation) -> str | None:
    """Anything but a single coin or a choice."""
    if expectation.family.name in ("bernoulli", "bernoulli_logits", *CHOICES):
        return None
    return f"{expectation.family.name} is neither a single coin nor a choice"
