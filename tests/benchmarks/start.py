"""What starting costs, as ratios to the bare imports of Torch and SymPy in the same run.

``python -m tests.benchmarks.start [ROUNDS]`` runs each command in turn, round after round, in processes of
their own, and prints medians with their spread as a table and as JSON. Nothing is asserted: a time belongs to
a machine, a ratio to a run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.part import Goal, Part

ROOT = Path(__file__).resolve().parents[2]
BARE = ("-c", "import torch, sympy")
COMMANDS: dict[str, tuple[str, ...]] = {
    "import torch, sympy": BARE,
    "--help": ("cli.py", "--help"),
    "list": ("cli.py", "list"),
    "explain chain_rule": ("cli.py", "explain", "chain_rule"),
    "verify reparam, cold": ("cli.py", "verify", "reparam", "--no-cache"),
    "verify reparam, warm": ("cli.py", "verify", "reparam"),
}


def seconds(command: tuple[str, ...], cache: str) -> float:
    """Wall time of one run; raises ``CalledProcessError`` for a command that fails."""
    env = {**os.environ, "GRADPROOF_CACHE": cache}
    start = time.perf_counter()
    subprocess.run((sys.executable, *command), cwd=ROOT, env=env, check=True, capture_output=True)
    return time.perf_counter() - start


def measure(rounds: int) -> dict[str, list[float]]:
    """Interleaved rounds of every command, after one round that fills file caches and the proof cache."""
    with tempfile.TemporaryDirectory() as cache:
        for command in COMMANDS.values():
            seconds(command, cache)
        rows = [{name: seconds(command, cache) for name, command in COMMANDS.items()} for _ in range(rounds)]
    return {name: [row[name] for row in rows] for name in COMMANDS}


def report(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Median, extremes, and the ratio of each median to that of the bare imports."""
    bare = statistics.median(times["import torch, sympy"])
    return {
        name: {
            "median": statistics.median(found),
            "least": min(found),
            "most": max(found),
            "ratio": statistics.median(found) / bare,
        }
        for name, found in times.items()
    }


def part(quick: bool) -> Part:
    """What starting costs."""
    found = report(measure(1 if quick else 5))
    rows = tuple({"command": name, **numbers} for name, numbers in found.items())
    help_, warm = found["--help"]["median"], found["verify reparam, warm"]["ratio"]
    goals = (
        Goal("--help within 0.15 s", f"{help_:.3f} s", help_ <= 0.15),
        Goal("warm verify reparam at most 1.1x the bare imports", f"{warm:.2f}x", warm <= 1.1),
    )
    return Part("Start", "Wall seconds of whole commands; ratios to `import torch, sympy`.", rows, goals)


def main(rounds: int = 5) -> None:
    made = report(measure(rounds))
    lines = [f"{'command':24} {'median':>8} {'least':>8} {'most':>8} {'ratio':>6}"]
    lines += [
        f"{name:24} {r['median']:8.3f} {r['least']:8.3f} {r['most']:8.3f} {r['ratio']:6.2f}"
        for name, r in made.items()
    ]
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stdout.write(json.dumps(made, indent=2) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
