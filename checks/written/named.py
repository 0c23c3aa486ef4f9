"""Mistakes in formulas, read from their sources: `explain` names them without importing SymPy."""

from __future__ import annotations

import ast
from functools import cache

from checks.catalogue import ROOT, Entry

FOLDER = ROOT / "derive" / "written" / "mistakes"
KIND = "written_mistakes"


@cache
def of_formulas() -> tuple[Entry, ...]:
    """The mistakes that ``verify FILE.md`` names and that no estimator can make, in alphabetical order."""
    found: dict[str, Entry] = {}
    for path in sorted(FOLDER.glob("[!_]*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "FormulaMistake":
                name, says = (ast.literal_eval(argument) for argument in node.args[:2])
                if not any(k.arg == "code" for k in node.keywords):
                    more = "named by `verify FILE.md`, where one change of this kind mends a line"
                    found.setdefault(name, Entry(KIND, name, f"a line that {says}", more, {}, path))
    return tuple(found[name] for name in sorted(found))
