"""What there is, read from the source files without importing them: `list` and `explain` need no SymPy.

A record is one file; its name is the file's stem, its description the first line of the docstring, its
fields the literal arguments of the record. The contract tests hold this reading against the imported records.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from derive.registry import unknown

ROOT = Path(__file__).parent.parent

# Each kind's folder.
FOLDERS = {
    "families": "derive/families",
    "checks": "checks/suites",
    "estimators": "checks/estimators",
    "problems": "derive/problems",
    "rules": "derive/rules",
    "routes": "derive/routes",
    "mistakes": "checks/mistakes",
    "environment_estimators": "checks/environment/estimators",
    "environment_mistakes": "checks/environment/mistakes",
    "environment_rules": "derive/environment/rules",
    "higher_order_estimators": "checks/higher_order/estimators",
    "higher_order_mistakes": "checks/higher_order/mistakes",
    "higher_order_environment_estimators": "checks/higher_order/environment/estimators",
    "higher_order_environment_mistakes": "checks/higher_order/environment/mistakes",
    "written_rules": "derive/written/rules",
}
# Problems are data; everything else is Python.
SUFFIXES = {"problems": ".toml"}
NOUNS = {"families": "family", "checks": "suite", "estimators": "estimator", "problems": "problem",
         "rules": "rule", "routes": "route", "mistakes": "mistake", "environment_estimators": "estimator",
         "environment_mistakes": "mistake", "batch_mistakes": "mistake",
         "environment_rules": "rule", "written_rules": "rule",
         "higher_order_estimators": "estimator", "higher_order_mistakes": "mistake",
         "higher_order_environment_estimators": "estimator", "higher_order_environment_mistakes": "mistake",
         "written_mistakes": "mistake in a formula"}  # fmt: skip
# Where an estimator may stand, or a known mistake as one.
ESTIMATOR_KINDS = ("estimators", "mistakes", "environment_estimators", "environment_mistakes",
                   "higher_order_estimators", "higher_order_mistakes",
                   "higher_order_environment_estimators", "higher_order_environment_mistakes")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as its file writes it; ``fields`` holds those of its arguments that are literal."""

    kind: str
    name: str
    says: str
    more: str
    fields: dict[str, Any]
    path: Path

    @property
    def label(self) -> str:
        """The name as the command line writes it: checks have dashes."""
        return self.name.replace("_", "-") if self.kind == "checks" else self.name


@cache
def names(kind: str) -> tuple[str, ...]:
    """The names of one kind, in alphabetical order."""
    folder = ROOT / FOLDERS[kind]
    suffix = SUFFIXES.get(kind, ".py")
    return tuple(sorted(path.stem for path in folder.glob(f"*{suffix}") if not path.stem.startswith("_")))


def entries(kind: str) -> tuple[Entry, ...]:
    """All records of one kind, in alphabetical order."""
    return tuple(entry(kind, name) for name in names(kind))


def find(kind: str, name: str) -> Entry:
    """The record called ``name`` (dashes read as underscores); raises ``UnknownName`` with the nearest."""
    stem = name.replace("-", "_")
    if stem not in names(kind):
        raise unknown(name, "check" if kind == "checks" else NOUNS[kind], names(kind))
    return entry(kind, stem)


@cache
def entry(kind: str, name: str) -> Entry:
    """Read one file."""
    if kind == "problems":
        return _problem(name)
    path = ROOT / FOLDERS[kind] / f"{name}.py"
    module = ast.parse(_excerpt(path.read_text(encoding="utf-8"), NOUNS[kind].upper()))
    says, _, more = (ast.get_docstring(module) or "").partition("\n")
    return Entry(kind, name, says, more.strip(), _fields(module, kind), path)


def _problem(name: str) -> Entry:
    """What a problem file says of itself, its kind, and the numbers that ``--at`` may change."""
    from derive.environment.files import FOLDER, load
    from derive.environment.kinds import environment

    data = load(name)
    point = {key: str(value) for key, value in environment(name).point.items()}
    fields = {"kind": data["kind"], "at": ", ".join(f"{key}={value}" for key, value in point.items())}
    return Entry("problems", name, str(data.get("says", "")), "", fields, FOLDER / f"{name}.toml")


def parameters(family: str) -> dict[str, Fraction]:
    """A family's parameters in order, each with the reference value at which it is checked by default."""
    return dict(find("families", family).fields["parameters"])


def knobs(estimator: str) -> dict[str, Fraction]:
    """The numbers that are an estimator's own, or a known mistake's, each at its default.

    A user's estimator, which is in neither catalogue, has none.
    """
    kind = next((k for k in ESTIMATOR_KINDS if estimator in names(k)), None)
    fields = entry(kind, estimator).fields if kind else {}
    return {name: Fraction(value) for name, value in fields.get("knobs", ())}


def order(estimator: str) -> int:
    """Which derivative an estimator, or a known mistake, estimates: the first, or the second."""
    second = (kind for kind in ESTIMATOR_KINDS if kind.startswith("higher_order"))
    return 2 if any(estimator in names(kind) for kind in second) else 1


# A module-level assignment with the lines that continue it: indented, or a closing bracket.
_ASSIGNMENT = re.compile(r"^[A-Za-z_][\w, ]* = .*(?:\n[ \t)\]].*)*", re.MULTILINE)
_DOCSTRING = re.compile(r'\A""".*?"""', re.DOTALL)


def _excerpt(source: str, record: str) -> str:
    """The docstring, the symbols and the record of a module: parsing the rest would take most of the time."""
    docstring = _DOCSTRING.match(source)
    kept = [found[0] for found in _ASSIGNMENT.finditer(source)]
    wanted = [text for text in kept if text.startswith(f"{record} = ") or "Symbol(" in text]
    return "\n".join([docstring[0] if docstring else "", *wanted])


def _fields(module: ast.Module, kind: str) -> dict[str, Any]:
    """The arguments of ``FAMILY = Family(...)`` and its like; none where there is no such record."""
    symbols = _symbols(module)
    for target, value in _assignments(module):
        if isinstance(target, ast.Name) and target.id == NOUNS[kind].upper() and isinstance(value, ast.Call):
            return {k.arg: _read(k.value, symbols) for k in value.keywords if k.arg is not None}
    return {}


def _assignments(module: ast.Module) -> list[tuple[ast.expr, ast.expr]]:
    return [(node.targets[0], node.value) for node in module.body if isinstance(node, ast.Assign)]


def _symbols(module: ast.Module) -> dict[str, str]:
    """The printed name of each module-level symbol."""
    found: dict[str, str] = {}
    for target, value in _assignments(module):
        if isinstance(target, ast.Tuple) and isinstance(value, ast.GeneratorExp):
            named = [(element, _symbol_name(value.elt, i)) for i, element in enumerate(target.elts)]
        else:
            named = [(target, _symbol_name(value, 0))]
        found |= {ast.unparse(element): name for element, name in named if name}
    return found


def _symbol_name(node: ast.expr, index: int) -> str:
    """``mu`` of ``Symbol("mu")``, ``mu[1]`` of ``Symbol(f"mu[{i}]")`` at 1; empty for anything else."""
    call = _call(node, "Symbol")
    if call is None:
        return ""
    name = call.args[0]
    if isinstance(name, ast.JoinedStr):
        parts = (str(p.value) if isinstance(p, ast.Constant) else str(index) for p in name.values)
        return "".join(parts)
    return str(ast.literal_eval(name))


def _call(node: ast.expr, name: str) -> ast.Call | None:
    """The node, if it is a call of ``name``."""
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    return node if called and isinstance(node, ast.Call) else None


def _read(node: ast.expr, symbols: dict[str, str]) -> Any:
    """A literal as its value, parameters as names with values, anything else as its source."""
    if isinstance(node, ast.Tuple):
        calls = [_call(element, "Parameter") for element in node.elts]
        if calls and all(calls):
            return tuple(_parameter(call, symbols) for call in calls if call is not None)
    transport = _call(node, "Transport")
    if transport is not None:
        return {k.arg: _read(k.value, symbols) for k in transport.keywords}
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def _parameter(call: ast.Call, symbols: dict[str, str]) -> tuple[str, Fraction]:
    """The name and the reference value of ``Parameter(mu, Rational(7, 10), ...)``."""
    symbol = ast.unparse(call.args[0])
    reference = _call(call.args[1], "Rational")
    arguments = reference.args if reference is not None else [call.args[1]]
    return symbols.get(symbol, symbol), Fraction(*(int(ast.literal_eval(a)) for a in arguments))
