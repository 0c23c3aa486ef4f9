"""An integrand over a fixed batch of data: ``sum(-(x - a)**2/2)`` and ``mean(...)`` over its rows, exactly.

The rows are rational numbers. A sum is written out, and multiplied out where that is shorter: a Gaussian
log-likelihood of any number of rows is then a polynomial of degree two in the sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Rational, Symbol, expand

from .errors import BadExpression, OutsideDomain
from .families import FAMILIES
from .grammar import _Builder, parse_value
from .syntax import MAX_LENGTH, position, read

if TYPE_CHECKING:
    from lark import Token, Tree

Data = Mapping[str, Sequence[str]]
OVER_ROWS = ("sum", "mean")


def over_data(integrand: str, family: str, constants: Sequence[str], data: Data) -> str:
    """``over_rows`` with the names that an integrand under ``family`` may use."""
    record = FAMILIES[family]
    symbols = {s.name: s for s in (*record.symbols, *record.samples)}
    symbols |= {name: Symbol(name, real=True) for name in constants if name not in symbols}
    return over_rows(integrand, symbols, data)


def over_rows(integrand: str, symbols: Mapping[str, Symbol], data: Data) -> str:
    """The text of ``integrand`` with its sums over the rows of ``data`` written out.

    Raises ``BadExpression`` for a column outside a sum, or a sum inside another, and ``OutsideDomain`` where
    a column has the name of a symbol or the sum is too long to be an expression.
    """
    taken = [name for name in data if name in symbols]
    if taken:
        raise OutsideDomain(
            f"the data's column '{taken[0]}' has the name of the sample, a parameter or a constant",
            "rename the column",
        )
    columns = {name: [parse_value(text) for text in column] for name, column in data.items()}
    rows = [dict(zip(columns, row)) for row in zip(*columns.values(), strict=True)]
    text = str(_Summing(integrand, symbols, rows).value(read(integrand)))
    if len(text) > MAX_LENGTH:
        raise OutsideDomain(
            f"written out over {len(rows)} rows, the integrand has {len(text)} characters, "
            f"more than {MAX_LENGTH}",
            "take fewer rows, or an integrand that is a polynomial in the data and the sample",
        )
    return text


class _Summing(_Builder):
    """Reads ``sum(...)`` and ``mean(...)`` as sums over rows."""

    def __init__(
        self, text: str, symbols: Mapping[str, Symbol], rows: Sequence[Mapping[str, Rational]]
    ) -> None:
        super().__init__(text, symbols)
        self.rows = rows

    def _call(self, name: Token, *trees: Tree[Token]) -> Expr:
        if name not in OVER_ROWS or name in self.symbols:
            return super()._call(name, *trees)
        if len(trees) != 1:
            raise self._bad(name, f"{name} over the rows of the data takes one argument, not {len(trees)}")
        terms = [_Row(self.text, {**self.symbols, **row}).value(trees[0]) for row in self.rows]
        total = Add(*terms)
        total = min(expand(total), total, key=lambda e: len(str(e)))
        return total / len(terms) if name == "mean" else total

    def _unknown(self, token: Token, name: str) -> Expr:
        if name in self.rows[0]:
            message = f"'{name}' is a column of the data, with {len(self.rows)} values"
            raise BadExpression(message, self.text, position(token), "write sum(...) or mean(...) around it")
        return super()._unknown(token, name)


class _Row(_Builder):
    """One row's term: its columns are numbers, and there is no sum inside."""

    def _call(self, name: Token, *trees: Any) -> Expr:
        if name in OVER_ROWS and name not in self.symbols:
            raise self._bad(name, f"there is a {name} inside a sum over the rows", "write one sum for each")
        return super()._call(name, *trees)
