"""``python -m tests.benchmarks [PART...] [--quick] [--out FOLDER]``: all measurements in one command.

Ratios within one run, interleaved, medians. Nothing is asserted: a figure that misses its goal is marked.
Writes ``benchmarks.json`` and ``benchmarks.md``; `--help` names the parts.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

import click

from checks.verdict import versions
from tests.benchmarks.part import Goal, Part

PARTS = ("start", "closed_forms", "sampling", "evidence", "growth")


def start(quick: bool) -> Part:
    """What starting costs."""
    from tests.benchmarks import start as module

    found = module.report(module.measure(1 if quick else 5))
    rows = tuple({"command": name, **numbers} for name, numbers in found.items())
    help_, warm = found["--help"]["median"], found["verify reparam, warm"]["ratio"]
    goals = (
        Goal("--help within 0.15 s", f"{help_:.3f} s", help_ <= 0.15),
        Goal("warm verify reparam at most 1.1x the bare imports", f"{warm:.2f}x", warm <= 1.1),
    )
    return Part("Start", "Wall seconds of whole commands; ratios to `import torch, sympy`.", rows, goals)


def measured(name: str, quick: bool) -> Part:
    """One part by name."""
    if name == "start":
        return start(quick)
    part: Part = import_module(f"tests.benchmarks.{name}").measure(quick)
    return part


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--quick", is_flag=True, help="Small sizes and few rounds.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("."), show_default=True)
def main(parts: tuple[str, ...], quick: bool, out: Path) -> None:
    """Measure, and write benchmarks.json and benchmarks.md."""
    made = []
    for name in parts or PARTS:
        sys.stderr.write(f"{name} ...\n")
        part = measured(name, quick)
        made.append(part)
        sys.stderr.write(part.table() + "\n\n")
    out.mkdir(parents=True, exist_ok=True)
    data = {"versions": versions(), "quick": quick, "parts": [part.to_json() for part in made]}
    (out / "benchmarks.json").write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    text = "\n\n".join(["# Benchmarks", *(part.table() for part in made)])
    (out / "benchmarks.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
