"""The benchmark's arithmetic, and that its commands run at all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.benchmarks.start import BARE, COMMANDS, Spent, report, spent


def test_ratios_are_of_rounds() -> None:
    bare = [Spent(2.0, 1.0), Spent(8.0, 1.0), Spent(4.0, 1.0)]
    found = {BARE: bare, "--help": [Spent(0.25, 0.5), Spent(8.0, 0.5), Spent(1.0, 2.0)]}
    made = report(found)
    assert made["--help"] == {
        "CPU s": 0.5,
        "wall s": 1.0,
        "spread of wall": "0.25-8.00",
        "wall to the bare imports": 0.25,
    }


def test_a_command_runs(tmp_path: Path) -> None:
    found = spent(COMMANDS["--help"], tmp_path)
    assert found.wall > 0
    assert found.cpu > 0


def test_a_users_file_is_verified(tmp_path: Path) -> None:
    assert spent(COMMANDS["verify a user's file, cold"], tmp_path).cpu > 0
    assert (tmp_path / "own.py").exists()


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError, match="exit status 2"):
        spent(("cli.py", "verify", "repram"), tmp_path)
