"""A fixed batch of data, as exact numbers: from a CSV file, tensors, or lists."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from checks.user.errors import UserError

Columns = dict[str, list[str]]
_NAME = re.compile(r"[^\W\d]\w*")


class BadData(UserError):
    """Data that are no columns of numbers."""


def columns(data: str | Path | Mapping[str, Any]) -> Columns:
    """The columns by name, each number as an exact fraction in text.

    A decimal is what it says: 0.1 is 1/10, in a file and in a list; a number of a float64 or float32 tensor
    is the shortest decimal that rounds to it. Raises ``BadData`` with the file's line, or the row.
    """
    found = _from_csv(Path(data)) if isinstance(data, (str, Path)) else _from_mapping(data)
    lengths = {name: len(column) for name, column in found.items()}
    if not found or not all(lengths.values()):
        raise BadData("the data have no rows", "one line of column names, then at least one of numbers")
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise BadData(f"the columns of the data differ in length: {said}", "a batch has whole rows")
    return found


def _from_csv(path: Path) -> Columns:
    if not path.is_file():
        raise BadData(
            f"there is no file '{path}'", "--data takes a CSV file whose first line names its columns"
        )
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        names = [name.strip() for name in next(reader, [])]
        _refuse_names(names, str(path))
        found: Columns = {name: [] for name in names}
        for row in reader:
            if not row:
                continue
            where = f"{path}, line {reader.line_num}"
            if len(row) != len(names):
                raise BadData(f"{where} has {len(row)} fields, and there are {len(names)} columns", None)
            for name, text in zip(names, row):
                found[name].append(_exact(text, f"{where}, column {name}"))
    return found


def _from_mapping(data: Mapping[str, Any]) -> Columns:
    _refuse_names(list(data), "the data")
    return {
        name: [_exact(x, f"{name}[{i}]") for i, x in enumerate(_listed(v, name))] for name, v in data.items()
    }


def _listed(values: Any, name: str) -> Iterable[Any]:
    shape = tuple(getattr(values, "shape", ()))
    if len(shape) > 1:
        raise BadData(
            f"the data's column {name} has shape {list(shape)}", "a column has one dimension: [rows]"
        )
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    # numpy prints the shortest decimal that rounds to the number, in its own precision.
    return [str(x) for x in values] if hasattr(values, "dtype") else values


def _refuse_names(names: list[str], where: str) -> None:
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise BadData(f"{where}: {name!r} cannot name a column", "use letters, digits and _, as in x1")
    doubled = next((n for n in names if names.count(n) > 1), None)
    if doubled is not None:
        raise BadData(f"{where}: two columns are called {doubled}", "rename one")


def _exact(value: object, where: str) -> str:
    try:
        return str(Fraction(str(value).strip()))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise BadData(f"{where}: '{value}' is not a number", "write 0.45, 9/20 or 4.5e-1") from None
