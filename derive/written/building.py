"""A syntax tree to an expression: sums, products, powers and functions, with what is ambiguous refused.

The factors of a product are multiplied at once, as the integrands' grammar does, so that what SymPy prints
is read back as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import cast

from lark import Token, Tree
from sympy import Add, Expr, I, Integer, Mul, Pow, Rational, S, Symbol, nan, oo, zoo

from derive import bounds
from derive.written.parsing import Node, extent
from derive.written.scope import Scope
from derive.written.unreadable import Unreadable

# What SymPy raises where an argument is outside a function's domain, or the recursion of its own.
_SYMPY_REFUSES = (ValueError, TypeError, ArithmeticError, NotImplementedError, RecursionError, AttributeError)

Item = tuple[str, Node]


def trees(node: Node) -> list[Node]:
    """The subtrees of a node, without its tokens."""
    return [child for child in node.children if isinstance(child, Tree)]


def bad(node: Node | Token, message: str, help: str | None = None) -> Unreadable:
    """The refusal of a subtree, at its place."""
    return Unreadable(message, *extent(node), help)


class Core:
    """The arithmetic of the builder; its subclasses add names, binders and derivatives."""

    def __init__(self, scope: Scope, text: str) -> None:
        self.scope = scope
        self.text = text
        self.bound: dict[str, Expr] = {}
        self.written_out = 0  # terms of sums over an index
        self.ending = False  # whether an end of an integral or sum is read, which may be infinite

    def value(self, node: Node) -> Expr:
        """The expression of one subtree, by the rule that made it."""
        build = cast(Callable[[Node], Expr], getattr(self, f"_{node.data}"))
        try:
            made = build(node)
        except bounds.TooLarge as error:
            raise bad(node, str(error), "numbers lie between 1e-300 and 1e300") from None
        except _SYMPY_REFUSES as error:
            raise bad(node, f"this has no value: {error}") from None
        if made.has(nan, zoo) or (made in (oo, -oo) and not self.ending):
            raise bad(node, "this divides by zero or is infinite")
        if self.scope.imaginary is None and made.has(I):
            raise bad(node, f"{made} is not real", "roots and logarithms need a positive argument")
        return made

    def written(self, node: Node | Token) -> str:
        """The source of a subtree."""
        start, end = extent(node)
        return self.text[start:end]

    # Sums and products -------------------------------------------------------------------------------

    def terms(self, node: Node) -> list[tuple[int, Node]]:
        """The terms of a sum with their signs, in order."""
        found: list[tuple[int, Node]] = []
        while True:
            signs = [t for t in node.children if isinstance(t, Token)]
            below = trees(node)
            found.append((-1 if signs and signs[-1].type == "MINUS" else 1, below[-1]))
            if len(below) == 1:
                return found[::-1]
            node = below[0]

    def _sum(self, node: Node) -> Expr:
        terms = self.terms(node)
        self.refuse_open_scope(terms)
        made = [Mul(*([S.NegativeOne] * (sign < 0)), *self.factors(term)) for sign, term in terms]
        self.refuse_escaped(terms, made)
        return bounds.checked(Add(*made))

    def refuse_escaped(self, terms: list[tuple[int, Node]], made: list[Expr]) -> None:
        raise AssertionError("a subclass knows sums")

    def refuse_open_scope(self, terms: list[tuple[int, Node]]) -> None:
        raise AssertionError("a subclass knows derivatives")

    def items(self, node: Node) -> list[Item]:
        """The factors of a product with the operator before each: ``*``, ``/`` or nothing."""
        found: list[Item] = []
        operator = ""
        for child in node.children:
            if isinstance(child, Token):
                operator = "/" if child.type == "SLASH" else "*"
            elif child.data == "chain":
                found += self._chained(child)
            else:
                found.append((operator, child))
                operator = ""
        return found

    def _chained(self, node: Node) -> list[Item]:
        found: list[Item] = []
        while True:
            below = trees(node)
            tokens = [t for t in node.children if isinstance(t, Token)]
            operator = "" if not tokens else "/" if tokens[0].type == "SLASH" else "*"
            if below[0].data != "chain":
                return [*((operator if i else "", b) for i, b in enumerate(below)), *found[::-1]]
            found.append((operator, below[1]))
            node = below[0]

    def factors(self, node: Node) -> list[Expr]:
        """The factors of a term, to be multiplied all at once."""
        if node.data == "product":
            return self.multiplied(self.items(node))
        if node.data == "sum":
            terms = self.terms(node)
            if len(terms) == 1:
                sign, term = terms[0]
                return ([S.NegativeOne] if sign < 0 else []) + self.factors(term)
        if node.data == "fraction":
            above, below = trees(node)
            return self.factors(above) + [self.inverse(f, below) for f in self.factors(below)]
        if node.data in ("group", "bracketed") and self._unscripted(node):
            return self.factors(self.inside(node))
        return [self.value(node)]

    def _unscripted(self, node: Node) -> bool:
        return not trees(node)[-1].children

    def multiplied(self, items: list[Item]) -> list[Expr]:
        """The factors of a product; a subclass reads functions applied at a point first."""
        self._refuse_juxtaposed(items)
        made: list[Expr] = []
        for operator, piece in items:
            more = self.factors(piece)
            made += [self.inverse(f, piece) for f in more] if operator == "/" else more
        return made

    def _product(self, node: Node) -> Expr:
        return bounds.checked(Mul(*self.factors(node)))

    def inverse(self, factor: Expr, node: Node) -> Expr:
        if factor == 0:
            raise bad(node, "this divides by zero")
        return 1 / factor

    def _refuse_juxtaposed(self, items: list[Item]) -> None:
        """Neighbours without a sign between them that could be read in two ways."""
        for (before, one), (operator, two) in pairwise(items):
            if operator:
                continue
            if before == "/" and one.data not in ("group", "bracketed", "braced"):
                help = "write \\frac{}{} or brackets: (a/b)c or a/(bc)"
                raise bad(two, f"it is not clear whether '{self.written(two)}' is under the slash", help)
            if one.data == "prefix" and not self._closed(trees(one)[-1]):
                word = self.written(one)
                help = f"put the argument in brackets: \\{one.children[0]}(...)"
                raise bad(two, f"it is not clear whether '{self.written(two)}' belongs to '{word}'", help)
            if one.data == "bare_expect":
                raise bad(one, "it is not clear where this expectation ends", "put its body in brackets [ ]")
            if two.data == "group" and one.data != "number" and self.is_number(two):
                help = "write \\tag{...} for the number of an equation, \\cdot for a product"
                raise bad(two, f"'{self.written(two)}' could be a factor or the number of the equation", help)
            if one.data == "number" and two.data == "number":
                raise bad(two, "two numbers stand side by side", "write \\cdot between them")
            self._refuse_applied_twice(one, two)

    def _closed(self, node: Node) -> bool:
        """Whether a function's argument without brackets can only end where it does."""
        return node.data in (
            "call",
            "function",
            "fraction",
            "dfraction",
            "expect",
            "abs",
            "root",
            "prob",
            "integral",
        )

    def _refuse_applied_twice(self, one: Node, two: Node) -> None:
        if one.data not in ("call", "function") or two.data != "group":
            return
        inner = trees(two)[0]
        if isinstance(two.children[0], Token) and self.is_atom(inner):
            what = f"'{self.written(one)}{self.written(two)}' could be a product or a function applied twice"
            raise bad(two, what, "write \\cdot between the factors of a product")

    def is_atom(self, args: Node) -> bool:
        """Whether arguments are one single letter or number."""
        below = trees(args)
        while len(below) == 1 and below[0].data in ("sum", "product", "chain"):
            below = trees(below[0])
        return len(below) == 1 and below[0].data in ("named", "number")

    def is_number(self, group: Node) -> bool:
        """Whether a bracket holds a whole number and nothing else, as the number of an equation does."""
        return self.written(group).strip("()").strip().isdigit()

    # Pieces ------------------------------------------------------------------------------------------

    def inside(self, node: Node) -> Node:
        """The one expression in a pair of brackets."""
        content = trees(node)[0]
        if content.data != "args":
            return content
        parts = trees(content)
        if len(parts) != 1 or parts[0].data != "sum":
            raise bad(node, f"'{self.written(node)}' is not a single value", "brackets group one expression")
        return parts[0]

    def _group(self, node: Node) -> Expr:
        return self.scripted(self.value(self.inside(node)), trees(node)[-1])

    _bracketed = _braced = _group

    def _number(self, node: Node) -> Expr:
        digits = str(node.children[0])
        bounds.refuse_digits(digits)
        exact = Fraction(digits)
        number = bounds.checked(Rational(exact.numerator, exact.denominator))
        return self.scripted(number, trees(node)[-1])

    def _infinity(self, _: Node) -> Expr:
        return cast(Expr, oo)

    def _fraction(self, node: Node) -> Expr:
        return bounds.checked(Mul(*self.factors(node)))

    def _root(self, node: Node) -> Expr:
        order = next((str(t) for t in node.children if isinstance(t, Token) and t.type == "ROOT"), "2")
        if not order.strip().isdigit() or int(order) not in range(2, 100):
            raise bad(node, f"this root has no whole order: {order}")
        content, scripts = trees(node)
        return self.scripted(self.power(self.value(content), Rational(1, int(order)), content), scripts)

    def _abs(self, node: Node) -> Expr:
        from sympy import Abs

        content, scripts = trees(node)
        return self.scripted(Abs(self.value(content)), scripts)

    # Scripts -----------------------------------------------------------------------------------------

    def scripted(self, base: Expr, scripts: Node) -> Expr:
        """A value with its exponents; a subscript or a prime on a value is refused."""
        for script in trees(scripts):
            if script.data == "above":
                base = self.power(base, self.value(trees(script)[0]), script)
            elif script.data == "factorial":
                base = self._factorial(base)
            else:
                what = "subscript" if script.data == "below" else "mark"
                raise bad(script, f"this {what} belongs to no name")
        return base

    def _factorial(self, base: Expr) -> Expr:
        from sympy import factorial

        if isinstance(base, Integer) and base > 100:
            raise bounds.TooLarge("this factorial is too large")
        return cast(Expr, factorial(base))

    def power(self, base: Expr, exponent: Expr, node: Node) -> Expr:
        """``base ** exponent``, where that is a real number of a size that fits."""
        if base == 0 and exponent.is_negative:
            raise bad(node, "this divides by zero")
        if base.is_negative and not exponent.is_integer:
            raise bad(node, f"{base} is negative, and {exponent} not an integer")
        bounds.refuse_power(base, exponent)
        return bounds.checked(Pow(base, exponent))

    def index(self, args: Node) -> str:
        """A subscript as text: ``0``, ``1,0``, ``t+1``; an index with a value is replaced by it."""
        made = []
        for token in args.scan_values(lambda t: isinstance(t, Token)):
            held = self.bound.get(str(token), self.scope.fixed.get(str(token)))
            made.append(str(held) if isinstance(held, (int, Integer)) else self._spelled(token))
        return "".join(made)

    def _spelled(self, token: Token) -> str:
        return "" if token.type in ("AOPEN", "ACLOSE", "LPAR", "RPAR") else str(token).removeprefix("word:")

    def bare(self, args: Node) -> Symbol | None:
        """The symbol that arguments consist of, if they are one declared letter."""
        if not self.is_atom(args):
            return None
        made = self.value(trees(args)[0])
        return made if isinstance(made, Symbol) else None
