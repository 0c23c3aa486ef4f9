"""The report as it is."""

from __future__ import annotations

import json
from typing import Any

from checks.terminal import Style


def render(report: dict[str, Any], _: Style) -> str:
    """Indented JSON, keys in the order of the contract; numbers that are not finite are already null."""
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
