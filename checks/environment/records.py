"""The estimators and mistakes of environments, found by listing their folders."""

from __future__ import annotations

from checks.environment.estimator import EnvironmentEstimator, EnvironmentMistake
from derive.registry import Registry

ESTIMATORS: Registry[EnvironmentEstimator] = Registry(
    "checks.environment.estimators", "ESTIMATOR", "estimator"
)
MISTAKES: Registry[EnvironmentMistake] = Registry("checks.environment.mistakes", "MISTAKE", "mistake")


def record_called(name: str) -> EnvironmentEstimator | None:
    """The estimator, or the mistake as one, of that name; None where it is not one of an environment."""
    if name in ESTIMATORS:
        return ESTIMATORS[name]
    return MISTAKES[name].as_environment_estimator() if name in MISTAKES else None
