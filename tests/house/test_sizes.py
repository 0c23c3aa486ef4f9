"""A file over 300 lines is more than one subject; tests hold tables of cases and may have 400."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
LIMITS = {"derive": 300, "checks": 300, "tests": 400}
SOURCES = [ROOT / "cli.py", *(p for part in LIMITS for p in (ROOT / part).rglob("*.py"))]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", sorted(SOURCES), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_is_too_long(path: Path) -> None:
    part = path.relative_to(ROOT).parts[0]
    assert lines(path) <= LIMITS.get(part, 300)


def test_the_usual_file_is_short() -> None:
    """The house aims at a median near 100 lines; 150 is where it has stopped being that house."""
    assert median(map(lines, SOURCES)) < 150
