"""Registries that list a folder: one file is one item, named by its stem, imported on demand."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Generic, TypeVar, cast

from .errors import UnknownName

T = TypeVar("T")


class Registry(Generic[T]):
    """The records of one folder, by file name. Listing names imports nothing.

    ``package`` is the folder's import name, ``attribute`` the record in each file, ``noun`` what
    messages call it.
    """

    def __init__(self, package: str, attribute: str, noun: str) -> None:
        self.package = package
        self.attribute = attribute
        self.noun = noun
        self._records: dict[str, T] = {}
        self._added: set[str] = set()

    def add(self, name: str, record: T) -> None:
        """Keep a record that no file holds, in this process alone: found by its name, and not listed.

        Raises ``UnknownName`` for the name of a file.
        """
        if name in self._names:
            raise UnknownName(f"there is a {self.noun} called '{name}' already", "choose another name")
        self._records[name] = record
        self._added.add(name)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        spec = find_spec(self.package)
        folders = (spec.submodule_search_locations or ()) if spec else ()
        stems = (path.stem for folder in folders for path in Path(folder).glob("*.py"))
        return tuple(sorted(stem for stem in stems if not stem.startswith("_")))

    def names(self) -> tuple[str, ...]:
        """All names in alphabetical order, with underscores as in the file names."""
        return self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._added or name.replace("-", "_") in self._names)

    def __getitem__(self, name: str) -> T:
        """The record called ``name`` (dashes read as underscores); raises ``UnknownName``."""
        found = self._records.get(name)
        if found is None:
            stem = name.replace("-", "_")
            if stem not in self._names:
                raise unknown(name, self.noun, self._names)
            found = cast(T, getattr(import_module(f"{self.package}.{stem}"), self.attribute))
            self._records[name] = found
        return found


def unknown(name: str, noun: str, names: tuple[str, ...]) -> UnknownName:
    """The error for a name that nothing carries, with the nearest names as help."""
    near = get_close_matches(name.replace("-", "_"), names, n=1, cutoff=0.6)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return UnknownName(f"no {noun} is called '{name}'", f"{hint}known: {', '.join(names)}")
