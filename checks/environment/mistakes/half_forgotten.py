"""Mirrored perturbations divided by the width, not by twice the width."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checks.environment.estimator import EnvironmentMistake
from checks.environment.smoothing import by_calls, refuses, smoothed


def value(f: Callable[[int], Any], b: Any, s: Any) -> Any:
    """``(f(t + s b) - f(t - s b)) b / s``."""
    return (f(1) - f(-1)) * b / s


MISTAKE = EnvironmentMistake(
    name="half_forgotten",
    kind="black_box",
    of="evolution_strategy_antithetic",
    says="doubled: the two values are 2 s apart, not s",
    source="a common slip",
    route="score_function",
    statistic=smoothed(value),
    estimate=by_calls(value),
    refuses=refuses,
)
