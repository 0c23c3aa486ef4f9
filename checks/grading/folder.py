"""The folder of the results: ours or empty, or nothing in it is touched; every file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from checks.grading.errors import BadFolder
from checks.grading.store import NAME, is_ours


def claim(folder: Path) -> Path:
    """The folder, made where it is missing; raises ``BadFolder`` where it holds somebody else's files."""
    try:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise BadFolder(f"'{folder}' is not a folder", "name another with --out")
        if folder.is_dir() and any(folder.iterdir()) and not is_ours(folder / NAME):
            help = "name an empty or new folder with --out; nothing was written"
            raise BadFolder(f"'{folder}' holds files that `grade` did not write", help)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadFolder(f"'{folder}' cannot be used: {error.strerror}", "name another with --out") from None
    return folder


def write(folder: Path, texts: Iterable[tuple[str, str | Iterable[str]]]) -> list[Path]:
    """Write each text beside its target and rename it there: a reader sees the old file or the whole new one.

    Raises ``BadFolder`` where the disk is full or a file is in the way; what stood there stands there still.
    """
    written = []
    for name, text in texts:
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, text)
        except OSError as error:
            raise BadFolder(
                f"'{path}' cannot be written: {error.strerror}", "the findings are kept"
            ) from None
        written.append(path)
    return written


def _replace(path: Path, text: str | Iterable[str]) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.writelines([text] if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
