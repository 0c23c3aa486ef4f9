"""Reports of ``verify``, one file for each format: ``render(report, style) -> str``, from the report's JSON.

Every format reads the one JSON object, so none can say what another does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checks.terminal import Style
from derive.registry import Registry

ReportRenderer = Callable[[dict[str, Any], Style], str]

FORMATS: Registry[ReportRenderer] = Registry(__name__, "render", "format")
