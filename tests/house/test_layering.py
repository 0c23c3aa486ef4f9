"""Who may import whom, read from the sources by ``ast``: nothing is imported to find out."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DERIVE = sorted((ROOT / "derive").rglob("*.py"))
CHECKS = sorted((ROOT / "checks").rglob("*.py"))

# What derive may use beside the standard library and itself.
THIRD_PARTY = {"sympy", "mpmath", "flint", "lark"}

# Lower layers first: a module may import its own layer and those below, never one above.
LAYERS = (
    {"errors", "terms", "registry"},
    {"family", "expectation", "step", "plain", "proof", "syntax", "cache"},
    {"kernel"},
    {"rules"},
    {"routes"},
)
RENDERERS_MAY = {"derive.escaping", "derive.step", "derive.terms", "derive.registry", "derive.render"}
# A family states its law; what it may lean on is how laws are stated and how their moments are found.
FAMILIES_MAY = ("derive.family", "derive.terms", "derive.errors", "derive.closed_form", "derive.special",
                "derive.registry", "derive.families", "derive.signs")  # fmt: skip


def imports(path: Path, everywhere: bool = True) -> set[str]:
    """The absolute names of the modules that a file imports; type-checking blocks do not count."""
    package = ".".join(path.relative_to(ROOT).with_suffix("").parts[:-1])
    return imports_of(ast.parse(path.read_text(encoding="utf-8")), package, everywhere)


def imports_of(module: ast.Module, package: str, everywhere: bool) -> set[str]:
    nodes = list(ast.walk(module)) if everywhere else module.body
    skipped = {id(n) for block in ast.walk(module) if _is_type_checking(block) for n in ast.walk(block)}
    found: set[str] = set()
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(_absolute(node, package))
    return found


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DERIVE, ids=ids)
def test_derive_uses_only_symbolic_libraries(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imports(path)}
    assert roots - set(sys.stdlib_module_names) - THIRD_PARTY <= {"derive"}


@pytest.mark.parametrize("path", CHECKS, ids=ids)
def test_checks_never_imports_the_command_line(path: Path) -> None:
    assert "cli" not in {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", DERIVE, ids=ids)
def test_a_layer_imports_none_above_it(path: Path) -> None:
    level = _level(".".join(path.relative_to(ROOT).with_suffix("").parts))
    below = level if level is not None else len(LAYERS)
    assert not {name for name in imports(path, everywhere=False) if (_level(name) or 0) > below}


def _level(module: str) -> int | None:
    parts = module.split(".")
    if parts[0] != "derive" or len(parts) < 2:
        return None
    return next((i for i, layer in enumerate(LAYERS) if parts[1] in layer), None)


@pytest.mark.parametrize("path", sorted((ROOT / "derive" / "render").glob("*.py")), ids=ids)
def test_renderers_read_derivations_and_nothing_else(path: Path) -> None:
    own = {name for name in imports(path) if name.startswith("derive")}
    assert {".".join(name.split(".")[:2]) for name in own} <= RENDERERS_MAY


@pytest.mark.parametrize("path", sorted((ROOT / "derive" / "families").glob("*.py")), ids=ids)
def test_families_state_laws_and_nothing_else(path: Path) -> None:
    own = {name for name in imports(path) if name.startswith("derive")}
    assert all(name.startswith(FAMILIES_MAY) for name in own)


def test_the_reader_of_imports_sees_what_is_there() -> None:
    """The tests above would pass on anything if this found nothing."""
    source = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import torch
def f():
    import numpy.linalg
from ..errors import X
"""
    expected = {"typing", "numpy.linalg", "derive.errors"}
    assert imports_of(ast.parse(source), "derive.rules", everywhere=True) == expected
    assert imports_of(ast.parse(source), "derive.rules", everywhere=False) == {"typing", "derive.errors"}


def test_a_relative_import_is_resolved() -> None:
    node = ast.parse("from ..errors import X").body[0]
    assert isinstance(node, ast.ImportFrom)
    assert _absolute(node, "derive.rules") == "derive.errors"
    assert _level("derive.rules.linearity") == 3
