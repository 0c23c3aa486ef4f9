"""One ``docs``: verify the checks, gather what derive says, write or compare."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.progress import Progress
from checks.selection import Selection, select
from checks.session import Settings, verify
from checks.site import output
from checks.site.build import Order, files_of, formats, fragment_of, material_of
from checks.site.errors import require_extras
from checks.targets import known_check
from derive.cache import Cache, default_folder

Say = Callable[[str], None]
# More stale files than these are counted, not named.
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; ``checks`` empty means all."""

    checks: Sequence[str]
    form: str
    out: Path
    hide_after: int | None = None
    commands: str = ""
    workers: int = 2
    keep: bool = True

    @property
    def folder(self) -> Path | None:
        """Where derivations are kept between builds."""
        return default_folder() if self.keep else None


def build(wanted: Wanted, say: Say, hint: Say) -> int:
    """Write the documents; 0, or 1 where a check did not come out as expected (the pages then say so)."""
    order = _order(wanted)
    require_extras(order.formats)
    output.refuse_foreign(wanted.out)
    started = time.perf_counter()
    files, report = _files(order, wanted)
    output.write(wanted.out, files)
    summary = report["summary"]
    say(str(wanted.out))
    hint(f"{len(files)} files of {len(report['checks'])} checks in {time.perf_counter() - started:.1f} s")
    missed = len(report["checks"]) - summary["as_expected"]
    if missed:
        hint(f"{missed} checks did not come out as expected; their pages say so")
    return 1 if missed else 0


def check(wanted: Wanted, say: Say, hint: Say) -> int:
    """Compare the kept documents with what they would be now; 1 where they are stale."""
    files, _ = _files(_order(wanted), wanted)
    stale = output.differences(wanted.out, files)
    for line in stale[:MOST_NAMED]:
        say(line)
    if not stale:
        hint(f"{len(files)} documents in {wanted.out} are up to date")
        return 0
    hint(f"{len(stale)} documents are stale: python cli.py docs --format {wanted.form} --out {wanted.out}")
    return 1


def fragment(wanted: Wanted, name: str) -> str:
    """One step as LaTeX."""
    check_name = name.partition("/")[0]
    order = Order((known_check(check_name).replace("_", "-"),), ("latex",))
    made = material_of(order, None, wanted.folder, wanted.workers, lambda done, total, name: None)
    return fragment_of(made.contents, name)


def _order(wanted: Wanted) -> Order:
    checks = tuple(known_check(name).replace("_", "-") for name in wanted.checks)
    return Order(checks, formats(wanted.form), wanted.hide_after, wanted.commands)


def _files(order: Order, wanted: Wanted) -> tuple[dict[str, bytes], dict[str, Any]]:
    from checks.catalogue import names

    suites = [c.replace("-", "_") for c in order.checks] or list(names("checks"))
    chosen = [one for name in suites for one in select(name, Selection())]
    settings = Settings(workers=wanted.workers, cache=Cache(wanted.folder))
    with Progress(sys.stderr, shown=sys.stderr.isatty()) as progress:
        report = verify("docs", chosen, settings, progress).to_json()
        material = material_of(order, report, wanted.folder, wanted.workers, progress)
    return files_of(order, material), report
