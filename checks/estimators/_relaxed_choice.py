"""The statistic of a relaxed choice: a polynomial in the relaxed outcomes, or a function of Gumbel noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks.estimators._relaxed import costs, has_theta, log_probabilities, softmax

if TYPE_CHECKING:
    from sympy import Expr, Symbol

    from checks.estimator import Statistic
    from derive.expectation import Expectation


def choice_statistic(expectation: Expectation, tau: Symbol, hard: bool) -> Statistic:
    """``sum_k g_k d y_k/d theta + sum_k y_k d g_k/d theta`` at the relaxed choice ``y``.

    ``hard`` takes the derivatives of ``g`` at the one-hot vector of the largest, which differs in the last
    term alone: in ``y`` the integrand is linear. Of three outcomes or more the statistic is a polynomial in
    ``y``, whose law is drawn from; of two, and where the last term jumps, ``y`` is a function of noise.
    """
    from sympy import Symbol

    from checks.estimator import Statistic
    from checks.softened import LAW
    from derive.terms import Law

    logits = log_probabilities(expectation)
    if len(logits) == 2 or (hard and has_theta(expectation)):
        return _of_noise(expectation, tau, hard)
    soft = tuple(Symbol(f"y[{k}]", positive=True) for k in range(len(logits)))
    values = tuple(_choice_value(expectation, theta, tau, soft, soft) for theta in expectation.wrt)
    return Statistic(values, Law(LAW, tau, *logits), soft, closed=False)


def _of_noise(expectation: Expectation, tau: Symbol, hard: bool) -> Statistic:
    """With one Gumbel draw per outcome. Only their differences matter, so uniform draws stand for them."""
    from sympy import Heaviside, Mul

    from checks.estimator import Draw, Statistic
    from derive.terms import Law

    logits = log_probabilities(expectation)
    uniforms, noise = gumbels(len(logits))
    scores = tuple((phi + b) / tau for phi, b in zip(logits, noise, strict=True))
    soft = shown = softmax(scores)
    if hard:
        shown = tuple(Mul(*(Heaviside(one - other) for other in scores if other != one)) for one in scores)
    draws = [Draw(Law("uniform", 0, 1), (u,)) for u in uniforms]
    values = tuple(_choice_value(expectation, theta, tau, soft, shown) for theta in expectation.wrt)
    return Statistic(values, draws[0].law, draws[0].variables, tuple(draws[1:]))


def _choice_value(
    expectation: Expectation, theta: Symbol, tau: Symbol, soft: Sequence[Expr], shown: Sequence[Expr]
) -> Expr:
    """By ``theta``, with the explicit term at the choice that is ``shown``."""
    from sympy import Add

    g, speeds = costs(expectation), [phi.diff(theta) for phi in log_probabilities(expectation)]
    mean = Add(*(y * v for y, v in zip(soft, speeds, strict=True)))
    moved = (c * y * (v - mean) / tau for c, y, v in zip(g, soft, speeds, strict=True))
    explicit = (c.diff(theta) * y for c, y in zip(g, shown, strict=True))
    return Add(*moved, *explicit)


def gumbels(count: int) -> tuple[tuple[Symbol, ...], tuple[Expr, ...]]:
    """``count - 1`` uniform draws, and as functions of them ``count`` Gumbel draws less a common term.

    ``G_k = -log e_k`` with exponential ``e_k``, and ``e_k/sum e`` is uniform on the simplex: the first of
    ``m`` parts is ``1 - u**(1/(m - 1))`` of what is left.
    """
    from sympy import Rational, S, Symbol, log

    uniforms = tuple(Symbol(f"u[{k}]", positive=True) for k in range(count - 1))
    left, parts = S.Zero, []
    for k, u in enumerate(uniforms):
        power = Rational(1, count - 1 - k)
        parts.append(-(left + log(1 - u**power)))
        left += power * log(u)
    return uniforms, (*parts, -left)
