"""What must answer at once loads neither SymPy nor Torch, and a cached proof is read without either."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("sympy", "torch", "numpy", "scipy", "flint", "lark")

COMMANDS = {
    "help": ["--help"],
    "version": ["--version"],
    "list": ["list"],
    "list json": ["list", "--json"],
    "list families": ["list", "families"],
    "explain a rule": ["explain", "leibniz"],
    "explain a code": ["explain", "D101"],
    "explain an unknown name": ["explain", "nothing-of-the-kind"],
    "help of verify": ["verify", "--help"],
    "help of derive": ["derive", "--help"],
    "help of doctor": ["doctor", "--help"],
    "help of grade": ["grade", "--help"],
    "help of self-check": ["self-check", "--help"],
    "unknown assignment": ["grade", "nothing.toml", "nobody"],
    "unknown check": ["verify", "repram"],
    "unknown family": ["verify", "reparam", "--family", "nromal"],
}


def loaded(code: str) -> set[str]:
    """Which of the heavy packages a fresh interpreter has loaded after ``code``."""
    probe = f"import sys\n{code}\nprint('LOADED', *(m for m in {HEAVY!r} if m in sys.modules))"
    command = [sys.executable, "-c", probe]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    word, *names = done.stdout.splitlines()[-1].split()
    assert word == "LOADED"
    return set(names)


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    assert loaded(f"import cli; cli.run({arguments!r})") == set()


def test_the_probe_sees_what_is_loaded() -> None:
    assert "sympy" in loaded("import sympy")


def test_a_kept_proof_is_read_without_sympy_or_torch(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from derive.cache import Cache, key_of; from derive.proof import Proof\n"
        f"cache = Cache(Path({str(tmp_path)!r}))\n"
        "proof = Proof('normal', 'a', {}, ('mu',), {}, {}, {}, (), {}, {}, {})\n"
        "cache.put({'a': 1}, proof); assert cache.get({'a': 1}) == proof"
    )
    assert loaded(code) == set()


@pytest.mark.parametrize("form", ["text", "latex", "json"])
def test_a_kept_derivation_is_printed_without_sympy_or_torch(tmp_path: Path, form: str) -> None:
    arguments = ["derive", "reparam", "--family", "normal", "--integrand", "a", "--format", form]
    code = f"import os; os.environ['GRADPROOF_CACHE'] = {str(tmp_path)!r}; import cli\n"
    first, second = (loaded(code + f"assert cli.run({arguments!r}) == 0") for _ in range(2))
    assert "sympy" in first
    assert second == set()
