"""The second judge of every step: both sides as numbers, by quadrature, at rational points.

It shares with the rules only the meaning of the terms and the kink splitter. Derivatives are
difference quotients, integrals are sums over nodes, sums are added up; every value carries an error
estimate, and two values differ only where they do so beyond what both estimates allow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal

from sympy import Dummy, Expr, Rational, S, Symbol

from . import sums
from .cells import Cell, split
from .context import Context
from .errors import DeriveError, Undecided
from .iterated import interchanged
from .iterated import slope as slope_over_draws
from .iterated import value as over_draws
from .lattice import on_lattice
from .laws import family_of
from .nested import is_nested
from .nested import nodes_agree as draws_agree
from .nodes import nodes_agree, same_limits
from .numeric.arrays import evaluate
from .numeric.balls import value as ball_value
from .numeric.estimate import Estimate
from .numeric.quadrature import integrate, integrate2
from .numeric.triangle import over_triangle
from .quotients import SIDES, STEP, carried_out, five_and_three, law_of, place, with_parameters
from .rewriting import binders, inert_nodes
from .terms import Binder, D, Density, E, Inert, Int, Total
from .unfolding import explicit, unfold

Point = dict[Symbol, Rational]

# Error estimates are themselves estimates: a difference counts from ten times their sum on.
SLACK = 10.0
# Rounding of the sums over some hundred nodes, relative to the value.
ROUNDING = 1e-11
# Levels of quadrature must settle to this share: a quotient divides their difference by its step, 6e-5.
SETTLED = 1e-14
# A value whose error exceeds this share of it says nothing about a lost factor.
USELESS = 1e-3


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the oracle saw: ``agrees``, ``differs`` (with its witness) or ``unknown``."""

    outcome: Literal["agrees", "differs", "unknown"]
    evidence: str
    witness: tuple[tuple[str, str], ...] = ()


def compare(before: Expr, after: Expr, context: Context) -> Comparison:
    """Compare two terms at every point of the context (and for every instance of a generic one).

    Where both sides integrate over the same limits their integrands are compared first, node by node:
    that is cheaper and sees more. Only where they differ, or the limits do, are integrals taken. A
    derivative that stands outside on both sides is left out at first: terms that are equal as functions
    of the parameter have equal derivatives. Terms that are not may still have, so only the derivatives
    refute.
    """
    inner = before, after
    while isinstance(inner[0], D) and isinstance(inner[1], D) and inner[0].theta == inner[1].theta:
        inner = inner[0].body, inner[1].body
    seen = _compared(*inner, context)
    if seen.outcome == "agrees" or inner == (before, after):
        return seen
    return _compared(before, after, context)


def _compared(before: Expr, after: Expr, context: Context) -> Comparison:
    try:
        for instance in context.instances or (None,):
            one, two = (instance(t) if instance else t for t in (before, after))
            judge = _over_draws if is_nested(one) or is_nested(two) else _pointwise
            seen = judge(one, two, context.points) or _by_value(one, two, context.points)
            if seen.outcome != "agrees":
                return seen
    except (DeriveError, OverflowError) as error:
        return Comparison("unknown", f"not evaluated: {error}")
    return seen


def _over_draws(before: Expr, after: Expr, points: tuple[Point, ...]) -> Comparison | None:
    """Agreement of integrals over several independent draws, integrand by integrand; None if not settled."""
    after_moves = any(isinstance(node, D) for node in inert_nodes(after))
    if isinstance(before, D) and is_nested(before.body) and is_nested(after) and not after_moves:
        if interchanged(before, after, points[0]):
            return Comparison("agrees", "the derivative of a quadrature is the quadrature of the derivative")
        return None
    if not (is_nested(before) and is_nested(after)):
        return None
    if not draws_agree(before, after, points):
        return None
    return Comparison("agrees", f"the integrands are equal at nodes of all draws, at {len(points)} points")


def _pointwise(before: Expr, after: Expr, points: tuple[Point, ...]) -> Comparison | None:
    """Agreement of the integrands at nodes of the support; None where that does not settle it."""
    pair = same_limits(before, after)
    if pair is None or not all(nodes_agree(pair, point) for point in points):
        return None
    return Comparison("agrees", f"the integrands are equal at nodes of the support, at {len(points)} points")


def _by_value(before: Expr, after: Expr, points: tuple[Point, ...]) -> Comparison:
    worst = 0.0
    # Integrals over the plane are dear, and their integrands were compared at every point.
    for point in points[:1] if _is_planar(before) else points:
        one, two = _value(before, point), _value(after, point)
        allowed = SLACK * (one.error + two.error) + ROUNDING * (abs(one.value) + abs(two.value))
        gap = abs(one.value - two.value)
        if not isfinite(gap) or not isfinite(allowed):
            return Comparison("unknown", "a side has no finite value by quadrature")
        if gap > allowed:
            return _differs(one, two, point)
        if allowed > USELESS * max(abs(one.value), abs(two.value), USELESS):
            return Comparison("unknown", f"quadrature errs by {allowed:.1g} here")
        worst = max(worst, gap)
    return Comparison("agrees", f"equal to {worst:.0e} by quadrature")


def _is_planar(term: Expr) -> bool:
    return is_nested(term) or any(len(n.variables) > 1 and not _is_sum(n) for n in binders(term))


def _is_sum(node: Binder) -> bool:
    return isinstance(node, Total) or (isinstance(node, E) and on_lattice(node.law))


def _differs(one: Estimate, two: Estimate, point: Point) -> Comparison:
    witness = tuple((str(s), str(v)) for s, v in point.items())
    where = ", ".join(f"{name} = {value}" for name, value in witness)
    return Comparison("differs", f"at {where}: {one.value:.10g} against {two.value:.10g}", witness)


_CACHE: dict[tuple[Expr, tuple[tuple[Symbol, Rational], ...]], Estimate] = {}


def _value(term: Expr, point: Point) -> Estimate:
    """The value of a closed term at a point, remembered: each side of a step is met twice."""
    key = (term, tuple(point.items()))
    if key not in _CACHE:
        if len(_CACHE) > 4096:
            _CACHE.clear()
        _CACHE[key] = value(term, point)
    return _CACHE[key]


def value(term: Expr, point: Point) -> Estimate:
    """The number that a term without free bound variables stands for, with an error estimate."""
    nodes = tuple(dict.fromkeys(inert_nodes(term)))
    parts = {Dummy(f"n{i}"): _node(node, point) for i, node in enumerate(nodes)}
    if not nodes:
        return _ordinary(term, point)
    outer = term.xreplace(dict(zip(nodes, parts, strict=True)))
    env: dict[Symbol, float] = {s: float(v) for s, v in point.items()}
    env |= {name: part.value for name, part in parts.items()}
    middle = _scalar(outer, env)
    error = sum(
        abs(_scalar(outer, {**env, name: part.value + part.error}) - middle) for name, part in parts.items()
    )
    return Estimate(middle, error)


def _ordinary(term: Expr, point: Point) -> Estimate:
    """A closed form: in floats where that works, else by balls, which know complex numbers too."""
    try:
        return Estimate(_scalar(term, {s: float(v) for s, v in point.items()}), 0.0)
    except Undecided:
        return Estimate(*ball_value(term, point))


def _scalar(expr: Expr, env: dict[Symbol, float]) -> float:
    made = evaluate(expr, env)
    return float(made) if not isinstance(made, list) else nan


def _node(node: Inert, point: Point) -> Estimate:
    if isinstance(node, Binder) and is_nested(node):
        return over_draws(node, point)
    if isinstance(node, E):
        return _integral(unfold(node), point)
    if isinstance(node, (Int, Total)):
        return _integral(node, point)
    if isinstance(node, D):
        return _slope(node, point)
    if isinstance(node, Density):
        return value(explicit(node), point)
    raise Undecided(f"the oracle has no meaning for {node}")


def _slope(node: D, point: Point) -> Estimate:
    """A derivative of a number in a parameter: five-point and three-point quotients, by their difference."""
    if is_nested(node.body):
        return slope_over_draws(node, point)
    return _quotient(node.theta, point, lambda moved: value(node.body, moved))


def _quotient(theta: Symbol, point: Point, f: Callable[[Point], Estimate]) -> Estimate:
    at = point[theta]
    h = STEP * max(abs(at), S.One)
    sides = [f({**point, theta: at + k * h}) for k in SIDES]
    five, three = five_and_three([side.value for side in sides], float(h))
    return Estimate(five, abs(five - three) + sum(side.error for side in sides) / float(h))


def _integral(node: Int | Total, point: Point) -> Estimate:
    if isinstance(node, Total):
        return sums.total(node, point)
    body = explicit(node.body)
    if len(node.limits) == 2:
        return _plane(node, body, point)
    variable, lower, upper = node.limits[0]
    total = Estimate(0.0, 0.0)
    # Cells are cut before derivatives are taken: none may reach across a bend.
    for cell in split(body, variable, lower, upper, point).cells:
        total = total + _over(cell, variable, place(node), point)
    return total


def _over(cell: Cell, x: Symbol, hints: tuple[Expr | None, Expr | None], point: Point) -> Estimate:
    """The integral over one cell, whose ends stay where they are while a derivative inside is taken."""
    low, high = (end.xreplace(point) for end in (cell.lower, cell.upper))
    centre, scale = hints

    def of(body: Expr, at: Point) -> Estimate:
        return integrate(body, x, low, high, at, centre=centre, scale=scale, relative=SETTLED)

    body = cell.body
    if isinstance(body, D):
        if not body.body.has_free(body.theta):
            return Estimate(0.0, 0.0)  # even where the integral of what does not move diverges
        return _quotient(body.theta, point, lambda moved: of(body.body, moved))
    return of(carried_out(body), point)


def _plane(node: Int, body: Expr, point: Point) -> Estimate:
    """An integral over the plane against a bivariate normal density, or over the triangle."""
    law = law_of(node.body)
    if law is None:
        raise Undecided("an integral over the plane is evaluated only against a density")
    if law.name == "dirichlet":
        return over_triangle(carried_out(body), node.variables, point)
    transport = family_of(law).transport
    assert transport is not None  # a law in two dimensions has one
    path = [with_parameters(t, law).xreplace(point) for t in transport.map]
    noise = family_of(law).noise
    centre = tuple(float(t.xreplace(dict.fromkeys(noise, S.Zero))) for t in path)
    scale = tuple(tuple(float(t.diff(b)) for b in noise) for t in path)
    variables = tuple(limit[0] for limit in node.limits)
    return integrate2(carried_out(body), variables, point, centre=centre, scale=scale)
