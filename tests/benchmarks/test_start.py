"""The benchmark's arithmetic, and that one of its commands runs at all."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType


def _start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("start", Path(__file__).with_name("start.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ratios_are_of_medians() -> None:
    made = _start().report({"import torch, sympy": [2.0, 8.0, 4.0], "--help": [0.25, 9.0, 1.0]})
    assert made["--help"] == {"median": 1.0, "least": 0.25, "most": 9.0, "ratio": 0.25}


def test_a_command_runs(tmp_path: Path) -> None:
    start = _start()
    assert start.seconds(start.COMMANDS["--help"], str(tmp_path)) > 0
