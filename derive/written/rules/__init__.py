"""Rules that people use and no route needs, one file each: the same records as those of ``derive.rules``."""

from __future__ import annotations

from derive.kernel import Rule
from derive.registry import Registry

WRITTEN_RULES: Registry[Rule] = Registry(__name__, "RULE", "rule")
