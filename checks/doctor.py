"""What works on this machine: versions, threads, cache, isolation layers and optional extras."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec

from checks.terminal import Style, plain, table
from derive.cache import default_folder

CORE = ("sympy", "mpmath", "numpy", "torch", "scipy", "python-flint", "click", "rich", "lark")
EXTRAS = {
    "docs": ("jinja2", "typst", "matplotlib", "nbformat"),
    "grade": ("pyseccomp", "jinja2", "jsonschema"),
    "distributed": ("distributed",),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``state`` is ``ok``, ``FAIL`` (core) or ``?`` (optional, absent)."""

    state: str
    what: str
    found: str


def examine() -> tuple[Finding, ...]:
    """Look at everything; each core library is really used once, not only found."""
    return (
        Finding("ok", "python", f"{platform.python_version()} ({sys.executable})"),
        *(_installed(name) for name in CORE),
        _tried("exact arithmetic", _symbolic),
        _tried("ball arithmetic", _balls),
        _tried("torch in float64", _torch),
        Finding("ok", "processors", f"{_processors()} usable of {os.cpu_count()}"),
        _cache(),
        *_isolation(),
        *(_extra(name, packages) for name, packages in EXTRAS.items()),
    )


def report(findings: tuple[Finding, ...], style: Style = plain) -> str:
    """The findings as a table."""
    return table([(f.state, f.what, f.found) for f in findings], style=style)


def as_json(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
    """The findings as plain data."""
    return [asdict(f) for f in findings]


def healthy(findings: tuple[Finding, ...]) -> bool:
    """Whether everything that `verify` needs works."""
    return all(f.state != "FAIL" for f in findings)


def _installed(name: str) -> Finding:
    try:
        return Finding("ok", name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding("FAIL", name, "not installed: pip install -e .")


def _tried(what: str, trial: Callable[[], str]) -> Finding:
    try:
        return Finding("ok", what, trial())
    except Exception as error:  # a broken installation may raise anything, and is what is looked for
        return Finding("FAIL", what, f"{type(error).__name__}: {error}")


def _symbolic() -> str:
    from sympy import Rational, Symbol, diff

    x = Symbol("x")
    value = diff(x**3, x).subs(x, Rational(1, 3))
    if value != Rational(1, 3):
        raise ArithmeticError(f"d/dx x**3 at 1/3 is {value}, not 1/3")
    return "sympy differentiates"


def _balls() -> str:
    from flint import arb

    if not arb.pi().overlaps(arb(4) * arb(1).atan()):
        raise ArithmeticError("pi and 4 atan(1) do not overlap")
    return "flint encloses"


def _torch() -> str:
    import torch

    x = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(x**2, x)
    if slope.item() != 6.0:
        raise ArithmeticError(f"d/dx x**2 at 3 is {slope.item()}, not 6")
    threads = torch.get_num_threads()
    return f"autograd works; {threads} threads by default, verify uses 1 per process"


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cache() -> Finding:
    folder = default_folder()
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    if os.access(existing, os.W_OK):
        kept = sum(1 for _ in folder.glob("??/*.json")) if folder.exists() else 0
        return Finding("ok", "cache", f"{folder} ({kept} proofs)")
    return Finding("?", "cache", f"{folder} cannot be written: proofs are made anew every time")


_WALLS = (
    ("LIMITS", "limits", "memory, processor time, no files, no processes"),
    ("NO_NEW_PRIVILEGES", "privileges", "none can be gained"),
    ("SYSTEM_CALLS", "system calls", "an allow-list: no files, sockets, processes, signals"),
    ("LANDLOCK", "Landlock", "no file, no port"),
    ("EMPTY_ROOT", "root folder", "an empty one"),
    ("OTHER_USER", "user", "another one"),
)


def _isolation() -> tuple[Finding, ...]:
    """The walls around a submission: a process is sealed, tries what is forbidden, and says what stands."""
    try:
        from checks.grading.grader import available
        from checks.grading.sandbox import REQUIRED, Layer

        layers, why = available()
    except Exception as error:  # whatever is missing here is what is looked for
        return (_no_walls(f"{type(error).__name__}: {error}"),)
    if layers & REQUIRED != REQUIRED:
        return (_no_walls(why),)
    found = [Finding("ok", "isolation", "submissions can be sealed: every forbidden act was refused")]
    for name, what, says in _WALLS:
        stands = bool(layers & Layer[name])
        found.append(Finding("ok" if stands else "?", f"isolation: {what}", says if stands else "not here"))
    return tuple(found)


def _no_walls(why: str) -> Finding:
    how = "grade in a Linux container or in WSL2; self-check works without"
    return Finding("?", "isolation", f"submissions cannot be sealed: {why}; {how}")


def _extra(name: str, packages: tuple[str, ...]) -> Finding:
    missing = [p for p in packages if find_spec(p) is None]
    if missing:
        return Finding("?", f"extra {name}", f"without {', '.join(missing)}: pip install -e '.[{name}]'")
    return Finding("ok", f"extra {name}", ", ".join(packages))
