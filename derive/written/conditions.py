"""Inequalities, indicators and definitions by cases."""

from __future__ import annotations

from typing import Any, cast

from lark import Token
from sympy import And, Eq, Expr, Heaviside, Mul, Ne, Or, Piecewise, S
from sympy.core.relational import Relational

from derive.written import commands
from derive.written.building import bad, trees
from derive.written.naming import Names
from derive.written.parsing import Node

MAX_CASES = 20  # SymPy compares each condition with each other


class Conditions(Names):
    """Reads what holds or does not."""

    def relation(self, node: Node) -> Any:
        """``0 < a \\le c`` as the conjunction of its parts."""
        sides = [self.value(s) for s in trees(node)]
        signs = [t for t in node.children if isinstance(t, Token)]
        return And(*(self._compared(s, x, y) for s, x, y in zip(signs, sides, sides[1:])))

    def _compared(self, sign: Token, left: Expr, right: Expr) -> Any:
        if sign.type in ("EQ", "NE"):
            return (Eq if sign.type == "EQ" else Ne)(left, right)
        kind = commands.RELATIONS[str(sign)]
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[kind]

    def _relation(self, node: Node) -> Expr:
        raise bad(
            node, f"'{self.written(node)}' is a condition, not a value", "put it into \\mathbf 1\\{...\\}"
        )

    def _dot(self, node: Node) -> Expr:
        raise bad(node, "a dot stands for an argument of a law only", "write the argument")

    def _argmax(self, node: Node) -> Expr:
        raise bad(node, "\\arg\\max is not read as a value", "write the event as inequalities")

    def _member(self, node: Node) -> Expr:
        raise bad(node, f"'{self.written(node)}' is no value")

    # Indicators --------------------------------------------------------------------------------------

    def _indicator(self, node: Node) -> Expr:
        args, *scripts = trees(node)
        below = trees(args)
        braces = next(below[0].find_data("braced"), None) if len(below) == 1 else None
        made = self.event(trees(braces)[0] if braces is not None else args)
        return self.scripted(made, scripts[0]) if scripts else made

    def event(self, args: Node) -> Expr:
        """One where all the conditions hold, else zero: a step on the line, cases on whole numbers."""
        conditions = [p for p in trees(args) if p.data != "separator"]
        self._refuse_many(conditions, args)
        for part in conditions:
            if part.data != "relation":
                raise bad(part, f"'{self.written(part)}' is not a condition", "as in \\mathbf 1\\{a > c\\}")
        relations = [r for part in conditions for r in And.make_args(self.relation(part))]
        drawn = {*self.scope.record.samples, *self.scope.record.noise}
        smooth = not self.scope.record.lattice and all(
            isinstance(r, Relational) and not isinstance(r, (Eq, Ne)) and r.free_symbols & drawn
            for r in relations
        )
        if smooth:
            return cast(Expr, Mul(*(Heaviside(r.gts - r.lts) for r in relations)))
        return cast(Expr, Piecewise((S.One, And(*relations)), (S.Zero, True)))

    def _refuse_many(self, parts: list[Node], node: Node) -> None:
        if len(parts) > MAX_CASES:
            raise bad(node, f"more than {MAX_CASES} conditions are not read")

    # Cases -------------------------------------------------------------------------------------------

    def _cases(self, node: Node) -> Expr:
        pairs = []
        self._refuse_many(trees(node), node)
        for case in trees(node):
            value, *condition = trees(case)
            holds = self._junction(trees(condition[0])[0]) if condition else S.true
            pairs.append((self.value(value), holds))
        if Or(*(condition for _, condition in pairs)) != S.true:
            raise bad(node, "these cases are not seen to cover everything", "end with & \\text{otherwise}")
        return cast(Expr, Piecewise(*pairs))

    def _junction(self, node: Node) -> Any:
        parts = [self.relation(p) for p in trees(node)]
        either = any(isinstance(t, Token) and t.type == "OR" for t in node.children)
        if either and any(isinstance(t, Token) and t.type != "OR" for t in node.children):
            raise bad(node, "'and' and 'or' are mixed here", "use one of them in a case")
        return Or(*parts) if either else And(*parts)
