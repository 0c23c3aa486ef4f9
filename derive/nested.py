"""Expectations over several independent draws, one inside the other, compared integrand by integrand.

``E_x[E_y[f(x, y)] E_z[h(x, z)]]`` is read as an integral over ``x, y, z`` of densities times bodies
(Tonelli).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite, log

from sympy import Add, Expr, Mul, Rational, S, Symbol, Tuple

from .argmax import by_comparisons
from .errors import Undecided
from .iterated import carried_out
from .numeric.arrays import evaluate
from .quotients import SIDES, STEP
from .rewriting import inert_nodes, is_ordinary
from .terms import Binder, D, Density, E, Int
from .unfolding import explicit, unfold

Point = dict[Symbol, Rational]
Env = dict[Symbol, float | list[float]]

# A node of comparison: enough that each of several outcomes of a choice is met many times.
NODES = 240
ROUNDING = 1e-10
# The two quotients differ by what the cruder of them errs by, which is an estimate.
SLACK = 10.0


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
    """Whether it is an integral over several variables, of no law that the plane is integrated against."""
    return isinstance(node, Int) and len(node.limits) > 1 and not node.body.has(Density)


def _inner(node: Expr) -> bool:
    return not isinstance(node, Binder) and any(isinstance(a, Expr) and is_nested(a) for a in node.args)


@lru_cache(maxsize=512)
def pieces(term: Expr) -> tuple[Piece, ...]:
    """The term as a sum of integrals; raises ``Undecided`` where it is none."""
    return tuple(piece for part in Add.make_args(carried_out(term)) for piece in _product(part))


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

    Of a step function each branch is met: the nodes fill the space of the draws. A derivative inside is a
    difference quotient at each node.
    """
    try:
        return all(_agree_at(before, after, point) for point in points)
    except Undecided:
        return False  # a power of one, say: its value settles it


def _agree_at(before: Expr, after: Expr, point: Point) -> bool:
    # The first of both are by the five-point quotient, the others by the three-point one.
    sides = [pieces(_by_quotients(term, point, k)) for k in (0, 1) for term in (before, after)]
    axes = {frozenset(p.axes) for side in sides for p in side}
    if len(axes) != 1:
        return False
    env: Env = {**_floats(point), **_nodes(tuple(sorted(axes.pop(), key=str)))}
    count = next(len(v) for v in env.values() if isinstance(v, list))
    rows = [_row(by_comparisons(Add(*(p.body for p in side))), env, count) for side in sides]
    usable = [row for row in zip(*rows, strict=True) if isfinite(sum(row))]
    # Where a derivative dies off, what its quotient is made of need not, and its rounding stays.
    moves = before.has(D) or after.has(D)
    floor = ROUNDING * max((abs(row[0]) for row in usable), default=0.0) if moves else 0.0
    return len(usable) > count // 2 and all(_near(row, floor) for row in usable)


def _near(row: tuple[float, ...], floor: float) -> bool:
    x, y, cruder_x, cruder_y = row
    spread = abs(x - cruder_x) + abs(y - cruder_y)
    return abs(x - y) <= SLACK * spread + ROUNDING * (abs(x) + abs(y)) + floor


def _by_quotients(term: Expr, point: Point, which: int) -> Expr:
    """The term with each derivative of an ordinary body as its five-point (0) or three-point (1) quotient."""
    return term.xreplace({d: _quotient(d, point, which) for d in term.atoms(D) if is_ordinary(d.body)})


def _quotient(node: D, point: Point, which: int) -> Expr:
    h = STEP * max(abs(point[node.theta]), S.One)
    two, one, plus, far = (node.body.xreplace({node.theta: node.theta + k * h}) for k in SIDES)
    return ((8 * (plus - one) - (far - two)) / (12 * h), (plus - one) / (2 * h))[which]


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
    return {axis[0]: [_chart(axis, u) for u in column] for axis, column in zip(axes, columns, strict=True)}


def _chart(axis: Tuple, u: float) -> float:
    """The place for ``u`` in (0, 1): logistic on the line, ``u/(1-u)`` on a half line."""
    _, lower, upper = axis
    if lower is S.NegativeInfinity and upper is S.Infinity:
        return log(u / (1.0 - u))
    if lower.is_number and upper is S.Infinity:
        return float(lower) + u / (1.0 - u)
    if lower.is_number and upper.is_number and upper.is_finite:
        return float(lower) + (float(upper) - float(lower)) * u
    raise Undecided(f"draws from {lower} to {upper} are not compared at nodes")
