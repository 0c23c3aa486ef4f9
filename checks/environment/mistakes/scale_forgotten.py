"""Evolution strategy without the division by the width of the noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checks.environment.estimator import EnvironmentMistake
from checks.environment.smoothing import by_calls, refuses, smoothed


def value(f: Callable[[int], Any], b: Any, s: Any) -> Any:
    """``f(t + s b) b``."""
    return f(1) * b


MISTAKE = EnvironmentMistake(
    name="scale_forgotten",
    kind="black_box",
    of="evolution_strategy",
    says="of the smoothed function times its width: the division by s is missing",
    source="a common slip",
    route="score_function",
    statistic=smoothed(value),
    estimate=by_calls(value),
    refuses=refuses,
)
