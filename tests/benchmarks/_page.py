"""Measured parts as they are kept, one JSON each, and the page that renders all that are there."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.verdict import versions
from tests.benchmarks.part import Part

# The page's order; whatever else there is follows by name.
ORDER = ("start", "closed_forms", "sampling", "evidence", "growth", "scale", "calibration")
HEAD = """\
# Benchmarks

What `python -m tests.benchmarks` measured. Ratios are of one run, interleaved, medians; times are CPU seconds
unless a table says otherwise, and belong to the machine that is named. A goal that is missed is marked, and
nothing is left out for being missed. `python -m tests.benchmarks --out docs/handbook` measures again and
renews this page, which is made of the JSON files in `docs/handbook/measured/`."""


@dataclass(frozen=True, slots=True)
class Result:
    """A part with where and how it was measured."""

    key: str
    part: Part
    quick: bool
    versions: Mapping[str, str]
    machine: Mapping[str, Any]


def measured(key: str, part: Part, quick: bool, before: float) -> Result:
    """``part`` with this machine's description; ``before`` is the load when its measurement began."""
    machine = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load before": round(before, 2),
        "load after": round(load(), 2),
        "day": time.strftime("%Y-%m-%d", time.gmtime()),
    }
    return Result(key, part, quick, versions(), machine)


def load() -> float:
    """The load average of the last minute; nan where the system has none."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def write(result: Result, folder: Path) -> None:
    """Keep it as ``folder/measured/KEY.json``, and renew the page."""
    place = folder / "measured"
    place.mkdir(parents=True, exist_ok=True)
    data = {"quick": result.quick, "versions": result.versions, "machine": result.machine,
            "part": result.part.to_json()}  # fmt: skip
    text = json.dumps(_plain(data), indent=1, ensure_ascii=False, allow_nan=False)
    (place / f"{result.key}.json").write_text(text + "\n", encoding="utf-8")
    renew(folder)


def renew(folder: Path) -> None:
    """Write ``folder/benchmarks.md`` from what is kept."""
    (folder / "benchmarks.md").write_text(render(kept(folder)), encoding="utf-8")


def kept(folder: Path) -> list[Result]:
    """All that ``folder/measured`` holds, in the page's order."""
    found = []
    for path in (folder / "measured").glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        part = Part.from_json(data["part"])
        found.append(Result(path.stem, part, data["quick"], data["versions"], data["machine"]))
    return sorted(found, key=lambda r: (ORDER.index(r.key) if r.key in ORDER else len(ORDER), r.key))


def render(results: Sequence[Result]) -> str:
    """The page."""
    return "\n\n".join([HEAD, *(f"{r.part.table()}\n\n{_measured(r)}" for r in results)]) + "\n"


def _measured(result: Result) -> str:
    """One line: where, with what, and how busy the machine was."""
    m, quick = result.machine, " with `--quick`" if result.quick else ""
    used = ", ".join(f"{name} {v}" for name, v in result.versions.items() if v[0].isdigit())
    return (
        f"Measured{quick} on {m['day']} ({m['processor']}, {m['cores']} cores, Python {m['python']}, {used}; "
        f"load average {m['load before']} before and {m['load after']} after)."
    )


def _plain(value: Any) -> Any:
    """With None for numbers that JSON does not have."""
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
