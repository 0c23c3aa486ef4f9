"""The estimators and mistakes of second derivatives, found by listing their folders."""

from __future__ import annotations

from dataclasses import replace

from checks.environment.estimator import EnvironmentEstimator, EnvironmentMistake
from checks.estimator import Estimator
from checks.mistake import Mistake
from derive.registry import Registry

ESTIMATORS: Registry[Estimator] = Registry("checks.higher_order.estimators", "ESTIMATOR", "estimator")
MISTAKES: Registry[Mistake] = Registry("checks.higher_order.mistakes", "MISTAKE", "mistake")

_HERE = "checks.higher_order.environment"
OF_RETURNS: Registry[EnvironmentEstimator] = Registry(f"{_HERE}.estimators", "ESTIMATOR", "estimator")
MISTAKES_OF_RETURNS: Registry[EnvironmentMistake] = Registry(f"{_HERE}.mistakes", "MISTAKE", "mistake")


def environment_record(name: str) -> EnvironmentEstimator | None:
    """The estimator, or the mistake as one, of a return's second derivatives; None where it is another's."""
    if name in OF_RETURNS:
        return OF_RETURNS[name]
    return MISTAKES_OF_RETURNS[name].as_environment_estimator() if name in MISTAKES_OF_RETURNS else None


def record_called(name: str) -> Estimator | None:
    """The estimator, or the mistake as one, of that name; None where it is not one of second derivatives."""
    if name in ESTIMATORS:
        return ESTIMATORS[name]
    if name not in MISTAKES:
        return None
    mistake = MISTAKES[name]
    says = f"not the second derivative: {mistake.says}"
    return replace(mistake.as_estimator(), route=ESTIMATORS[mistake.of].route, approximates=says)


def estimator_called(name: str) -> Estimator | None:
    """The same for whoever asks for estimators of a gradient: it refuses to be one, and says what to run."""
    of_a_return = environment_record(name)
    if of_a_return is not None:
        return of_a_return.as_estimator()
    found = record_called(name)
    return None if found is None else replace(found, refuses=lambda _: _why_not(name))


def _why_not(name: str) -> str:
    return f"{name} is for second derivatives: `python cli.py verify higher-order --estimator {name}`"
