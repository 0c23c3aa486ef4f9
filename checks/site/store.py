"""What documents are made of, on disk as JSON, under the sources and versions that made it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from derive.cache import key_of

FORMAT = "gradproof/document@1"

Key = Mapping[str, Any]


def load(folder: Path | None, key: Key) -> dict[str, Any] | None:
    """What was kept under ``key`` (plain JSON data); None where there is nothing that can be trusted."""
    if folder is None:
        return None
    try:
        entry = json.loads(_path(folder, key).read_bytes())
        found = entry["data"] if entry["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def keep(folder: Path | None, key: Key, data: Mapping[str, Any]) -> None:
    """Keep it; a folder that cannot be written is as good as none."""
    if folder is None:
        return
    path = _path(folder, key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"format": FORMAT, "data": data}, file)
        os.replace(name, path)
    except OSError:
        return


def _path(folder: Path, key: Key) -> Path:
    return folder / "documents" / f"{key_of({'document': FORMAT, **key})}.json"
