"""Exports, one file for each format: ``export(results)`` yields relative paths with their texts.

Texts come one by one, long ones in pieces, so that a large class is never in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from checks.grading.results import Results
from derive.registry import Registry

Text = str | Iterable[str]
Export = Callable[[Results], Iterator[tuple[str, Text]]]

EXPORTS: Registry[Export] = Registry(__name__, "export", "format")
