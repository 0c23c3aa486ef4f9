"""Evolution strategy: the value of f at a perturbed point times the perturbation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checks.environment.estimator import EnvironmentEstimator
from checks.environment.smoothing import by_calls, refuses, smoothed


def value(f: Callable[[int], Any], b: Any, s: Any) -> Any:
    """``f(t + s b) b / s``, the score function of the normal law in its mean."""
    return f(1) * b / s


ESTIMATOR = EnvironmentEstimator(
    name="evolution_strategy",
    kind="black_box",
    approximates="the derivative of E[f(t + s eps)], which is not that of f",
    requires="a normal law, differentiated by its mean: f is only called",
    source="Salimans et al. 2017, Evolution Strategies as a Scalable Alternative, section 2",
    route="score_function",
    statistic=smoothed(value),
    estimate=by_calls(value),
    refuses=refuses,
)
