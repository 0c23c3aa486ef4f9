"""What hangs on a name, and the functions that everybody knows."""

from __future__ import annotations

from typing import cast

from lark import Token
from sympy import Expr, Rational

from derive import bounds
from derive.functions import FUNCTIONS
from derive.written.building import Core, bad, trees
from derive.written.parsing import Node

MAX_ARGUMENTS = 12
MAX_ORDER = 9  # of a derivative
LARGE = 1_000  # SymPy writes out the gamma function of whole numbers


def refuse_large(values: list[Expr]) -> None:
    """Refuse numbers at which SymPy would write a factorial or a sum out."""
    numbers = set().union(*(value.atoms(Rational) for value in values))
    if any(abs(number) > LARGE for number in numbers):
        raise bounds.TooLarge("this number is too large for this function")


class Script:
    """What hangs on a name: subscripts, primes, a derivative's order in ``f^{(2)}``, and exponents."""

    def __init__(self, node: Node) -> None:
        self.below = [trees(s)[0] for s in trees(node) if s.data == "below"]
        self.primes = sum(s.data == "prime" for s in trees(node))
        self.marked = [s for s in trees(node) if s.data == "marked"]
        self.above = [s for s in trees(node) if s.data in ("above", "factorial")]


def divided(args: Node) -> tuple[list[Node], list[Node] | None]:
    """The arguments before and after a semicolon or bar; None where there is neither."""
    before: list[Node] = []
    after: list[Node] | None = None
    for part in trees(args):
        if part.data == "separator":
            if part.children[0].type != "COMMA":  # type: ignore[union-attr]  # a separator is one token
                after = after or []
        elif after is None:
            before.append(part)
        else:
            after.append(part)
    return before, after


def order_of(mark: Node) -> int:
    """The order of ``f^{(2)}``."""
    digits = [str(t) for t in mark.children if isinstance(t, Token) and t.type == "NUMBER"]
    if not digits or not digits[0].isdigit() or int(digits[0]) > 9:
        raise bad(mark, "this mark is not read", "write a derivative with primes, or f^{(2)}")
    return int(digits[0])


class Known(Core):
    """Reads exponents on names, and known functions at their arguments."""

    def raised(self, base: Expr, script: Script) -> Expr:
        for mark in script.marked:
            raise bad(mark, "this mark is not read", "write a power as x^2 and a derivative with primes")
        for above in script.above:
            exponent = self.value(trees(above)[0]) if above.data == "above" else None
            base = self.power(base, exponent, above) if exponent is not None else self._factorial(base)
        return base

    def _values(self, args: Node) -> list[Node]:
        before, after = divided(args)
        found = before + (after or [])
        for part in found:
            if part.data != "sum":
                raise bad(part, f"'{self.written(part)}' is no argument of a function")
        return found

    def _function(self, node: Node) -> Expr:
        scripts, args, after = trees(node)
        values = [self.value(p) for p in self._values(args)]
        made = self.known(str(node.children[0]), values, node)
        return self.scripted(self._function_scripts(made, scripts), after)

    def _prefix(self, node: Node) -> Expr:
        scripts, argument = trees(node)
        made = self.known(str(node.children[0]), [self.value(argument)], node)
        return self._function_scripts(made, scripts)

    _funtail = _prefix

    def _function_scripts(self, made: Expr, scripts: Node) -> Expr:
        script = Script(scripts)
        if script.below or script.primes:
            raise bad(scripts, "a subscript or prime on a known function is not read")
        self.refuse_inverse(script)
        return self.raised(made, script)

    def refuse_inverse(self, script: Script) -> None:
        """``\\sin^{-1} x``: the inverse function to some, one over the sine to others."""
        for above in script.above:
            if above.data == "above" and self.value(trees(above)[0]) == -1:
                help = "write 1/f(x), or the inverse by its own name, such as \\arcsin"
                raise bad(above, "this could be the inverse function or one over the function", help)

    def known(self, name: str, values: list[Expr], node: Node) -> Expr:
        """A function that everybody knows, at its arguments."""
        import sympy

        if len(values) > MAX_ARGUMENTS:
            raise bad(node, f"{name} has more than {MAX_ARGUMENTS} arguments")
        if name == "logit":
            return cast(Expr, sympy.log(values[0]) - sympy.log(1 - values[0]))
        if name in ("polygamma", "lowergamma"):
            refuse_large(values)
            return cast(Expr, getattr(sympy, name)(*values))
        function = FUNCTIONS["abs" if name == "Abs" else name]
        if len(values) < function.least or (function.most is not None and len(values) > function.most):
            raise bad(node, f"{name} does not take {len(values)} arguments")
        bounds.refuse_call(name, values)
        return function.build(*values)
