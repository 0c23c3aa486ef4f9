"""Integrands and rational values from text: parsed by a grammar, built exactly, never evaluated as Python.

``0.45`` is 9/20 and ``1e-3`` is 1/1000: no rounded number enters a derivation. What a text could blow
up into is bounded before SymPy sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sympy import Add, Eq, Expr, I, Mul, Ne, Piecewise, Pow, Rational, S, Symbol, nan, oo, zoo
from sympy.core.relational import Relational
from sympy.logic.boolalg import ITE, And, Boolean, Not, Or

from . import bounds
from .errors import BadExpression, UnknownName
from .functions import CONSTANTS, FUNCTIONS
from .syntax import assignments, position, read

if TYPE_CHECKING:
    from lark import Token, Tree

_COMPARE: dict[str, Callable[[Expr, Expr], Relational]] = {
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
    "==": Eq,
    "!=": Ne,
}
_POSITIVE = "roots and logarithms need a positive argument"
_LOGIC = {"And": And, "Or": Or, "Not": Not}

# What SymPy raises where an argument is outside a function's domain, or the recursion of its own.
_SYMPY_REFUSES = (ValueError, TypeError, ArithmeticError, NotImplementedError, RecursionError)


class UnknownSymbol(BadExpression, UnknownName):
    """A name in an expression that is no symbol, function or constant; has a position like any bad text."""


def parse_integrand(text: str, symbols: Mapping[str, Symbol], values: int | None = None) -> Expr:
    """The exact expression that ``text`` writes, with ``symbols`` for its names.

    ``symbols`` holds the sample (``a``, or ``a[0]``, ``a[1]``), the parameters (``mu``, ``L[1,0]``) and
    constants by the names that a text uses for them; a parameter shadows a constant such as ``E``.
    ``values`` says how many values 0, 1, ... the sample ``a`` takes, if they are finitely many:
    ``table(1, 4, 2)`` lists the integrand at each of them.
    Raises ``BadExpression`` (``UnknownSymbol`` for a name that is not known), always with a position.

    >>> from sympy import Symbol
    >>> parse_integrand("0.45*a**2 + relu(a)", {"a": Symbol("a", real=True)})
    9*a**2/20 + Max(0, a)
    """
    return _Builder(text, symbols, values).value(read(text))


def parse_value(text: str) -> Rational:
    """A rational number such as ``1/2``, ``0.45``, ``-3`` or ``1e-3``, exactly.

    >>> parse_value("0.45")
    9/20
    """
    help = "give a fraction or a decimal, such as 7/5 or 1.4"
    try:
        value = parse_integrand(text, {})
    except UnknownSymbol as error:
        raise BadExpression("this is not a number", text, error.position, help) from None
    if not isinstance(value, Rational):
        raise BadExpression(f"{value} is not rational", text, 0, help)
    return value


def parse_at(text: str) -> dict[str, Rational]:
    """``mu=1/2,sigma=2`` as a mapping; commas inside brackets belong to the name: ``L[1,0]=1/2``.

    >>> parse_at("mu=1/2, L[1,0]=0.2")
    {'mu': 1/2, 'L[1,0]': 1/5}
    """
    return {name: _value_within(value, text, column) for name, (value, column) in assignments(text).items()}


def _value_within(value: str, text: str, offset: int) -> Rational:
    try:
        return parse_value(value)
    except BadExpression as error:
        raise BadExpression(error.message, text, offset + error.position, error.help) from None


class _Builder:
    """Builds the SymPy expression of a syntax tree, refusing what is not a finite real expression."""

    def __init__(self, text: str, symbols: Mapping[str, Symbol], values: int | None = None) -> None:
        self.text = text
        self.symbols = symbols
        self.values = values

    def value(self, tree: Tree[Token]) -> Expr:
        """The expression of one subtree, by the rule that made it."""
        made = self._guarded(tree, getattr(self, f"_{tree.data}"), *tree.children)
        if made in (oo, -oo) or made.has(nan, zoo):
            raise self._bad(tree, "this divides by zero or is infinite")
        if made.has(I) or any(p.is_number and p.is_real is False for p in Mul.make_args(made)):
            raise self._bad(tree, f"{made} is not real", _POSITIVE)
        return made

    def condition(self, tree: Tree[Token]) -> Boolean:
        """The condition of one subtree of a Piecewise."""
        made = self._guarded(tree, getattr(self, f"_{tree.data}"), *tree.children)
        if made.has(Piecewise, ITE):
            raise self._bad(tree, "a condition may not depend on a Piecewise")
        return made

    def _guarded(self, tree: Tree[Token], build: Callable[..., Any], *children: Any) -> Any:
        try:
            return build(*children)
        except bounds.TooLarge as error:
            raise self._bad(tree, str(error), "numbers lie between 1e-300 and 1e300") from None
        except _SYMPY_REFUSES as error:
            raise self._bad(tree, f"this has no real value ({type(error).__name__})") from None

    def _bad(self, tree: Tree[Token] | Token, message: str, help: str | None = None) -> BadExpression:
        return BadExpression(message, self.text, position(tree), help)

    # Values, one method for each rule of the grammar -------------------------------------------------

    def _sum(self, first: Tree[Token], *rest: Any) -> Expr:
        terms = [self.value(first)]
        for sign, tree in zip(rest[::2], rest[1::2]):
            factors = self._factors(tree)
            terms.append(Mul(*factors) if sign == "+" else Mul(S.NegativeOne, *factors))
        return bounds.checked(Add(*terms))

    def _product(self, *trees: Any) -> Expr:
        return bounds.checked(Mul(*self._multiplied(*trees)))

    def _signed(self, sign: Token, tree: Tree[Token]) -> Expr:
        return Mul(*self._multiplied_by_sign(sign, tree))

    def _factors(self, tree: Tree[Token]) -> list[Expr]:
        """The factors of a term, to be multiplied all at once.

        SymPy distributes a number over a sum in a product of two, but not of three: multiplying pair
        by pair would not read back what SymPy prints.
        """
        if tree.data == "product":
            return self._multiplied(*tree.children)
        if tree.data == "signed":
            return self._multiplied_by_sign(*tree.children)
        return [self.value(tree)]

    def _multiplied(self, first: Any, *rest: Any) -> list[Expr]:
        factors = self._factors(first)
        for times, tree in zip(rest[::2], rest[1::2]):
            more = self._factors(tree)
            factors += more if times == "*" else [self._inverse(f, tree) for f in more]
        return factors

    def _multiplied_by_sign(self, sign: Any, tree: Any) -> list[Expr]:
        return [S.NegativeOne, *self._factors(tree)] if sign == "-" else self._factors(tree)

    def _inverse(self, factor: Expr, tree: Tree[Token]) -> Expr:
        if factor == 0:
            raise self._bad(tree, "this divides by zero")
        return 1 / factor

    def _power(self, base: Tree[Token], _: Token, exponent: Tree[Token]) -> Expr:
        below, above = self.value(base), self.value(exponent)
        if below == 0 and above.is_negative:
            raise self._bad(base, "this divides by zero")
        if below.is_negative and not above.is_integer:
            raise self._bad(base, f"{below} is negative, and {above} not an integer", _POSITIVE)
        bounds.refuse_power(below, above)
        return bounds.checked(Pow(below, above))

    def _number(self, digits: Token) -> Expr:
        bounds.refuse_digits(digits)
        exact = Fraction(digits)
        return bounds.checked(Rational(exact.numerator, exact.denominator))

    def _name(self, name: Token) -> Expr:
        known = self.symbols.get(name, CONSTANTS.get(name))
        return known if known is not None else self._unknown(name, name)

    def _indexed(self, name: Token, *indices: Token) -> Expr:
        key = f"{name}[{','.join(str(int(i)) for i in indices)}]"
        known = self.symbols.get(key)
        return known if known is not None else self._unknown(name, key)

    def _call(self, name: Token, *trees: Tree[Token]) -> Expr:
        if name == "table" and name not in self.symbols:
            return self._table(name, *trees)
        function = FUNCTIONS.get(name)
        if function is None:
            raise self._no_function(name)
        if len(trees) < function.least or (function.most is not None and len(trees) > function.most):
            wants = "at least two arguments" if function.most is None else "one argument"
            raise self._bad(name, f"{name} takes {wants}, not {len(trees)}")
        arguments = [self.value(tree) for tree in trees]
        bounds.refuse_call(name, arguments)
        return function.build(*arguments)

    def _table(self, name: Token, *trees: Tree[Token]) -> Expr:
        """The function with these values at 0, 1, 2, ..."""
        if self.values is None:
            message = "table(...) needs a finite sample, such as a categorical one"
            raise self._bad(name, message, "it lists the values at a = 0, 1, 2, ...")
        if len(trees) != self.values:
            message = f"this table has {len(trees)} values, but the sample takes {self.values}"
            raise self._bad(name, message, f"give the values at a = 0 to {self.values - 1}")
        *first, last = (self.value(tree) for tree in trees)
        sample = self.symbols["a"]
        return Piecewise(*((value, Eq(sample, k)) for k, value in enumerate(first)), (last, True))

    def _piecewise(self, _: Token, *branches: Tree[Token]) -> Expr:
        pairs = [(self.value(b.children[0]), self.condition(b.children[1])) for b in branches]  # type: ignore[arg-type]
        covered = Or(*(condition for _, condition in pairs))
        if covered != S.true:
            message = "these branches are not seen to cover every case"
            raise self._bad(branches[-1], message, "end with (value, True)")
        return Piecewise(*pairs)

    # Conditions --------------------------------------------------------------------------------------

    def _comparison(self, first: Tree[Token], *rest: Any) -> Boolean:
        values = [self.value(tree) for tree in (first, *rest[1::2])]
        return And(*(_COMPARE[sign](x, y) for sign, x, y in zip(rest[::2], values, values[1:])))

    def _equality(self, kind: Token, left: Tree[Token], right: Tree[Token]) -> Boolean:
        return (Eq if kind == "Eq" else Ne)(self.value(left), self.value(right))

    def _either(self, *trees: Any) -> Boolean:
        return Or(*map(self.condition, trees[::2]))

    def _both(self, *trees: Any) -> Boolean:
        return And(*map(self.condition, trees[::2]))

    def _negated(self, _: Token, tree: Tree[Token]) -> Boolean:
        return Not(self.condition(tree))

    def _logic(self, kind: Token, *trees: Tree[Token]) -> Boolean:
        if kind == "Not" and len(trees) != 1:
            raise self._bad(kind, f"Not takes one condition, not {len(trees)}")
        return _LOGIC[kind](*map(self.condition, trees))

    def _truth(self, word: Token) -> Boolean:
        return S.true if word == "True" else S.false

    # Names that are not known ------------------------------------------------------------------------

    def _unknown(self, token: Token, name: str) -> Expr:
        if name in FUNCTIONS:
            raise self._bad(token, f"{name} is a function", f"write {name}(a)")
        if name in ("True", "False"):
            raise self._bad(token, f"{name} is a condition, not a value", "it belongs in a Piecewise")
        raise UnknownSymbol(f"'{name}' is not known here", self.text, position(token), self._known(name))

    def _known(self, name: str) -> str:
        stem = name.partition("[")[0]
        vector = [key for key in self.symbols if key.startswith(f"{stem}[")]
        near = get_close_matches(name, [*self.symbols, *CONSTANTS, *FUNCTIONS], n=1, cutoff=0.6)
        if vector:
            hint = f"{stem} is indexed here: {', '.join(vector)}; "
        elif stem in self.symbols:
            hint = f"{stem} is a single number here, without an index; "
        else:
            hint = f"did you mean '{near[0]}'? " if near else ""
        return f"{hint}known: {', '.join([*self.symbols, *CONSTANTS])}"

    def _no_function(self, name: Token) -> BadExpression:
        if name in self.symbols or name in CONSTANTS:
            return self._bad(name, f"{name} is not a function", f"a product is written with *: {name}*(...)")
        near = get_close_matches(name, FUNCTIONS, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'? " if near else ""
        help = f"{hint}known: {', '.join(sorted(FUNCTIONS))}"
        return UnknownSymbol(f"no function is called '{name}'", self.text, position(name), help)
