"""Two integrals (or sums) over the same limits, compared term by term at nodes of the support."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import isfinite

from sympy import Add, Dummy, Expr, Rational, S, Symbol, Tuple

from .errors import Undecided
from .numeric.arrays import evaluate
from .quotients import SIDES, STEP, five_and_three, place
from .rewriting import inert_nodes, is_ordinary
from .terms import D, E, Int, Total
from .unfolding import explicit, unfold

Point = dict[Symbol, Rational]
Env = dict[Symbol, float | list[float]]

# Offsets in units of the law's own scale. No two are alike, and none is a round number: a node on a bend
# would be lost.
OFFSETS = (
    -2.713,
    -1.871,
    -1.319,
    -0.907,
    -0.573,
    -0.291,
    -0.0837,
    0.117,
    0.331,
    0.617,
    0.967,
    1.411,
    1.973,
    2.837,
)
# Share of the rounding of a quotient (2**-53 over its step, 4e-13) that products and sums may add up to.
ROUNDING = 1e-10
SLACK = 10.0
# So many nodes must give numbers on both sides for the comparison to count.
ENOUGH = 5
# The last of the outcomes of a sum that are compared one by one.
MOST_OUTCOMES = 24


@dataclass(frozen=True, slots=True)
class Pair:
    """Two integrands over the same limits, and what stands outside the integrals on either side."""

    before: Expr
    after: Expr
    rest_before: Expr
    rest_after: Expr
    over: Int | Total


def same_limits(before: Expr, after: Expr) -> Pair | None:
    """The two sides as one integral each over common limits, if both are linear in such integrals."""
    one, two = _gathered(before), _gathered(after)
    if one is None or two is None or one[0] != two[0]:
        return None
    (kind, limits), body, rest = one
    return Pair(body, two[1], rest, two[2], kind(body, *limits))


Over = tuple[type[Int] | type[Total], tuple[Tuple, ...]]


def _gathered(term: Expr) -> tuple[Over, Expr, Expr] | None:
    """``(over, integrand, rest)`` of a sum of constants times integrals, or sums, over the same limits."""
    bodies: list[Expr] = []
    rest: list[Expr] = []
    limits: set[Over] = set()
    for piece in Add.make_args(term):
        nodes = tuple(inert_nodes(piece))
        if not nodes:
            rest.append(piece)
            continue
        if len(nodes) != 1 or not isinstance(nodes[0], (E, Int, Total)):
            return None
        node = unfold(nodes[0]) if isinstance(nodes[0], E) else nodes[0]
        factor = piece / nodes[0]
        if not is_ordinary(factor):
            return None
        limits.add((type(node), node.limits))
        bodies.append(factor * node.body)
    return (limits.pop(), Add(*bodies), Add(*rest)) if len(limits) == 1 else None


def nodes_agree(pair: Pair, point: Point) -> bool:
    """Whether the integrands (and the rests) agree at every node where both are numbers."""
    env: Env = {s: float(v) for s, v in point.items()}
    if not _near(_scalar(pair.rest_before, env), _scalar(pair.rest_after, env), 0.0):
        return False
    env |= _outcomes(pair.over, point) if isinstance(pair.over, Total) else _nodes(pair.over, point)
    one, two = values_at(explicit(pair.before), env), values_at(explicit(pair.after), env)
    usable = [(x, y, dx + dy) for (x, dx), (y, dy) in zip(one, two, strict=True) if isfinite(x + y + dx + dy)]
    # A node whose quotients disagree lies by a bend: its derivative is not seen from here.
    clear = [(x, y, d) for x, y, d in usable if d <= 1e-3 * (abs(x) + abs(y)) or x == y]
    # A sum has few terms, and none of them may be left out.
    enough = len(one) if isinstance(pair.over, Total) else ENOUGH
    return len(clear) >= enough and all(_near(x, y, d) for x, y, d in clear)


def _near(x: float, y: float, spread: float) -> bool:
    return abs(x - y) <= SLACK * spread + ROUNDING * (abs(x) + abs(y))


def _scalar(expr: Expr, env: Env) -> float:
    made = evaluate(expr, env)
    if isinstance(made, list):
        raise Undecided(f"{expr} still depends on a bound variable")
    return made


def values_at(body: Expr, env: Env) -> list[tuple[float, float]]:
    """Value and error of the integrand at each node; derivatives are quotients of values."""
    count = next(len(v) for v in env.values() if isinstance(v, list))
    outer, held = _apart(body)
    sides = {name: _slopes(node, env, count) for node, name in held}
    five = _row(outer, {**env, **{name: [x for x, _ in side] for name, side in sides.items()}}, count)
    if not held:
        return [(x, 0.0) for x in five]
    three = _row(outer, {**env, **{name: [x for _, x in side] for name, side in sides.items()}}, count)
    return [(x, abs(x - y)) for x, y in zip(five, three, strict=True)]


@lru_cache(maxsize=2048)
def _apart(body: Expr) -> tuple[Expr, tuple[tuple[D, Symbol], ...]]:
    """The body with a symbol for each derivative in it, and what each symbol stands for."""
    held = {node: Dummy("d") for node in inert_nodes(body) if isinstance(node, D)}
    return body.xreplace(held), tuple(held.items())


def _slopes(node: D, env: Env, count: int) -> list[tuple[float, float]]:
    """The derivative at each node by the five-point and by the three-point quotient."""
    at = env[node.theta]
    assert isinstance(at, float)  # only parameters are differentiated by
    h = float(STEP) * max(1.0, abs(at))
    rows = (_row(node.body, {**env, node.theta: at + k * h}, count) for k in SIDES)
    return [five_and_three(values, h) for values in zip(*rows, strict=True)]


def _row(expr: Expr, env: Env, count: int) -> list[float]:
    made = evaluate(expr, env)
    return made if isinstance(made, list) else [made] * count


def _nodes(over: Int, point: Point) -> Env:
    """Nodes for each bound variable, inside its limits and where the mass is."""
    made: Env = {}
    for turn, (variable, lower, upper) in enumerate(over.limits):
        hints = place(over) if len(over.limits) == 1 else (None, None)
        centre, scale = (float(h.xreplace(point)) if h is not None else None for h in hints)
        # Axes of the plane take the offsets in different orders, so that no node lies on a diagonal.
        offsets = OFFSETS[turn:] + OFFSETS[:turn] if turn % 2 == 0 else tuple(reversed(OFFSETS))
        lows, highs = (_ends(end, point, made, len(offsets)) for end in (lower, upper))
        made[variable] = [
            _inside(t, low, high, centre or 0.0, scale or 1.0) for t, low, high in zip(offsets, lows, highs)
        ]
    return made


def _ends(end: Expr, point: Point, made: Env, count: int) -> list[float]:
    """One end of an axis at each node: it may be a function of the axes before."""
    if not end.free_symbols & set(made):
        return [_end(end, point)] * count
    return _row(end, {**{s: float(v) for s, v in point.items()}, **made}, count)


def _outcomes(over: Total, point: Point) -> Env:
    """The first whole numbers within the limits on each axis: all of them where they are few."""
    ranges = []
    for _, lower, upper in over.limits:
        low, high = _end(lower, point), _end(upper, point)
        ranges.append([low + k for k in range(int(min(high - low, MOST_OUTCOMES)) + 1)])
    columns = zip(*product(*ranges), strict=True)
    return dict(zip(over.variables, map(list, columns), strict=True))


def _end(end: Expr, point: Point) -> float:
    if end in (S.Infinity, S.NegativeInfinity):
        return float("inf") if end is S.Infinity else float("-inf")
    return float(end.xreplace(point))


def _inside(t: float, low: float, high: float, centre: float, scale: float) -> float:
    """The node of offset ``t``: affine on the line, logarithmic on a half line, logistic on an interval."""
    if isfinite(low) and isfinite(high):
        return low + (high - low) / (1.0 + 2.718281828459045**-t)
    if isfinite(low):
        return low + abs(scale) * 2.718281828459045 ** (t / 2)
    if isfinite(high):
        return high - abs(scale) * 2.718281828459045 ** (t / 2)
    return centre + scale * t
