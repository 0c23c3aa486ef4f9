"""Evolution strategy with mirrored perturbations: half the difference of both values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checks.environment.estimator import EnvironmentEstimator
from checks.environment.smoothing import by_calls, refuses, smoothed


def value(f: Callable[[int], Any], b: Any, s: Any) -> Any:
    """``(f(t + s b) - f(t - s b)) b / (2 s)``: what is even in b is gone."""
    return (f(1) - f(-1)) * b / (2 * s)


ESTIMATOR = EnvironmentEstimator(
    name="evolution_strategy_antithetic",
    kind="black_box",
    approximates="the derivative of E[f(t + s eps)], which is not that of f",
    requires="a normal law, differentiated by its mean: f is only called",
    source="Salimans et al. 2017, section 2.1; Nesterov and Spokoiny 2017, equation 26",
    route="score_function",
    statistic=smoothed(value),
    estimate=by_calls(value),
    refuses=refuses,
)
