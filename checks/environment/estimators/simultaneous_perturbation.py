"""SPSA: one difference along a random sign for every coordinate, divided by each sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checks.environment.estimator import EnvironmentEstimator
from checks.environment.smoothing import by_calls, by_signs, refuses


def value(f: Callable[[int], Any], b: Any, s: Any) -> Any:
    """``(f(t + s d) - f(t - s d)) / (2 s d_i)`` with signs d, of which ``1/d_i = d_i``."""
    return (f(1) - f(-1)) * b / (2 * s)


ESTIMATOR = EnvironmentEstimator(
    name="simultaneous_perturbation",
    kind="black_box",
    approximates="the derivative of f, up to its third one times s**2; in one dimension a central difference",
    requires="a normal law, differentiated by its mean: its width is the step, and f is only called",
    source="Spall 1992, Multivariate Stochastic Approximation, IEEE TAC 37, equation 2.2",
    route="score_function",
    statistic=by_signs(value),
    estimate=by_calls(value, signs=True),
    refuses=refuses,
)
