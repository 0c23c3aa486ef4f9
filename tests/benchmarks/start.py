"""What starting costs, beside the bare imports of Torch and SymPy in the same run.

Every command runs in a process of its own, one after the other in every round. CPU seconds are those of the
process, without the workers of a cold verify, which nobody waits for. They hardly move with the load, and are
what a command in one process takes on an idle machine. Wall seconds stand beside them. Nothing is asserted.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.part import Goal, Part, median, ratios, spread

ROOT = Path(__file__).resolve().parents[2]
BARE = "import torch, sympy"
DERIVE = ("cli.py", "derive", "reparam", "--family", "normal", "--integrand", "a**2")
OWN = """\
import torch

def pathwise(f, theta, n):
    noise = torch.randn(n, dtype=torch.float64)
    return f(theta.mu + theta.sigma * noise).mean()
"""
# {own} is the file of a user's estimator.
_OWN = ("cli.py", "verify", "{own}::pathwise", "--family", "normal", "--integrand", "a**2")
COMMANDS: dict[str, tuple[str, ...]] = {
    "python, nothing": ("-c", "pass"),
    "import click": ("-c", "import click"),
    "import sympy": ("-c", "import sympy"),
    BARE: ("-c", BARE),
    "--help": ("cli.py", "--help"),
    "list": ("cli.py", "list"),
    "explain chain_rule": ("cli.py", "explain", "chain_rule"),
    "derive, cold": (*DERIVE, "--no-cache"),
    "derive, cached": DERIVE,
    "verify reparam, cold": ("cli.py", "verify", "reparam", "--no-cache"),
    "verify reparam, cached": ("cli.py", "verify", "reparam"),
    "verify a user's file, cold": (*_OWN, "--no-cache"),
    "verify a user's file, cached": _OWN,
}


class Spent(NamedTuple):
    """Seconds of one run."""

    wall: float
    cpu: float


def spent(command: Sequence[str], folder: Path) -> Spent:
    """One run, with its cache and the user's file in ``folder``.

    Raises ``CalledProcessError`` for a command that fails.
    """
    own = folder / "own.py"
    own.write_text(OWN, encoding="utf-8")
    env = {**os.environ, "GRADPROOF_CACHE": str(folder / "cache")}
    words = [word.format(own=own) if "{own}" in word else word for word in command]
    before, start = _cpu(), time.perf_counter()
    subprocess.run((sys.executable, *words), cwd=ROOT, env=env, check=True, capture_output=True)
    return Spent(time.perf_counter() - start, _cpu() - before)


def _cpu() -> float:
    """CPU seconds of all children that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rounds_of(rounds: int) -> dict[str, list[Spent]]:
    """Interleaved rounds of every command, after one that fills file caches and the cache of proofs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for command in COMMANDS.values():
            spent(command, folder)
        rows = [{name: spent(command, folder) for name, command in COMMANDS.items()} for _ in range(rounds)]
    return {name: [row[name] for row in rows] for name in COMMANDS}


def report(found: Mapping[str, Sequence[Spent]]) -> dict[str, dict[str, Any]]:
    """Medians, and those of the ratios to the bare imports, round by round."""
    bare = [s.wall for s in found[BARE]]
    made: dict[str, dict[str, Any]] = {}
    for name, runs in found.items():
        wall, cpu = [s.wall for s in runs], [s.cpu for s in runs]
        made[name] = {
            "CPU s": median(cpu),
            "wall s": median(wall),
            "spread of wall": spread(wall),
            "wall to the bare imports": median(ratios(wall, bare)),
        }
    return made


def part(quick: bool) -> Part:
    """What starting costs."""
    found = report(rounds_of(1 if quick else 5))
    rows = tuple({"command": name, **numbers} for name, numbers in found.items())
    return Part(
        "Start",
        "Whole commands, each in a process of its own: its CPU seconds (without the workers of a cold "
        f"`verify`) and those of the clock, and the clock's ratio to `{BARE}` in the same round.",
        rows,
        tuple(_goals(found)),
        (
            "Cached are proofs and derivations. The Torch code is run anew by every `verify`, which is why "
            "Torch is imported then; the imports run with the garbage collector stopped.",
        ),
    )


def _goals(found: Mapping[str, Mapping[str, Any]]) -> list[Goal]:
    help_, kept = found["--help"]["CPU s"], found["derive, cached"]["CPU s"]
    sympy, warm = found["import sympy"]["CPU s"], found["verify reparam, cached"]["wall to the bare imports"]
    return [
        Goal("--help within 0.15 s of CPU", f"{help_:.3f} s", help_ <= 0.15),
        Goal("a cached derive does not import SymPy", f"{kept / sympy:.2f}x `import sympy`", kept < sympy),
        Goal("cached verify reparam at most 1.1x the bare imports", f"{warm:.2f}x", warm <= 1.1),
    ]
