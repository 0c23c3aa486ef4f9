"""Expectations over several independent draws, one inside the other, as numbers and at nodes.

``E_x[E_y[f(x, y)] E_z[h(x, z)]]`` is read as an integral over ``x, y, z`` of densities times bodies
(Tonelli). Values are tensor Gauss rules on the cells between the places where a comparison of draws turns,
which have to be affine in the draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import exp, fsum, isfinite, log

from flint import arb, ctx
from sympy import Add, Expr, Mul, Rational, S, Symbol, Tuple

from .argmax import by_comparisons, written_out
from .errors import Undecided
from .numeric.arrays import evaluate
from .numeric.estimate import Estimate
from .quotients import SIDES, STEP, five_and_three
from .rewriting import inert_nodes, is_ordinary
from .switches import switches
from .terms import Binder, D, E, Int
from .unfolding import explicit, unfold

Point = dict[Symbol, Rational]
Env = dict[Symbol, float | list[float]]

# Gauss points on each cell, by the number of draws: the last two orders tell the error of the last.
ORDERS = {1: (40, 56), 2: (28, 40), 3: (12, 16)}
# Without comparisons there is one cell.
SMOOTH_ORDERS = {1: (40, 56), 2: (40, 56), 3: (14, 18)}
# A node of comparison: enough that each of several outcomes of a choice is met many times.
NODES = 240
ROUNDING = 1e-10


@dataclass(frozen=True, slots=True)
class Piece:
    """One integral over ``axes`` ``(variable, lower, upper)``, outermost first; densities written out."""

    axes: tuple[Tuple, ...]
    body: Expr


def is_nested(term: Expr) -> bool:
    """Whether a binder stands inside another one, or an argmax inside one."""
    return any(
        (isinstance(node, Binder) and (node.body.has(Binder) or _is_wide(node))) or _inner(node)
        for node in inert_nodes(term)
    )


def _is_wide(node: Binder) -> bool:
    return isinstance(node, Int) and len(node.limits) > 2


def _inner(node: Expr) -> bool:
    return not isinstance(node, Binder) and any(isinstance(a, Expr) and is_nested(a) for a in node.args)


@lru_cache(maxsize=512)
def pieces(term: Expr) -> tuple[Piece, ...]:
    """The term as a sum of integrals; raises ``Undecided`` where it is none."""
    return tuple(piece for part in Add.make_args(_carried_out(term)) for piece in _product(part))


def _carried_out(term: Expr) -> Expr:
    """The term with the derivatives of ordinary bodies taken by SymPy, softmaxes written out before."""
    held = {d: written_out(d.body).diff(d.theta) for d in term.atoms(D) if is_ordinary(d.body)}
    return written_out(term.xreplace(held))


def _product(term: Expr) -> tuple[Piece, ...]:
    """A product of ordinary factors and integrals over different variables."""
    made: tuple[Piece, ...] = (Piece((), S.One),)
    for factor in Mul.make_args(term):
        if is_ordinary(factor):
            made = tuple(Piece(p.axes, p.body * factor) for p in made)
            continue
        inner = _bound(factor)
        made = tuple(_joined(p, q) for p in made for q in inner)
    return made


def _bound(node: Expr) -> tuple[Piece, ...]:
    if not isinstance(node, (E, Int)):
        raise Undecided(f"{node} is no integral over independent draws")
    whole = unfold(node) if isinstance(node, E) else node
    if not isinstance(whole, Int):
        raise Undecided("a sum over outcomes inside an integral over draws is not evaluated")
    inside = pieces(explicit(whole.body))
    return tuple(_joined(Piece(whole.limits, S.One), piece) for piece in inside)


def _joined(one: Piece, two: Piece) -> Piece:
    if {axis[0] for axis in one.axes} & {axis[0] for axis in two.axes}:
        raise Undecided("two integrals over the same variable are multiplied")
    return Piece((*one.axes, *two.axes), one.body * two.body)


def nodes_agree(before: Expr, after: Expr, points: tuple[Point, ...]) -> bool:
    """Whether both are integrals over the same draws whose integrands agree at every node.

    Of a step function each branch is met: the nodes fill the space of the draws.
    """
    one, two = pieces(before), pieces(after)
    axes = {frozenset(p.axes) for p in (*one, *two)}
    if len(axes) != 1:
        return False
    variables = sorted(axes.pop(), key=str)
    left, right = (by_comparisons(Add(*(p.body for p in side))) for side in (one, two))
    return all(_agree(left, right, {**_floats(point), **_nodes(tuple(variables))}) for point in points)


def _agree(left: Expr, right: Expr, env: Env) -> bool:
    count = next(len(v) for v in env.values() if isinstance(v, list))
    one, two = (_row(side, env, count) for side in (left, right))
    usable = [(x, y) for x, y in zip(one, two, strict=True) if isfinite(x + y)]
    near = all(abs(x - y) <= ROUNDING * (abs(x) + abs(y)) for x, y in usable)
    return near and len(usable) > count // 2


def _row(expr: Expr, env: Env, count: int) -> list[float]:
    made = evaluate(expr, env)
    return made if isinstance(made, list) else [made] * count


def _floats(point: Point) -> Env:
    return {s: float(v) for s, v in point.items()}


@lru_cache(maxsize=64)
def _sequence(dimension: int) -> tuple[tuple[float, ...], ...]:
    """A Kronecker sequence in the unit cube (Roberts' generalised golden ratios), one tuple for each axis."""
    phi = 2.0
    for _ in range(60):
        phi = (1.0 + phi) ** (1.0 / (dimension + 1))
    return tuple(
        tuple((0.5 + k * phi ** -(i + 1)) % 1.0 for k in range(1, NODES + 1)) for i in range(dimension)
    )


def _nodes(axes: tuple[Tuple, ...]) -> Env:
    columns = _sequence(len(axes))
    return {axis[0]: [_chart(axis, u)[0] for u in column] for axis, column in zip(axes, columns, strict=True)}


def _chart(axis: Tuple, u: float) -> tuple[float, float]:
    """The place and its slope for ``u`` in (0, 1): logistic on the line, ``u/(1-u)`` on a half line."""
    _, lower, upper = axis
    if lower is S.NegativeInfinity and upper is S.Infinity:
        return log(u / (1.0 - u)), 1.0 / (u * (1.0 - u))
    if lower.is_number and upper is S.Infinity:
        return float(lower) + u / (1.0 - u), 1.0 / (1.0 - u) ** 2
    if lower.is_number and upper.is_number and upper.is_finite:
        return float(lower) + (float(upper) - float(lower)) * u, float(upper) - float(lower)
    raise Undecided(f"draws from {lower} to {upper} are not integrated here")


def _unchart(axis: Tuple, x: float) -> float:
    """The ``u`` of a place, clipped to the unit interval."""
    _, lower, upper = axis
    if lower is S.NegativeInfinity:
        return 1.0 / (1.0 + exp(-max(min(x, 700.0), -700.0)))
    low = float(lower)
    if upper is S.Infinity:
        return max(x - low, 0.0) / (1.0 + max(x - low, 0.0))
    return min(max((x - low) / (float(upper) - low), 0.0), 1.0)


def value(term: Expr, point: Point) -> Estimate:
    """The number that a term over at most three draws stands for, with an error estimate."""
    total = Estimate(0.0, 0.0)
    for piece in pieces(term):
        total = total + _integral(piece, point)
    return total


def slope(node: D, point: Point) -> Estimate:
    """The derivative of such a term: quotients of each rule's values, whose nodes stay where they are."""
    at = point[node.theta]
    h = STEP * max(abs(at), S.One)
    sides = [{**point, node.theta: at + k * h} for k in SIDES]
    rows = [[_pair(piece, side) for piece in pieces(node.body)] for side in sides]
    coarse, fine = ([fsum(pair[i] for pair in row) for row in rows] for i in (0, 1))
    five, three = five_and_three(fine, float(h))
    cruder, _ = five_and_three(coarse, float(h))
    return Estimate(five, abs(five - three) + abs(five - cruder) + 1e-12 * abs(five))


def interchanged(before: D, after: Expr, point: Point) -> bool:
    """Whether the derivative of one such term is another, by the same rule on both sides.

    What the rule errs by is the same for both, so that they agree to rounding where the integrands do.
    """
    at = point[before.theta]
    h = STEP * max(abs(at), S.One)
    sides = [{**point, before.theta: at + k * h} for k in SIDES]
    values = [fsum(_pair(piece, side)[1] for piece in pieces(before.body)) for side in sides]
    five, three = five_and_three(values, float(h))
    there = fsum(_pair(piece, point)[1] for piece in pieces(after))
    return abs(five - there) <= 10 * abs(five - three) + 1e-8 * abs(five)


def _integral(piece: Piece, point: Point) -> Estimate:
    coarse, fine = _pair(piece, point)
    return Estimate(fine, abs(fine - coarse) + 1e-14 * abs(fine))


def _pair(piece: Piece, point: Point) -> tuple[float, float]:
    """The integral by two rules of different order."""
    body = by_comparisons(piece.body)
    turning = any(switches(body, axis[0]) for axis in piece.axes)
    orders = (ORDERS if turning else SMOOTH_ORDERS).get(len(piece.axes))
    if orders is None:
        raise Undecided(f"an integral over {len(piece.axes)} draws is not taken by quadrature")
    coarse, fine = (_by_rule(piece.axes, body, point, order) for order in orders)
    if not isfinite(coarse + fine):
        raise Undecided("the integral over the draws is not a number")
    return coarse, fine


def _by_rule(axes: tuple[Tuple, ...], body: Expr, point: Point, order: int) -> float:
    """Axis by axis, outermost first, each cut where a comparison of what is known by then turns."""
    held = body.xreplace(dict(point))
    cuts = _cuts(held, tuple(axis[0] for axis in axes))
    env: Env = {}
    weights = [1.0]
    for axis, places in zip(axes, cuts, strict=True):
        env, weights = _extended(env, weights, axis, places, order)
    found = _row(held, env, len(weights))
    return fsum(w * x for w, x in zip(weights, found, strict=True) if w)


def _extended(
    env: Env, weights: list[float], axis: Tuple, places: tuple[Expr, ...], order: int
) -> tuple[Env, list[float]]:
    """The rows with one more draw: for each the Gauss points of its cells."""
    rule = _gauss(order)
    turns = [_row(place, env, len(weights)) for place in places]
    grown: dict[Symbol, list[float]] = {s: [] for s in env}
    column: list[float] = []
    made: list[float] = []
    for i, weight in enumerate(weights):
        ends = sorted({0.0, 1.0, *(_unchart(axis, turn[i]) for turn in turns)})
        fresh = [(a + (b - a) * t, (b - a) * w) for a, b in pairwise(ends) for t, w in rule]
        for u, w in fresh:
            x, slope = _chart(axis, min(max(u, 1e-300), 1.0 - 2.0**-53))
            column.append(x)
            made.append(weight * w * slope)
        for s, values in grown.items():
            known = env[s]
            assert isinstance(known, list)
            values.extend([known[i]] * len(fresh))
    return {**grown, axis[0]: column}, made


def _cuts(body: Expr, variables: tuple[Symbol, ...]) -> list[tuple[Expr, ...]]:
    """For each variable the places where a comparison turns, in terms of the variables before it."""
    forms = {f for v in variables for f in switches(body, v)}
    found: list[tuple[Expr, ...]] = []
    for v in reversed(variables):
        places: list[Expr] = []
        for form in sorted((f for f in forms if f.has_free(v)), key=str):
            slope = form.diff(v)
            if slope.free_symbols:
                raise Undecided(f"the comparison {form} is not affine in {v}")
            places.append((v - form / slope).expand())
        distinct = tuple(dict.fromkeys(places))
        found.append(distinct)
        crossings = {a - b for i, a in enumerate(distinct) for b in distinct[i + 1 :]}
        forms = {f for f in forms if not f.has_free(v)} | {c for c in crossings if c.free_symbols}
    return found[::-1]


@lru_cache(maxsize=16)
def _gauss(order: int) -> tuple[tuple[float, float], ...]:
    """Points and weights on (0, 1)."""
    with ctx.workprec(80):
        pairs = (arb.legendre_p_root(order, k, weight=True) for k in range(order))
        return tuple(((float(x) + 1.0) / 2.0, float(w) / 2.0) for x, w in pairs)
