"""Where documents are written: a folder of our own, replaced as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from checks.site.errors import DocumentError

# Lists what a build wrote; a folder without it is somebody else's.
MANIFEST = ".gradproof-documents"


def refuse_foreign(out: Path) -> None:
    """Raise ``DocumentError`` unless ``out`` is new, empty, or what an earlier build wrote."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise DocumentError(f"'{out}' is not a folder", "give another folder with --out")
    if not out.exists() or not any(out.iterdir()):
        return
    listed = manifest(out)
    if listed is None:
        raise DocumentError(
            f"'{out}' holds files that were not written here, so nothing was touched",
            "give a new folder with --out, or empty this one yourself",
        )
    strangers = sorted(names_in(out) - listed)
    if strangers:
        raise DocumentError(
            f"'{out}' holds '{strangers[0]}', which no build wrote, so nothing was touched",
            "move it elsewhere, or give a new folder with --out",
        )


def manifest(out: Path) -> set[str] | None:
    """The files that the build of ``out`` wrote; None where it is not a build's."""
    path = out / MANIFEST
    return set(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else None


def names_in(out: Path) -> set[str]:
    """Every file below ``out`` but the manifest, by its relative name."""
    found = (p.relative_to(out).as_posix() for p in out.rglob("*") if not p.is_dir())
    return {name for name in found if name != MANIFEST}


def write(out: Path, files: Mapping[str, bytes]) -> None:
    """Put ``files`` (by relative name) in place of what ``out`` held, at once.

    They are written beside it first: an interrupted build leaves the old folder as it was. Raises
    ``DocumentError`` where ``out`` is somebody else's or cannot be written.
    """
    refuse_foreign(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        message = f"'{out.parent}' cannot be written: {error.strerror}"
        raise DocumentError(message, "give a folder that you may write with --out") from error
    try:
        _fill(fresh, files)
        _swap(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / MANIFEST).write_text("".join(f"{name}\n" for name in sorted(files)), encoding="utf-8")
    folder.chmod(0o755)


def _swap(fresh: Path, out: Path) -> None:
    """Two renames: between them the old folder waits under another name, and comes back if one fails."""
    if not out.exists():
        os.replace(fresh, out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    os.replace(out, old)
    try:
        os.replace(fresh, out)
    except OSError:
        os.replace(old, out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def differences(out: Path, files: Mapping[str, bytes]) -> list[str]:
    """What in ``out`` is stale: missing, changed, or no longer written."""
    listed = names_in(out) if out.exists() else set()
    stale = [f"missing: {name}" for name in sorted(set(files) - listed)]
    stale += [f"no longer written: {name}" for name in sorted(listed - set(files))]
    both = sorted(set(files) & listed)
    return stale + [f"changed: {name}" for name in both if (out / name).read_bytes() != files[name]]
