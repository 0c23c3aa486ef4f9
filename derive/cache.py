"""Proofs and derivations on disk, as JSON: a second ``verify`` or ``derive`` needs no SymPy to read them.

A proof is found again only under the very versions and sources that made it: the key is a digest of the
request, of the versions of the symbolic libraries and of every source file below ``derive`` and of
those modules of ``checks`` whose text goes into a proof. A damaged entry, or one that this program
did not write, is as good as none.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b, sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .proof import Proof

FORMAT = "gradproof/proof@2"
LIBRARIES = ("sympy", "mpmath", "python-flint", "lark")


def default_folder() -> Path:
    """``GRADPROOF_CACHE``, else ``XDG_CACHE_HOME/gradproof``, else ``~/.cache/gradproof``."""
    if override := os.environ.get("GRADPROOF_CACHE"):
        return Path(override)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gradproof"


@cache
def versions() -> dict[str, str]:
    """The installed versions of the libraries that a proof rests on, read without importing them."""
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


@cache
def sources_digest() -> str:
    """A digest of the sources that make proofs: all of ``derive``, and what lies beside it in ``checks``."""
    root = Path(__file__).parent.parent
    digest = blake2b(digest_size=16)
    for path in _sources(root):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(root: Path) -> Iterable[Path]:
    for package in ("derive", "checks"):
        for folder, _, names in sorted(os.walk(root / package)):
            kept = sorted(name for name in names if name.endswith((".py", ".lark", ".toml")))
            yield from (Path(folder, name) for name in kept)


def key_of(request: Mapping[str, Any], form: str = FORMAT) -> str:
    """The digest under which the proof of ``request`` (plain JSON data), or another record, is kept."""
    content = {"format": form, "request": request, "versions": versions(), "sources": sources_digest()}
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Cache:
    """Proofs by request in ``folder``; with ``folder`` None nothing is kept and nothing found."""

    folder: Path | None

    def get(self, request: Mapping[str, Any]) -> Proof | None:
        """The proof that was kept for ``request``; None where there is none that can be trusted."""
        try:
            record = self.record(request)
            return None if record is None else Proof.from_json(record)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def put(self, request: Mapping[str, Any], proof: Proof) -> None:
        """Keep ``proof``; a folder that cannot be written costs speed, never a result."""
        self.keep(request, proof.to_json())

    def record(self, request: Mapping[str, Any], form: str = FORMAT) -> Any:
        """What was kept for ``request`` in ``form`` as plain data; None where nothing can be trusted."""
        if self.folder is None:
            return None
        key = key_of(request, form)
        try:
            head, _, body = self._path(key).read_bytes().partition(b"\n")
            trusted: bool = json.loads(head) == _head(form, key, body)
            return json.loads(body) if trusted else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def keep(self, request: Mapping[str, Any], record: Any, form: str = FORMAT) -> None:
        """Keep plain data; a folder that cannot be written costs speed, never a result."""
        if self.folder is None:
            return
        key = key_of(request, form)
        text = json.dumps(record)
        with suppress(OSError):
            _write(self._path(key), f"{json.dumps(_head(form, key, text.encode()))}\n{text}")

    def _path(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / key[:2] / f"{key}.json"


def _head(form: str, key: str, body: bytes) -> dict[str, str]:
    """The first line of a file: its seal is against truncated or edited files, not an attacker."""
    return {"format": form, "key": key, "seal": sha256(body).hexdigest()}


def _write(path: Path, text: str) -> None:
    """Write beside the target, then rename: a reader sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise
