"""Known mistakes, one file each, found by listing this folder; nothing is imported before it is asked for."""

from __future__ import annotations

from checks.environment.records import record_called
from checks.estimator import Estimator
from checks.estimators import ESTIMATORS
from checks.higher_order import records as higher_order
from checks.mistake import Mistake
from derive.registry import Registry

MISTAKES: Registry[Mistake] = Registry(__name__, "MISTAKE", "mistake")


def distinct(names: list[str], mistakes: Registry[Mistake] = MISTAKES) -> list[str]:
    """Without the mistakes that are known to be alike to another of them."""
    return [name for name in names if mistakes[name].alike not in names]


def estimator_called(name: str) -> Estimator:
    """The estimator, or the known mistake as one, of that name; raises ``UnknownName``."""
    of_environment = record_called(name)
    if of_environment is not None:
        return of_environment.as_estimator()
    of_higher_order = higher_order.estimator_called(name)
    if of_higher_order is not None:
        return of_higher_order
    return MISTAKES[name].as_estimator() if name in MISTAKES else ESTIMATORS[name]
