"""Rewriting plain trees into forms that neither overflow nor cancel, in value and in gradient.

``1/(1 + exp(-u))`` is right at ``u = -800`` and its gradient through autograd is nan there, since the
chain rule meets ``0 * inf``. The same function written ``sigmoid(u)`` has no such moment. Only identities
that hold wherever the original is real are used.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

Node = tuple[Any, ...]
ONE: Node = ("num", "1")
MINUS_ONE: Node = ("num", "-1")


def stabilised(node: Node) -> Node:
    """The same function of the same symbols, with the stable forms in place (``checks.functions``)."""
    if node[0] in ("num", "sym", "const"):
        return node
    if node[0] == "piecewise":
        return ("piecewise", *((stabilised(value), stabilised(condition)) for value, condition in node[1:]))
    inner = (node[0], *map(stabilised, node[1:]))
    rule = _RULES.get(inner[0])
    return rule(inner) if rule else inner


def negated(node: Node) -> Node:
    """``-node``, without piling up signs."""
    if node[0] == "num":
        return ("num", str(-Fraction(node[1])))
    if node[0] == "mul" and node[1][0] == "num":
        factor = -Fraction(node[1][1])
        rest = node[2:]
        if factor == 1:
            return rest[0] if len(rest) == 1 else ("mul", *rest)
        return ("mul", ("num", str(factor)), *rest)
    return ("mul", MINUS_ONE, *node[1:]) if node[0] == "mul" else ("mul", MINUS_ONE, node)


def _number(node: Node) -> Fraction | None:
    return Fraction(node[1]) if node[0] == "num" else None


def _without(args: tuple[Node, ...], removed: Node) -> Node | None:
    """The sum of ``args`` without the term ``removed``, or None where it does not occur."""
    if removed not in args:
        return None
    rest = list(args)
    rest.remove(removed)
    return rest[0] if len(rest) == 1 else ("add", *rest)


def _minus(node: Node) -> Node | None:
    """``x`` where the node is ``-x`` spelled as a product."""
    if node[0] == "mul" and node[1] == MINUS_ONE:
        return node[2] if len(node) == 3 else ("mul", *node[2:])
    return None


def _one_plus_exp(node: Node) -> Node | None:
    """``x`` where the node is ``1 + exp(x)``."""
    if node[0] != "add" or len(node) != 3:
        return None
    rest = _without(node[1:], ONE)
    return rest[1] if rest is not None and rest[0] == "exp" else None


def _add(node: Node) -> Node:
    """``exp(x) - 1`` and ``1 - exp(x)`` by ``expm1``; ``1 - y**c`` by ``expm1(c log y)`` for fractional c."""
    if len(node) != 3:
        return node
    less = _without(node[1:], MINUS_ONE)
    if less is not None and less[0] == "exp":
        return ("expm1", less[1])
    rest = _without(node[1:], ONE)
    taken = _minus(rest) if rest is not None else None
    if taken is None:
        return node
    if taken[0] == "exp":
        return ("mul", MINUS_ONE, ("expm1", taken[1]))
    if taken[0] == "pow" and _is_fractional(taken[2]):
        return ("mul", MINUS_ONE, ("expm1", ("mul", taken[2], _log(("log", taken[1])))))
    return node


def _is_fractional(exponent: Node) -> bool:
    # A power with such an exponent is real only where its base is not negative, so log(base) is real.
    number = _number(exponent)
    return number is None or number.denominator != 1


def _log(node: Node) -> Node:
    """The logarithms of ``1 + exp(x)``, ``1 + x``, ``cosh x``, ``erfc x``, ``gamma x`` and ``sigmoid x``."""
    inside = node[1]
    x = _one_plus_exp(inside)
    if x is not None:
        return ("softplus", x)
    if inside[0] == "add":
        rest = _without(inside[1:], ONE)
        return ("log1p", rest) if rest is not None else node
    named = {"cosh": "log_cosh", "erfc": "log_erfc", "gamma": "loggamma"}
    if inside[0] in named:
        return (named[inside[0]], inside[1])
    if inside[0] == "sigmoid":
        return ("mul", MINUS_ONE, ("softplus", negated(inside[1])))
    return node


def _pow(node: Node) -> Node:
    """``(1 + exp(x))**-k = sigmoid(-x)**k``."""
    x, exponent = _one_plus_exp(node[1]), _number(node[2])
    if x is None or exponent is None or exponent >= 0:
        return node
    base = ("sigmoid", negated(x))
    return base if exponent == -1 else ("pow", base, ("num", str(-exponent)))


def _mul(node: Node) -> Node:
    """``exp(x) * sigmoid(-x)**k = sigmoid(x) * sigmoid(-x)**(k - 1)``."""
    factors = list(node[1:])
    for factor in factors:
        base, power = (factor[1], _number(factor[2])) if factor[0] == "pow" else (factor, Fraction(1))
        if base[0] != "sigmoid" or power is None or power < 1:
            continue
        partner = ("exp", negated(base[1]))
        if partner not in factors:
            continue
        factors.remove(partner)
        factors.remove(factor)
        left = [("pow", base, ("num", str(power - 1)))] if power > 1 else []
        return ("mul", ("sigmoid", negated(base[1])), *left, *factors)
    return node


_RULES = {"add": _add, "log": _log, "pow": _pow, "mul": _mul}
