"""Sums as numbers: a finite one term by term, an infinite one until its tail is below the last digit.

It shares with the rules only the meaning of the terms. Derivatives inside a term are difference quotients.
"""

from __future__ import annotations

import math
from itertools import product

from sympy import Expr, Rational, Symbol

from .errors import Undecided
from .laws import log_density
from .nodes import Env, values_at
from .numeric.estimate import Estimate
from .quotients import law_of
from .terms import Law, Total
from .unfolding import explicit

Point = dict[Symbol, Rational]
Terms = list[tuple[float, float]]

# Terms that are added; more would take seconds.
MOST_TERMS = 1 << 17
BLOCK = 64
# Relative rounding of one term: a dozen operations. Log-factorials of k are some k log(k) large, and their
# own rounding is as large a part of the mass once they are exponentiated.
ROUNDING = 2e-15
# A tail is left out once its bound is below this part of the sum of absolute values.
NEGLIGIBLE = 1e-17
# The mass must have fallen by exp(-this) from its peak before a tail is bounded at all: a series that has
# not yet begun (a Poisson mass at a rate of thousands) looks like one that has ended.
FALLEN = 40.0


def total(node: Total, point: Point) -> Estimate:
    """The value of a sum at a point with an error estimate; raises ``Undecided`` where it does not settle."""
    body = explicit(node.body)
    env: Env = {s: float(v) for s, v in point.items()}
    lower, upper = node.limits[0][1:]
    if len(node.limits) == 1 and upper.is_infinite:
        return _infinite(node, body, env, _whole(lower, point))
    ranges = [range(_whole(low, point), _whole(high, point) + 1) for _, low, high in node.limits]
    if math.prod(map(len, ranges)) > MOST_TERMS:
        raise Undecided(f"the sum has more than {MOST_TERMS} terms", "shrink the support")
    columns = zip(*product(*ranges), strict=True)
    bound: Env = dict(zip(node.variables, (list(map(float, c)) for c in columns), strict=True))
    return _summed(values_at(body, {**env, **bound}), max(abs(end) for r in ranges for end in (r[0], r[-1])))


def _whole(end: Expr, point: Point) -> int:
    at = end.xreplace(point)
    if not at.is_Integer:
        raise Undecided(f"a sum that ends at {end} = {at} does not end at a whole number")
    return int(at)


def _summed(terms: Terms, largest: int, tail: float = 0.0) -> Estimate:
    """The sum; its error is rounding, what the quotients of the terms leave open, and the tail."""
    rounding = ROUNDING * (1.0 + 0.1 * largest * math.log1p(largest))
    if not all(math.isfinite(x) and math.isfinite(d) for x, d in terms):
        raise Undecided("a term of the sum has no finite value")
    error = math.fsum(rounding * abs(x) + d for x, d in terms)
    return Estimate(math.fsum(x for x, _ in terms), error + tail)


def _infinite(node: Total, body: Expr, env: Env, first: int) -> Estimate:
    """Blocks are added, each as long as all before it, until the terms fall geometrically to nothing."""
    (variable,) = node.variables
    terms: Terms = []
    masses: list[float] = []
    law = law_of(node.body)
    while len(terms) < MOST_TERMS:
        start = first + len(terms)
        block: Env = {**env, variable: [float(k) for k in range(start, start + max(BLOCK, len(terms)))]}
        terms += values_at(body, block)
        masses += _masses(law, variable, block)
        tail = _tail([x for x, _ in terms])
        scale = sum(abs(x) for x, _ in terms)
        if not math.isfinite(scale):
            raise Undecided("the terms of the sum grow beyond all numbers")
        if tail is not None and _has_fallen(masses) and tail <= NEGLIGIBLE * scale:
            # Half of all terms lie where the mass is negligible: their logarithms do not matter.
            return _summed(terms, first + len(terms) // 2, tail)
    raise Undecided(f"the sum did not settle within {MOST_TERMS} terms")


def _masses(law: Law | None, variable: Symbol, block: Env) -> list[float]:
    return [] if law is None else [x for x, _ in values_at(log_density(law, variable), block)]


def _has_fallen(masses: list[float]) -> bool:
    return not masses or masses[-1] < max(masses) - FALLEN


def _tail(terms: list[float]) -> float | None:
    """What lies beyond, by the envelope of the last two stretches; None where it does not fall.

    The laws here have tails of at most geometric weight, so a ratio once seen only falls or tends to its
    limit from above; the factor 4 is for oscillating integrands, whose envelope is seen coarsely.
    """
    width = len(terms) // 4
    before = max(map(abs, terms[-2 * width : -width]))
    last = max(map(abs, terms[-width:]))
    if last == 0.0:
        return 0.0
    if not last < 0.9 * before:
        return None
    ratio = last / before
    return 4.0 * width * last * ratio / (1.0 - ratio)
