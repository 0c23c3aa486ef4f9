"""Expressions printed back with the author's own names, so that a misreading shows."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Basic, Symbol
from sympy.printing.str import StrPrinter


class Echo(StrPrinter):
    """SymPy's text with other names for some symbols."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.names = names

    def _print_Symbol(self, expr: Symbol) -> str:
        return self.names.get(expr.name, expr.name)


def echo(expr: Basic, names: Mapping[str, str]) -> str:
    """The expression as text; ``names`` maps the names of symbols to those that the author gave them."""
    return str(Echo(names).doprint(expr))
