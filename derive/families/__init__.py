"""The families, one file each, found by listing this folder; nothing is imported before it is asked for."""

from __future__ import annotations

from derive.family import Family
from derive.registry import Registry

FAMILIES: Registry[Family] = Registry(__name__, "FAMILY", "family")
