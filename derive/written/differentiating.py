"""Derivatives: what an operator covers, and what would be a guess."""

from __future__ import annotations

from typing import cast

from lark import Token
from sympy import Expr, Mul, Subs, Symbol
from sympy.core.function import AppliedUndef, Derivative

from derive.terms import D, Inert
from derive.written.building import Item, bad, trees
from derive.written.knowing import Script, divided
from derive.written.parsing import Node
from derive.written.summing import Sums

_MARKS = frozenset(("PARTIAL", "NABLA", "DEE", "PRIME"))
_DELIMITED = ("group", "bracketed", "braced", "expect", "abs", "prob", "integral", "evalbar", "fraction")


class Builder(Sums):
    """The whole builder: ``value`` of a tree is its expression."""

    held = False  # whether derivatives are of functions at their own arguments, under an evaluation bar

    # Operators ---------------------------------------------------------------------------------------

    def variables(self, dop: Node) -> list[Symbol]:
        """What an operator differentiates by, once for each order."""
        if dop.data == "gradient":
            return [self._only(dop)]
        found: list[Symbol] = []
        for child in trees(dop):
            if child.data == "order":
                continue
            found += [self._by(child)] * self._order_of(child)
        self._refuse_orders(dop, len(found))
        return found

    def _only(self, dop: Node) -> Symbol:
        names = self.scope.wrt or tuple(p.name for p in self.scope.record.parameters)
        if len(names) != 1:
            help = f"write \\nabla_\\theta, or name one in the front matter (wrt: {names[0]})"
            raise bad(dop, f"this gradient could be by any of {', '.join(names)}", help)
        found = next((s for s in self.scope.symbols.values() if s.name == names[0]), None)
        return found if found is not None else self.scope.parameter

    def _by(self, vname: Node) -> Symbol:
        stem, script = str(vname.children[0]), Script(trees(vname)[0])
        key = self.key(stem, script) + "'" * script.primes
        found = self.lookup(key)
        if not isinstance(found, Symbol):
            raise bad(vname, f"'{self.written(vname)}' is not declared, so nothing is differentiated by it",
                      self.scope.near(key))  # fmt: skip
        return found

    def _order_of(self, vname: Node) -> int:
        script = Script(trees(vname)[0])
        if not script.above:
            return 1
        if script.above[0].data != "above":
            raise bad(vname, f"'{self.written(vname)}' is no order of a derivative")
        exponent = self.value(trees(script.above[0])[0])
        if exponent not in range(1, 10):
            raise bad(vname, f"'{self.written(vname)}' is no order of a derivative")
        return int(exponent)

    def _refuse_orders(self, dop: Node, found: int) -> None:
        orders = [t for o in trees(dop) if o.data == "order" for t in o.children]
        numbers = [int(str(t)) for t in orders if isinstance(t, Token) and t.type == "NUMBER"]
        if (numbers[0] if numbers else 1) != found:
            raise bad(dop, f"the orders of '{self.written(dop)}' do not agree")

    def differentiated(self, body: Expr, by: list[Symbol]) -> Expr:
        """``D`` of the body; a named function at its own letters has a plain derivative, as in the kernel."""
        for symbol in by:
            named = isinstance(body, (AppliedUndef, Derivative)) and symbol in getattr(body, "args", ())
            own = isinstance(body, AppliedUndef) and (
                body.args == (symbol,) or self.held or self._drawn_name(symbol)
            )
            again = isinstance(body, Derivative) and symbol in body.free_symbols
            body = Derivative(body, symbol) if (named and own) or again else D(body, symbol)
        return body

    def _drawn_name(self, symbol: Symbol) -> bool:
        return symbol != self.scope.parameter and symbol not in self.scope.symbols.values()

    # Scope -------------------------------------------------------------------------------------------

    def _deriv(self, node: Node) -> Expr:
        return Mul(*self.deriv_factors(node))

    def factors(self, node: Node) -> list[Expr]:
        return self.deriv_factors(node) if node.data == "deriv" else super().factors(node)

    def deriv_factors(self, node: Node) -> list[Expr]:
        """The derivative of what the operator covers, and the factors behind that."""
        dop, operand = trees(node)
        by = self.variables(dop)
        if any(isinstance(t, Token) for t in operand.children):
            raise bad(
                operand, "a sign stands right behind a derivative", "put what is differentiated in brackets"
            )
        term = trees(operand)[0]
        if term.data == "evaluated":
            return [self._at(node, term, by)]
        items = self.items(term)
        covered = self._covered(items, by, node)
        body = Mul(*self.multiplied(items[:covered]))
        return [self.differentiated(body, by), *self.multiplied(items[covered:])]

    def _covered(self, items: list[Item], by: list[Symbol], node: Node) -> int:
        """How many factors a derivative covers; refused where that would make a difference."""
        if len(items) == 1 or (items[0][1].data in _DELIMITED and items[0][1].data != "fraction"):
            return self._with_arguments(items)
        moving = [i for i, item in enumerate(items) if self._moves(item[1], by)]
        if len(moving) > 1:
            first, second = items[moving[0]][1], items[moving[1]][1]
            raise bad(
                second, f"it is not clear whether the derivative covers '{self.written(second)}'",
                f"put what it covers in brackets: [{self.written(first)} ...]",
            )  # fmt: skip
        return max(moving[0] + 1 if moving else len(items), self._with_arguments(items))

    def _with_arguments(self, items: list[Item]) -> int:
        """A derivative and the bracket behind a bare function: ``\\frac{\\partial g}{\\partial a}(u)``."""
        return 1

    def _moves(self, piece: Node, by: list[Symbol]) -> bool:
        return bool(set(by) & self.value(piece).free_symbols)

    def refuse_open_scope(self, terms: list[tuple[int, Node]]) -> None:
        """``\\nabla f + g`` at the head of a sum: some mean the whole sum, so it is not guessed."""
        if len(terms) < 2:
            return
        (_, first), (_, second) = terms[:2]
        if first.data != "product" or [t.data for t in trees(first)] != ["deriv"]:
            return
        term = trees(trees(trees(first)[0])[1])[0]
        if term.data != "product" or self._marked(second):
            return
        items = self.items(term)
        if items[-1][1].data in (*_DELIMITED, "big"):
            return
        raise bad(
            second, f"it is not clear whether the derivative covers '{self.written(second)}'",
            "put what the derivative covers in brackets",
        )  # fmt: skip

    def _marked(self, node: Node) -> bool:
        return any(t.type in _MARKS for t in node.scan_values(lambda t: isinstance(t, Token)))

    # Derivatives as fractions, and at a point --------------------------------------------------------

    def _dfraction(self, node: Node) -> Expr:
        body, by = self._parted(node)
        return self.differentiated(self.value(body), by)

    def _parted(self, node: Node) -> tuple[Node, list[Symbol]]:
        body = next(t for t in trees(node) if t.data not in ("order", "vname"))
        by = [s for v in trees(node) if v.data == "vname" for s in [self._by(v)] * self._order_of(v)]
        self._refuse_orders(node, len(by))
        return body, by

    def multiplied(self, items: list[Item]) -> list[Expr]:
        """The factors of a product, where ``(\\partial_\\theta g)(u)`` is one factor."""
        joined: list[Expr] = []
        start = i = 0
        while i + 1 < len(items):
            made = self._applied_derivative(items[i][1], items[i + 1])
            if made is not None and items[i][0] != "/":
                joined += [*super().multiplied(items[start:i]), made]
                start = i = i + 2
            else:
                i += 1
        return joined + super().multiplied(items[start:])

    def _applied_derivative(self, piece: Node, after: Item) -> Expr | None:
        """The partial derivative of a bare function at the point in the bracket behind it."""
        operator, bracket = after
        if operator or bracket.data != "group":
            return None
        found = self._bare_derivative(piece)
        if found is None:
            return None
        named, by = found
        declared = self.scope.functions[str(named.children[0])]
        script = Script(trees(named)[0])
        values = [self.value(p) for p in divided(trees(bracket)[0])[0]]
        subs = [self.value(p) for s in script.below for p in divided(s)[0]]
        given = self._completed(declared, values, subs, named)
        self.used[declared.name] = declared
        made = self.derivative_at(declared, by[0], len(by), given)
        return self.scripted(made, trees(bracket)[-1])

    def _bare_derivative(self, piece: Node) -> tuple[Node, list[Symbol]] | None:
        if piece.data == "dfraction":
            body, by = self._parted(piece)
        elif piece.data == "group" and not trees(piece)[-1].children:
            deriv = self._single(trees(piece)[0], "deriv")
            if deriv is None:
                return None
            dop, body = trees(deriv)
            by = self.variables(dop)
        else:
            return None
        named = self._single(body, "named")
        if named is None or str(named.children[0]) not in self.scope.functions or len(set(by)) != 1:
            return None
        declared = self.scope.functions[str(named.children[0])]
        return (named, by) if by[0] in declared.arguments and len(declared.arguments) > 1 else None

    def _single(self, node: Node, kind: str) -> Node | None:
        """The node of a kind that this one consists of, through sums and products of one."""
        while node.data != kind:
            below = trees(node)
            if len(below) != 1 or any(isinstance(t, Token) and t.type == "MINUS" for t in node.children):
                return None
            node = below[0]
        return node

    # Evaluation bars ---------------------------------------------------------------------------------

    def _evalbar(self, node: Node) -> Expr:
        body, assignments = trees(node)
        return self._substituted(self._under_bar(lambda: self.value(body)), assignments)

    def _evaluated(self, node: Node) -> Expr:
        product, assignments = trees(node)
        return self._substituted(self._under_bar(lambda: self.value(product)), assignments)

    def _at(self, node: Node, term: Node, by: list[Symbol]) -> Expr:
        """``\\partial_a g(a)|_{a = u}``: the derivative first, then the point."""
        product, assignments = trees(term)
        items = self.items(product)

        def made() -> Expr:
            covered = self._covered(items, by, node)
            body = Mul(*self.multiplied(items[:covered]))
            return Mul(self.differentiated(body, by), *self.multiplied(items[covered:]))

        return self._substituted(self._under_bar(made), assignments)

    def _under_bar(self, build: object) -> Expr:
        before, self.held = self.held, True
        try:
            return cast(Expr, build())  # type: ignore[operator]  # always a function without arguments
        finally:
            self.held = before

    def _substituted(self, body: Expr, assignments: Node) -> Expr:
        pairs = []
        for assignment in trees(assignments):
            variable, value = trees(assignment)
            pairs.append((self._by(variable), self.value(value)))
        symbols, values = zip(*pairs)
        if body.has(Derivative, Inert):
            return cast(Expr, Subs(body, symbols, values))
        return cast(Expr, body.subs(dict(pairs), simultaneous=True))
