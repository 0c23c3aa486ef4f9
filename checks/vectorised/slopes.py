"""Derivatives of plain trees (``derive.plain``), as autograd takes them; SymPy is not imported.

A second implementation of differentiation, beside SymPy's and Torch's: each rule is one line, and steps and
kinks have the slopes that Torch gives them (a jump and ``floor`` zero, ``relu`` and ``abs`` zero at 0).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from checks.stable import MINUS_ONE, ONE, Node, negated
from derive.errors import DeriveError

ZERO: Node = ("num", "0")
TWO: Node = ("num", "2")


class NoSlope(DeriveError):
    """A function whose derivative is not written down here."""


def add(*terms: Node) -> Node:
    """The sum, without zeros."""
    kept = [t for t in terms if t != ZERO]
    return ZERO if not kept else kept[0] if len(kept) == 1 else ("add", *kept)


def mul(*factors: Node) -> Node:
    """The product, without ones; zero where a factor is."""
    if ZERO in factors:
        return ZERO
    kept = [f for f in factors if f != ONE]
    return ONE if not kept else kept[0] if len(kept) == 1 else ("mul", *kept)


def power(base: Node, exponent: int | Fraction) -> Node:
    """``base**exponent`` with a number as the exponent."""
    return ONE if exponent == 0 else base if exponent == 1 else ("pow", base, ("num", str(exponent)))


def number(value: float) -> Node:
    """A double as a tree."""
    return ("num", str(Fraction(value)))


def substituted(node: Node, images: dict[str, Node]) -> Node:
    """The tree with other trees in the place of symbols."""
    if node[0] == "sym":
        return images.get(node[1], node)
    return tuple(substituted(n, images) if isinstance(n, tuple) else n for n in node)


def slope(node: Node, name: str) -> Node:
    """The derivative of ``node`` by the symbol ``name``; raises ``NoSlope``."""
    return slopes(node).get(name, ZERO)


def slopes(node: Node) -> dict[str, Node]:
    """The derivatives by all symbols that have one, in one walk: a sum of p terms takes p, and not p**2.

    Raises ``NoSlope``.
    """
    head, *args = node
    if head == "sym":
        return {args[0]: ONE}
    if head in ("num", "const"):
        return {}
    if head == "piecewise":
        branches = [slopes(value) for value, _ in args]
        return {name: _branches(args, branches, name) for name in _names(branches)}
    inner = [slopes(arg) for arg in args]
    if head in ("add", "mul"):
        terms: dict[str, list[Node]] = {}
        for i, found in enumerate(inner):
            others = args[:i] + args[i + 1 :] if head == "mul" and found else []
            for name, d in found.items():
                terms.setdefault(name, []).append(mul(d, *others))
        return {name: add(*made) for name, made in terms.items()}
    names = _names(inner)
    return {name: d for name in names if (d := _by_rule(head, args, inner, name)) != ZERO}


def _names(inner: list[dict[str, Node]]) -> list[str]:
    return list(dict.fromkeys(name for found in inner for name in found))


def _branches(args: list[Node], branches: list[dict[str, Node]], name: str) -> Node:
    made = ((d.get(name, ZERO), condition) for d, (_, condition) in zip(branches, args, strict=True))
    return ("piecewise", *made)


def _by_rule(head: str, args: list[Node], inner: list[dict[str, Node]], name: str) -> Node:
    d = [found.get(name, ZERO) for found in inner]
    if head in _SEVERAL:
        return _SEVERAL[head](args, d)
    if head not in _ONE or len(args) != 1:
        raise NoSlope(f"the derivative of '{head}' is not written out", "its estimators use autograd")
    return mul(_ONE[head](args[0]), d[0])


def _pow(args: list[Node], d: list[Node]) -> Node:
    base, exponent = args
    if d[1] == ZERO and exponent[0] == "num":
        k = Fraction(exponent[1])
        return mul(("num", str(k)), power(base, k - 1), d[0])
    less = ("pow", base, add(exponent, MINUS_ONE))
    moved = mul(exponent, less, d[0]) if d[0] != ZERO else ZERO
    return add(moved, mul(("pow", base, exponent), ("log", base), d[1]))


def _larger(sign: str) -> Callable[[list[Node], list[Node]], Node]:
    """``max`` and ``min``: the slope of the side that is taken; relu's at 0 is 0, other ties halve."""

    def rule(args: list[Node], d: list[Node]) -> Node:
        if len(args) != 2:
            raise NoSlope("the derivative of 'max' of more than two is not written out")
        (x, y), (dx, dy) = args, d
        tie = ZERO if ZERO in args else mul(("num", "1/2"), add(dx, dy))
        return ("piecewise", (dx, (sign, x, y)), (dy, (sign, y, x)), (tie, ("true",)))

    return rule


def _of_first(rule: Callable[[Node, Node], Node]) -> Callable[[list[Node], list[Node]], Node]:
    """A function of two arguments that is differentiated by one: the other must stand still."""

    def whole(args: list[Node], d: list[Node]) -> Node:
        if d[0] != ZERO:
            raise NoSlope("the derivative by the order of a function is not written out")
        return mul(rule(args[0], args[1]), d[1])

    return whole


def _bessel_i(order: Node, x: Node) -> Node:
    i0, i1 = ("besseli", ZERO, x), ("besseli", ONE, x)
    if order == ZERO:
        return i1
    if order == ONE:
        return add(i0, negated(mul(i1, power(x, -1))))
    raise NoSlope("Bessel functions are differentiated for the orders 0 and 1 only")


def _polygamma(order: Node, x: Node) -> Node:
    return ("polygamma", ("num", str(int(order[1]) + 1)), x)


_SEVERAL: dict[str, Callable[[list[Node], list[Node]], Node]] = {
    "pow": _pow,
    "max": _larger("gt"),
    "min": _larger("lt"),
    "besseli": _of_first(_bessel_i),
    "polygamma": _of_first(_polygamma),
}


def _minus_square(x: Node) -> Node:
    return negated(power(x, 2))


_BELL = 2.0 / math.sqrt(math.pi)
_ONE: dict[str, Callable[[Node], Node]] = {
    "exp": lambda x: ("exp", x),
    "log": lambda x: power(x, -1),
    "sin": lambda x: ("cos", x),
    "cos": lambda x: negated(("sin", x)),
    "tan": lambda x: add(ONE, power(("tan", x), 2)),
    "asin": lambda x: power(add(ONE, _minus_square(x)), Fraction(-1, 2)),
    "acos": lambda x: negated(power(add(ONE, _minus_square(x)), Fraction(-1, 2))),
    "atan": lambda x: power(add(ONE, power(x, 2)), -1),
    "sinh": lambda x: ("cosh", x),
    "cosh": lambda x: ("sinh", x),
    "tanh": lambda x: add(ONE, negated(power(("tanh", x), 2))),
    "asinh": lambda x: power(add(ONE, power(x, 2)), Fraction(-1, 2)),
    "atanh": lambda x: power(add(ONE, _minus_square(x)), -1),
    "abs": lambda x: ("sign", x),
    "sign": lambda x: ZERO,
    "heaviside": lambda x: ZERO,
    "floor": lambda x: ZERO,
    "ceiling": lambda x: ZERO,
    "erf": lambda x: mul(number(_BELL), ("exp", _minus_square(x))),
    "erfc": lambda x: mul(number(-_BELL), ("exp", _minus_square(x))),
    "erfinv": lambda x: mul(number(1.0 / _BELL), ("exp", power(("erfinv", x), 2))),
    "gamma": lambda x: mul(("gamma", x), ("digamma", x)),
    "factorial": lambda x: mul(("gamma", add(x, ONE)), ("digamma", add(x, ONE))),
    "loggamma": lambda x: ("digamma", x),
    "digamma": lambda x: ("polygamma", ONE, x),
    # What ``checks.stable`` writes.
    "sigmoid": lambda x: mul(("sigmoid", x), ("sigmoid", negated(x))),
    "softplus": lambda x: ("sigmoid", x),
    "log1p": lambda x: power(add(ONE, x), -1),
    "expm1": lambda x: ("exp", x),
    "log_cosh": lambda x: ("tanh", x),
    "log_erfc": lambda x: mul(number(-_BELL), ("exp", add(_minus_square(x), negated(("log_erfc", x))))),
}
