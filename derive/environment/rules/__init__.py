"""The rules of a policy gradient, one file each, in the order in which a derivation uses them by name."""

from __future__ import annotations

from derive.kernel import Rule
from derive.registry import Registry

RULES: Registry[Rule] = Registry(__name__, "RULE", "rule")
