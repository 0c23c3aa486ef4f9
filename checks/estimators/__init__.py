"""The estimators, one file each, found by listing this folder; nothing is imported before it is asked for."""

from __future__ import annotations

from checks.estimator import Estimator
from derive.registry import Registry

ESTIMATORS: Registry[Estimator] = Registry(__name__, "ESTIMATOR", "estimator")
