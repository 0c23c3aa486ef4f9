"""Sums and products over an index: kept as they are, or written out where the index stands in subscripts."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token
from sympy import Add, Expr, Integer, Mul, S, Symbol, oo

from derive import bounds
from derive.terms import Total
from derive.written.binding import Binders, Ends, is_set
from derive.written.building import bad, trees
from derive.written.knowing import divided
from derive.written.parsing import Node

MAX_WRITTEN_OUT = 2_000  # in one side of a line
MAX_EXPANDED = 64  # terms of a sum that is written out for the values of its index


class Sums(Binders):
    """Reads sums and products."""

    def _operand(self, node: Node) -> Expr:
        negative = any(isinstance(t, Token) and t.type == "MINUS" for t in node.children)
        return Mul(*([S.NegativeOne] * negative), *self.factors(trees(node)[0]))

    def _big(self, node: Node) -> Expr:
        limits, operand = trees(node)
        total = str(node.children[0]).startswith("\\sum")
        for bound in trees(limits):
            if bound.data == "lower":
                return self._over(trees(bound)[0], limits, operand, node, total)
        sign = node.children[0]
        raise bad(sign, f"'{self.written(sign)}' does not say over what", "write \\sum_a or \\sum_{a=0}^n")

    def _over(self, content: Node, limits: Node, operand: Node, node: Node, total: bool) -> Expr:
        variable, key = self._index_variable(content)
        values = self._finite(content, key, limits, operand)
        if values is not None:
            terms = []
            self._refuse_written_out(len(values), node)
            for value in values:
                with self.binding({key: Integer(value)}):
                    terms.append(self._operand(operand))
            return bounds.checked(Add(*terms) if total else Mul(*terms))
        if not total:
            help = f"declare its values in the front matter, as in index: {key} = 1..3"
            raise bad(variable, "a product is read over an index with finitely many values", help)
        symbol = self._free(key, set(self.bound.values()))
        limit = (symbol, *self._ends_of_sum(content, limits, symbol))
        with self.binding({key: symbol}):
            made = self._operand(operand)
        return self._nested(Total, made, trees(operand)[0], limit)

    def _refuse_written_out(self, terms: int, node: Node) -> None:
        """Sums in sums are written out as often as the outer ones have terms."""
        self.written_out += terms
        if self.written_out > MAX_WRITTEN_OUT:
            raise bad(node, f"more than {MAX_WRITTEN_OUT} terms would be written out", "take fewer values")

    def refuse_escaped(self, terms: list[tuple[int, Node]], made: list[Expr]) -> None:
        """``\\sum_a f(a) + g(a)``: the second term has the variable that the sum before it binds."""
        for i, (_, term) in enumerate(terms[:-1]):
            last = trees(term)[-1] if term.data == "product" else term
            if last.data != "big":
                continue
            own = {s for total in made[i].atoms(Total) for s in total.variables} - set(self.bound.values())
            for (_, later), value in zip(terms[i + 1 :], made[i + 1 :]):
                escaped = own & value.free_symbols
                if escaped:
                    message = f"it is not clear whether the sum before covers '{self.written(later)}'"
                    raise bad(later, message, "put what the sum covers in brackets")

    def _index_variable(self, content: Node) -> tuple[Node, str]:
        first = trees(content)[0]
        if first.data == "relation":
            first = trees(first)[0]
        named = first
        while named.data in ("sum", "product", "chain") and len(trees(named)) == 1:
            named = trees(named)[0]
        if named.data != "named":
            raise bad(content, f"'{self.written(content)}' names no variable to sum over")
        return named, self.variable(named)

    def _finite(self, content: Node, key: str, limits: Node, operand: Node) -> Sequence[int] | None:
        """The values of an index that stands in subscripts: declared ones, or whole ends."""
        ends = [self.end(trees(b)[0]) for b in trees(limits) if b.data == "upper"]
        first = trees(content)[0]
        declared = self.scope.ranges.get(key)
        if first.data == "relation":
            sides, sign = trees(first), str(first.children[1])
            if sign == "=" and ends:
                low = self.end(sides[1])
                whole = isinstance(low, Integer) and isinstance(ends[0], Integer)
                if not whole or not (declared or self._indexes(operand, key)):
                    return None
                return self._counted(int(low), int(ends[0]), content)
            if declared and sign in ("\\ne", "\\neq"):
                return tuple(v for v in declared if Integer(v) != self.value(sides[1]))
        return declared

    def _counted(self, low: int, high: int, node: Node) -> range:
        if high - low >= MAX_EXPANDED:
            raise bad(node, f"this sum has more than {MAX_EXPANDED} terms with subscripts")
        return range(low, high + 1)

    def _indexes(self, node: Node, key: str) -> bool:
        """Whether a variable stands in somebody's subscript."""
        return any(
            str(token) == key for script in node.find_data("below")
            for token in script.scan_values(lambda t: isinstance(t, Token))
        )  # fmt: skip

    def _ends_of_sum(self, content: Node, limits: Node, symbol: Symbol) -> Ends:
        lower, upper = self._support(symbol)
        first = trees(content)[0]
        if first.data == "relation":
            sides, sign = trees(first), str(first.children[1])
            if sign != "=" or len(sides) != 2:
                raise bad(content, f"'{self.written(content)}' is no range of a sum", "write \\sum_{a=0}^{n}")
            lower = self.end(sides[1])
        elif content.data == "member":
            lower, upper = self._members(trees(content)[1], (lower, upper))
        for bound in trees(limits):
            if bound.data == "upper":
                upper = self.end(trees(bound)[0])
        return lower, upper

    def _members(self, node: Node, whole: Ends) -> Ends:
        """``a \\in \\{0, 1\\}`` as a range of whole numbers; a named set is the support."""
        braces = next(node.find_data("braced"), None)
        if braces is None:
            return (S.Zero, oo) if is_set(node) == "bb:N" else whole
        values = [self.value(p) for p in divided(trees(braces)[0])[0]]
        if values != [Integer(int(values[0]) + i) for i in range(len(values))]:
            raise bad(node, f"'{self.written(node)}' is no range of whole numbers", "write \\sum_{a=0}^{n}")
        return values[0], values[-1]
