"""The suites, one file each: what ``verify CHECK`` checks."""

from __future__ import annotations

from checks.suite import CheckSpec
from derive.registry import Registry

SUITES: Registry[tuple[CheckSpec, ...]] = Registry(__name__, "SUITE", "check")
