"""Integrals one inside the other as numbers: tensor Gauss rules, inner integrals at nodes of the outer ones.

Cells are cut where a comparison turns, which has to be affine in the variables. Products of inner integrals
cost no more than one of them: ``E_x[E_y[f(x, y)] E_z[h(x, z)]]`` has the depth two.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from math import exp, fsum, isfinite, log

from flint import arb, ctx
from sympy import Dummy, Expr, Rational, S, Symbol

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

# Gauss points on each cell, by depth: two orders, whose difference tells the error.
ORDERS = {0: (1, 1), 1: (40, 56), 2: (16, 22), 3: (12, 16)}
# Without comparisons there is one cell.
SMOOTH_ORDERS = {0: (1, 1), 1: (40, 56), 2: (24, 32), 3: (14, 18)}

# At the ends of an interval a density may be singular, at the vertices of a simplex in several variables.
EDGE_ORDERS = {1: (40, 56), 2: (22, 30), 3: (24, 32)}
SIMPLEX_ORDERS = {2: (36, 48), 3: (34, 46)}


def value(term: Expr, point: Point) -> Estimate:
    """The number that a term stands for, with an error estimate; raises ``Undecided`` beyond depth three."""
    coarse, fine = _pair(term, point)
    return Estimate(fine, abs(fine - coarse) + 1e-14 * abs(fine))


def slope(node: D, point: Point) -> Estimate:
    """The derivative of such a term: quotients of each rule's values, whose nodes stay where they are."""
    pairs = [_pair(node.body, side) for side in _sides(node.theta, point)]
    h = float(_step(node.theta, point))
    five, three = five_and_three([fine for _, fine in pairs], h)
    cruder, _ = five_and_three([coarse for coarse, _ in pairs], h)
    return Estimate(five, abs(five - three) + abs(five - cruder) + 1e-12 * abs(five))


def interchanged(before: D, after: Expr, point: Point) -> bool:
    """Whether the derivative of one such term is another, by the same rule on both sides.

    What the rule errs by is the same for both, so that they agree to rounding where the integrands do.
    """
    values = [_pair(before.body, side)[1] for side in _sides(before.theta, point)]
    five, three = five_and_three(values, float(_step(before.theta, point)))
    return abs(five - _pair(after, point)[1]) <= 10 * abs(five - three) + 1e-8 * abs(five)


def _step(theta: Symbol, point: Point) -> Rational:
    return STEP * max(abs(point[theta]), S.One)


def _sides(theta: Symbol, point: Point) -> list[Point]:
    h = _step(theta, point)
    return [{**point, theta: point[theta] + k * h} for k in SIDES]


def _pair(term: Expr, point: Point) -> tuple[float, float]:
    """The value by two rules of different order."""
    held = _opened(carried_out(term)).xreplace(dict(point))
    depth = _depth(held)
    orders = _orders(held).get(depth)
    if orders is None:
        raise Undecided(f"an integral of depth {depth} is not taken by quadrature")
    coarse, fine = (_at(held, {}, 1, order)[0] for order in orders)
    if not isfinite(coarse + fine):
        raise Undecided("the integral over the draws is not a number")
    return coarse, fine


def carried_out(term: Expr) -> Expr:
    """The term with the derivatives of ordinary bodies taken by SymPy, softmaxes written out before."""
    held = {d: written_out(d.body).diff(d.theta) for d in term.atoms(D) if is_ordinary(d.body)}
    return written_out(term.xreplace(held))


@lru_cache(maxsize=512)
def _opened(term: Expr) -> Expr:
    """Expectations as integrals of one variable each, densities written out, argmaxes as comparisons."""
    if not term.has(Binder):
        return by_comparisons(explicit(term))
    if isinstance(term, E):
        return _opened(unfold(term))
    if isinstance(term, Int):
        body = _opened(explicit(term.body))
        for limit in reversed(term.limits):
            body = Int(body, limit)
        return body
    if isinstance(term, (Binder, D)):
        raise Undecided(f"{type(term).__name__} inside an integral over draws is not evaluated")
    return term.func(*map(_opened, term.args))


def _depth(term: Expr) -> int:
    inner = max((_depth(a) for a in term.args if isinstance(a, Expr)), default=0)
    return inner + 1 if isinstance(term, Int) else inner


def _turns(term: Expr) -> bool:
    return any(_places(_forms(n.body), n.variables[0]) for n in _integrals(term))


def _orders(term: Expr) -> dict[int, tuple[int, int]]:
    """The orders for what the integrand does between and at the ends."""
    if _turns(term):
        return ORDERS
    finite = sum(all(end.is_finite is not False for end in n.limits[0][1:]) for n in _integrals(term))
    return SIMPLEX_ORDERS if finite > 1 else EDGE_ORDERS if finite else SMOOTH_ORDERS


def _integrals(term: Expr) -> list[Int]:
    return sorted(term.atoms(Int), key=str)


@lru_cache(maxsize=512)
def _forms(term: Expr) -> frozenset[Expr]:
    """The expressions whose signs decide which branch holds, in what is free in the term."""
    if not term.has(Int):
        return frozenset(f for v in term.free_symbols for f in switches(term, v))
    if not isinstance(term, Int):
        return frozenset().union(*(_forms(a) for a in term.args if isinstance(a, Expr)))
    (variable,) = term.variables
    forms = _forms(term.body)
    places = _places(forms, variable)
    crossings = (one - two for i, one in enumerate(places) for two in places[i + 1 :])
    rest = (f for f in forms if not f.has_free(variable))
    return frozenset(f for f in (*rest, *crossings) if f.free_symbols)


def _places(forms: frozenset[Expr], variable: Symbol) -> tuple[Expr, ...]:
    """Where they vanish in ``variable``; raises ``Undecided`` for one that is not affine in it."""
    found = []
    for form in sorted((f for f in forms if f.has_free(variable)), key=str):
        rate = form.diff(variable)
        if rate.free_symbols:
            raise Undecided(f"the comparison {form} is not affine in {variable}")
        found.append((variable - form / rate).expand())
    return tuple(dict.fromkeys(found))


def _at(term: Expr, env: Env, count: int, order: int) -> list[float]:
    """The term at each of ``count`` rows of values."""
    nodes = {node: Dummy("n") for node in inert_nodes(term)}
    inner = {name: _over(node, env, count, order) for node, name in nodes.items() if isinstance(node, Int)}
    return _row(term.xreplace(nodes), {**env, **inner}, count)


def _over(node: Int, env: Env, count: int, order: int) -> list[float]:
    """The integral at each row: the rows with one more variable at the Gauss points of its cells, summed."""
    variable, *limits = node.limits[0]
    low, high = (_row(end, env, count) for end in limits)
    turns = [_row(place, env, count) for place in _places(_forms(node.body), variable)]
    owners: list[int] = []
    places: list[float] = []
    weights: list[float] = []
    for i in range(count):
        chart = _Chart(low[i], high[i])
        ends = sorted({0.0, 1.0, *(chart.inverse(turn[i]) for turn in turns)})
        for left, right in pairwise(ends):
            for t, w in _gauss(order):
                x, rate = chart.place(left + (right - left) * t)
                owners.append(i)
                places.append(x)
                weights.append((right - left) * w * rate)
    grown: Env = {s: [v[i] for i in owners] if isinstance(v, list) else v for s, v in env.items()}
    found = _at(node.body, {**grown, variable: places}, len(owners), order)
    sums: list[list[float]] = [[] for _ in range(count)]
    for i, w, x in zip(owners, weights, found, strict=True):
        sums[i].append(w * x if w else 0.0)
    return [fsum(terms) if all(map(isfinite, terms)) else float("nan") for terms in sums]


class _Chart:
    """An interval as the image of (0, 1): logistic on the line, ``u/(1 - u)`` on a half line, else affine."""

    def __init__(self, low: float, high: float) -> None:
        if not isfinite(low) and isfinite(high):
            raise Undecided("an integral from minus infinity to a number is not taken here")
        self.low, self.high = low, high

    def place(self, u: float) -> tuple[float, float]:
        """The place of ``u`` and its slope there."""
        u = min(max(u, 1e-300), 1.0 - 2.0**-53)
        if not isfinite(self.low):
            return log(u / (1.0 - u)), 1.0 / (u * (1.0 - u))
        if not isfinite(self.high):
            return self.low + u / (1.0 - u), 1.0 / (1.0 - u) ** 2
        # Flat at both ends, where a density may be singular: powers of the distance become smoother ones.
        width = self.high - self.low
        return self.low + width * _flat(u), width * 30.0 * (u * (1.0 - u)) ** 2

    def inverse(self, x: float) -> float:
        """The ``u`` of a place, clipped to the unit interval."""
        if not isfinite(self.low):
            return 1.0 / (1.0 + exp(-max(min(x, 700.0), -700.0)))
        beyond = max(x - self.low, 0.0)
        if not isfinite(self.high):
            return beyond / (1.0 + beyond)
        share = min(beyond / (self.high - self.low), 1.0)
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2.0
            low, high = (middle, high) if _flat(middle) < share else (low, middle)
        return (low + high) / 2.0


def _flat(u: float) -> float:
    return u**3 * (10.0 - 15.0 * u + 6.0 * u * u)


def _row(expr: Expr, env: Env, count: int) -> list[float]:
    if expr in (S.Infinity, S.NegativeInfinity):
        return [float(str(expr).replace("oo", "inf"))] * count
    made = evaluate(expr, env)
    return made if isinstance(made, list) else [made] * count


@lru_cache(maxsize=16)
def _gauss(order: int) -> tuple[tuple[float, float], ...]:
    """Points and weights on (0, 1)."""
    with ctx.workprec(80):
        pairs = (arb.legendre_p_root(order, k, weight=True) for k in range(order))
        return tuple(((float(x) + 1.0) / 2.0, float(w) / 2.0) for x, w in pairs)
