"""Functions with branches, and the branches with what is positive on each."""

from __future__ import annotations

from math import prod

from sympy import Expr, Piecewise, S, Symbol, preorder_traversal
from sympy.core.relational import Relational

from derive.errors import Undecided

BRANCHING = ("Abs", "sign", "Heaviside", "Max", "Min", "Piecewise")
# More nested branches than this would be somebody's program, not an integrand.
MOST_BRANCHES = 64


def innermost(f: Expr, x: Symbol) -> Expr | None:
    for arg in f.args:
        if x in arg.free_symbols:
            found = innermost(arg, x)
            if found is not None:
                return found
    return f if type(f).__name__ in BRANCHING else None


def refuse_too_many(f: Expr, x: Symbol) -> None:
    """Raises ``Undecided`` where taking ``f`` apart would make too many equations."""
    nodes = {n for n in preorder_traversal(f) if type(n).__name__ in BRANCHING and x in n.free_symbols}
    if prod(2 if type(n).__name__ in BRANCHING[:3] else len(n.args) for n in nodes) > MOST_BRANCHES:
        raise Undecided(f"{f} has more than {MOST_BRANCHES} branches", "write it as one flat Piecewise")


def branches(node: Expr) -> list[tuple[Expr, tuple[Expr, ...]]]:
    """The values of a branching function, each with expressions that are positive on its branch."""
    kind, args = type(node).__name__, node.args
    if isinstance(node, Piecewise):
        return _piecewise_branches(node)
    if kind in ("Max", "Min"):
        orient = 1 if kind == "Max" else -1
        return [(u, tuple(orient * (u - v) for v in args if v is not u)) for u in args]
    u: Expr = args[0]
    up, down = {"Abs": (u, -u), "sign": (S.One, S.NegativeOne), "Heaviside": (S.One, S.Zero)}[kind]
    return [(up, (u,)), (down, (-u,))]


def _piecewise_branches(node: Piecewise) -> list[tuple[Expr, tuple[Expr, ...]]]:
    out: list[tuple[Expr, tuple[Expr, ...]]] = []
    before: tuple[Expr, ...] = ()
    for value, condition in node.args:
        parts = condition.args if type(condition).__name__ == "And" else (condition,)
        out.append((value, before + tuple(filter(None, map(_side, parts)))))
        if isinstance(condition, Relational):
            opposite = _side(condition)
            before += () if opposite is None else (-opposite,)
    return out


def _side(condition: object) -> Expr | None:
    """An expression that is positive where a strict or weak inequality holds."""
    if not isinstance(condition, Relational) or condition.rel_op in ("==", "!="):
        return None
    gap: Expr = condition.lhs - condition.rhs
    return gap if condition.rel_op in (">", ">=") else -gap
