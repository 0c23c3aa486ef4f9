"""Expressions printed back with the author's own names, so that a misreading shows."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Basic, Symbol


def echo(expr: Basic, names: Mapping[Symbol, str]) -> str:
    """The expression as text; ``names`` are those that the author gave to some symbols, bound ones too."""
    return str(expr.xreplace({symbol: Symbol(name, **symbol.assumptions0) for symbol, name in names.items()}))
