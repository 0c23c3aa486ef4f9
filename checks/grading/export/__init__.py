"""Exports, one file for each format: ``export(results)`` yields relative paths with their texts.

Texts come one by one, so that a large class is never in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checks.grading.results import Results
from derive.registry import Registry

Export = Callable[[Results], Iterator[tuple[str, str]]]

EXPORTS: Registry[Export] = Registry(__name__, "export", "format")
