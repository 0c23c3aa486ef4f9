"""Wrong and right code for every known mistake, as text: read without importing what it is about.

``checks/mistakes/examples.toml`` holds what people write. A mistake without an entry there is shown by its
own Torch code, beside that of the estimator that it spoils.
"""

from __future__ import annotations

import ast
import textwrap
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from checks.catalogue import ROOT, Entry, entry, names

FILE = ROOT / "checks" / "mistakes" / "examples.toml"
SHARED = "_right"


@cache
def _written() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return found


def examples() -> dict[str, dict[str, str]]:
    """By mistake: ``wrong`` and ``right`` bodies of ``estimator(f, theta, n)``, and where they are made."""
    shared = _written()[SHARED]
    return {
        name: {**fields, "right": shared.get(fields["right"], fields["right"])}
        for name, fields in _written().items()
        if name != SHARED
    }


def of_batches() -> tuple[Entry, ...]:
    """The mistakes that one sample alone does not show: they are no files of ``checks/mistakes``."""
    return tuple(
        Entry("batch_mistakes", name, fields["says"], "", {k: fields[k] for k in ("of", "says")}, FILE)
        for name, fields in sorted(examples().items())
        if "says" in fields
    )


def code(mistake: Entry) -> list[str]:
    """Lines to be shown below a mistake: wrong code and right code."""
    known = examples().get(mistake.name)
    if known is not None:
        wrong, right = (_function(known[kind]) for kind in ("wrong", "right"))
    else:
        wrong = _body(mistake.path)
        right = _body(_estimator(mistake).path)
    return ["", "wrong:", *_indented(wrong), "", "right:", *_indented(right)]


def _function(body: str) -> str:
    return "def estimator(f, theta, n):\n" + textwrap.indent(body.strip(), "    ")


def _indented(text: str) -> list[str]:
    return [f"    {line}".rstrip() for line in text.splitlines()]


def _estimator(mistake: Entry) -> Entry:
    """The estimator that the mistake is one of."""
    name = mistake.fields["of"]
    kinds = ("estimators", "environment_estimators", "higher_order_estimators",
             "higher_order_environment_estimators")  # fmt: skip
    return next(entry(kind, name) for kind in kinds if name in names(kind))


def _body(path: Path) -> str:
    """The source of the function that computes a record's gradients, or their surrogate."""
    source = path.read_text(encoding="utf-8")
    functions = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
    named = [n for n in functions if n.name in ("estimate", "surrogate")]
    others = [n for n in functions if n.name not in ("statistic", "refuses")]
    found = next(iter([*named, *others, *functions]))
    return ast.get_source_segment(source, found) or ""
