"""``python -m tests.benchmarks [PART...] [--quick] [--out FOLDER]``: all measurements in one command.

Ratios within one run, interleaved, medians. Nothing is asserted: a figure that misses its goal is marked.
Each part is written as soon as it is measured, as ``measured/PART.json`` and in the page ``benchmarks.md``;
`--help` names the parts.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from tests.benchmarks._page import ORDER, load, measured, renew, write
from tests.benchmarks.part import Part

_FOUND = {p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith(("_", "test_"))}
PARTS = tuple(sorted(_FOUND - {"part"}, key=lambda name: (name not in ORDER, (*ORDER, name).index(name))))


def measure(name: str, quick: bool, **settings: float) -> Part:
    """One part by name."""
    module = import_module(f"tests.benchmarks.{name}")
    part: Part = (module.part if hasattr(module, "part") else module.measure)(quick, **settings)
    return part


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--quick", is_flag=True, help="Small sizes and few rounds.")
@click.option(
    "--peer-seconds",
    type=click.FloatRange(min=1.0),
    help="CPU seconds in which closed_forms tries the peers on its cells (default 270; 1500 for all cells).",
)
@click.option("--render", is_flag=True, help="Measure nothing: renew the page from what the folder holds.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("benchmarks"), show_default=True,
    help="The folder of the page; docs/handbook is the documents' own.",
)  # fmt: skip
def main(parts: tuple[str, ...], quick: bool, peer_seconds: float | None, render: bool, out: Path) -> None:
    """Measure, and write measured/PART.json for each and the page benchmarks.md."""
    if render:
        renew(out)
        return
    for name in parts or PARTS:
        sys.stderr.write(f"{name} ...\n")
        before = load()
        given = {"peer_seconds": peer_seconds} if name == "closed_forms" and peer_seconds else {}
        part = measure(name, quick, **given)
        write(measured(name, part, quick, before), out)
        sys.stderr.write(part.table() + "\n\n")


if __name__ == "__main__":
    main()
