"""Evolution strategy less the value at the point itself, as a baseline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checks.environment.estimator import EnvironmentEstimator
from checks.environment.smoothing import by_calls, refuses, smoothed


def value(f: Callable[[int], Any], b: Any, s: Any) -> Any:
    """``(f(t + s b) - f(t)) b / s``."""
    return (f(1) - f(0)) * b / s


ESTIMATOR = EnvironmentEstimator(
    name="evolution_strategy_forward",
    kind="black_box",
    approximates="the derivative of E[f(t + s eps)], which is not that of f",
    requires="a normal law, differentiated by its mean: f is only called",
    source="Nesterov and Spokoiny 2017, Random Gradient-Free Minimization, equation 22",
    route="score_function",
    statistic=smoothed(value),
    estimate=by_calls(value),
    refuses=refuses,
)
