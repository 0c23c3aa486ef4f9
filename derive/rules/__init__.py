"""The rules, one file each, found by listing this folder."""

from __future__ import annotations

from derive.kernel import Rule
from derive.registry import Registry

RULES: Registry[Rule] = Registry(__name__, "RULE", "rule")
