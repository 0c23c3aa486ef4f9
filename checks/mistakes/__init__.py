"""Known mistakes, one file each, found by listing this folder; nothing is imported before it is asked for."""

from __future__ import annotations

from checks.mistake import Mistake
from derive.registry import Registry

MISTAKES: Registry[Mistake] = Registry(__name__, "MISTAKE", "mistake")
