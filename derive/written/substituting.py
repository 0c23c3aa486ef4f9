"""Substitutions that a line makes without saying so: the map is found among those that people use.

``x = log u``, ``x = -log u``, each over a scale, and ``x = u/c``: all monotone and onto, with their Jacobian.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Expr, S, Symbol, exp, log, oo, powdenest

from derive.context import Context
from derive.rewriting import inert_nodes, is_ordinary
from derive.step import Condition
from derive.terms import Int
from derive.written.canonical import same

NAME = "substitution"


@dataclass(frozen=True, slots=True)
class Map:
    """``x = value`` in terms of ``u``, with the limits of ``u`` and what must be positive."""

    value: Expr
    low: Expr
    high: Expr
    positive: Expr = S.One


def by_substitution(left: Expr, right: Expr, context: Context) -> tuple[Condition, ...] | None:
    """The conditions under which ``right`` is ``left`` with its integral substituted; None if it is not."""
    before, after = _only(left), _only(right)
    if before is None or after is None:
        return None
    (x, *ends), (u, *limits) = before.limits[0], after.limits[0]
    fresh = Symbol("_u", positive=True) if tuple(limits) == (S.Zero, oo) else Symbol("_u", real=True)
    for map in _maps(before, after, fresh):
        if (map.low, map.high) != tuple(limits) or tuple(ends) != _image(map, fresh):
            continue
        body = before.body.xreplace({x: map.value}) * _speed(map, fresh)
        made = left.xreplace({before: Int(powdenest(body, force=True), (fresh, *limits))})
        target = right.xreplace({after: Int(after.body.xreplace({u: fresh}), (fresh, *limits))})
        if same(made, target):
            return (_positive(map.positive, context),)
    return None


def _only(term: Expr) -> Int | None:
    """The one integral over one variable of a term."""
    nodes = tuple(inert_nodes(term))
    if len(nodes) == 1 and isinstance(nodes[0], Int) and len(nodes[0].limits) == 1:
        return nodes[0] if is_ordinary(nodes[0].body) else None
    return None


def _speed(map: Map, u: Symbol) -> Expr:
    """``|dx/du|``: every map here is monotone, and its limits are in order."""
    speed = map.value.diff(u)
    return -speed if map.positive * u * speed == -1 or speed.could_extract_minus_sign() else speed


def _image(map: Map, u: Symbol) -> tuple[Expr, Expr]:
    if map.value.has(log):
        return (-oo, oo)
    return (map.low, map.high)


def _maps(before: Int, after: Int, u: Symbol) -> Iterator[Map]:
    scales = [S.One, *_scales(before), *_scales(after)]
    for c in dict.fromkeys(scales):
        yield Map(-log(u) / c, S.Zero, oo, c)
        yield Map(log(u) / c, S.Zero, oo, c)
        for low, high in ((S.Zero, oo), (-oo, oo)):
            yield Map(u / c, low, high, c)
            yield Map(u * c, low, high, c)


def _scales(node: Int) -> Iterator[Expr]:
    """The coefficients of the variable in exponents."""
    x = node.variables[0]
    for call in sorted(node.body.atoms(exp), key=str):
        found = call.args[0].expand().coeff(x)
        if found != 0 and x not in found.free_symbols:
            yield -found if found.could_extract_minus_sign() else found


def _positive(expr: Expr, context: Context) -> Condition:
    if expr.is_positive:
        return Condition(f"{expr} > 0", "proved", "by its parts")
    return context.positive(expr)
