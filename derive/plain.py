"""SymPy expressions as plain nested lists, and back: what is cached and what the Torch bridge reads.

A tree is ``["num", "9/20"]``, ``["sym", "mu"]``, ``["const", "pi"]`` or ``[head, *trees]`` where
``head`` is ``add``, ``mul``, ``pow`` or the lower-case name of a function (``exp``, ``heaviside``,
``max`` ...); a ``Piecewise`` is ``["piecewise", [value, condition], ...]`` and a condition
``["lt"|"le"|"gt"|"ge"|"eq"|"ne", left, right]``, ``["and"|"or"|"not", ...]``, ``["true"]`` or ``["false"]``.
Reading a tree needs no SymPy, so a cached proof is checked without importing it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sympy import Basic

Tree = list[Any]

_CONSTANTS = {"pi": "Pi", "e": "Exp1", "eulergamma": "EulerGamma", "i": "ImaginaryUnit", "oo": "Infinity",
              "-oo": "NegativeInfinity"}  # fmt: skip
_RELATIONS = {"StrictLessThan": "lt", "LessThan": "le", "StrictGreaterThan": "gt", "GreaterThan": "ge",
              "Equality": "eq", "Unequality": "ne"}  # fmt: skip


def to_plain(expr: Basic) -> Tree:
    """The tree of ``expr``; raises ``TypeError`` for nodes that have none, such as inert terms."""
    from sympy import Add, Float, Function, Max, Min, Mul, Piecewise, Pow, Rational, Symbol, exp
    from sympy.core.relational import Relational
    from sympy.logic.boolalg import BooleanFunction

    if isinstance(expr, Rational):
        return ["num", f"{expr.p}/{expr.q}" if expr.q != 1 else str(expr.p)]
    if isinstance(expr, Float):
        raise TypeError(f"{expr} is a rounded number; write it exactly, as a fraction")
    if isinstance(expr, Symbol):
        return ["sym", expr.name]
    kind = type(expr).__name__
    for name, cls in _CONSTANTS.items():
        if kind == cls:
            return ["const", name]
    if kind in ("BooleanTrue", "BooleanFalse"):
        return ["true" if kind == "BooleanTrue" else "false"]
    if isinstance(expr, Relational):
        return [_RELATIONS[kind], *map(to_plain, expr.args)]
    if isinstance(expr, Piecewise):
        return ["piecewise", *([to_plain(v), to_plain(c)] for v, c in expr.args)]
    if isinstance(expr, (Add, Mul, Pow, Max, Min, exp, BooleanFunction)) or (
        isinstance(expr, Function) and _is_known(kind)
    ):
        args = expr.args[:1] if kind == "Heaviside" else expr.args
        return [kind.lower(), *map(to_plain, args)]
    raise TypeError(f"{kind} has no plain form: {expr}")


def from_plain(tree: Tree, symbols: dict[str, Any]) -> Any:
    """The SymPy expression of a tree; ``symbols`` gives each name its symbol with its assumptions."""
    import sympy

    head, *rest = tree
    if head == "num":
        return sympy.Rational(rest[0])
    if head == "sym":
        return symbols[rest[0]]
    if head == "const":
        return getattr(sympy.S, _CONSTANTS[rest[0]])
    if head in ("true", "false"):
        return sympy.true if head == "true" else sympy.false
    if head == "piecewise":
        return sympy.Piecewise(*((from_plain(v, symbols), from_plain(c, symbols)) for v, c in rest))
    return _head(head)(*(from_plain(t, symbols) for t in rest))


def _is_known(kind: str) -> bool:
    import sympy

    from derive.special import FUNCTIONS

    return kind in FUNCTIONS or getattr(sympy, kind, None) is not None


def _head(head: str) -> Any:
    import sympy
    from sympy.core import relational

    from derive.special import FUNCTIONS

    by_relation = {short: long for long, short in _RELATIONS.items()}
    if head in by_relation:
        return getattr(relational, by_relation[head])
    if head in FUNCTIONS:
        return FUNCTIONS[head]
    for name in (head, head.capitalize()):
        if hasattr(sympy, name) and isinstance(getattr(sympy, name), type):
            return getattr(sympy, name)
    raise TypeError(f"no function is called '{head}'")
