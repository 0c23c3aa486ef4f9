"""Rational points that visit every sign cell: an identity is tried on both sides of every switch.

A flipped sign on ``Heaviside(-mu)`` goes unnoticed at three random points that all have mu > 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from random import Random

from flint import ctx
from sympy import Expr, Rational, Symbol
from sympy.core.relational import Relational

from .errors import Undecided
from .numeric.evaluator import Evaluator

Values = dict[Symbol, Rational]
Pattern = tuple[int, ...]

# Candidates looked at before an unvisited sign pattern is taken for inadmissible.
_MOST_CANDIDATES = 240
# Steps from the base point and from zeros of switches, nearest first.
_STEPS = tuple(map(Rational, ("1/7", "1/3", "2/3", "5/4", "7/3", "9/2", "8", "31/2", "61/2")))
# Small denominators keep balls fast and witnesses readable.
_DENOMINATOR = 24


def stratified_points(
    constraints: Iterable[Relational],
    point: Mapping[Symbol, Rational],
    switches: Sequence[Expr] = (),
    count: int = 3,
    seed: int = 0,
) -> tuple[Values, ...]:
    """``point`` first, then distinct rational points that satisfy all (strict) ``constraints``.

    Every sign pattern of the ``switches`` (expressions in the parameters) that a search of
    deterministic candidates finds admissible is visited, even where that takes more than ``count``
    points; the rest is spread over the patterns. At no point but the first does a switch vanish. Fewer
    than ``count`` points come back only where the constraints leave no others to the search.
    Raises ``Undecided`` where ``point`` itself violates a constraint.
    """
    search = _Search(tuple(constraints), tuple(switches))
    base = dict(point)
    own = search.pattern(base)
    if own is None:
        raise Undecided("the base point violates a constraint", "choose an admissible point")
    found = search.by_pattern(base, count, seed)
    beside = found.pop(own, [])
    chosen = [base, *(points[0] for points in found.values())]
    queues = [beside, *(points[1:] for points in found.values())]
    spare = [queue[i] for i in range(count) for queue in queues if i < len(queue)]
    return tuple(chosen + spare[: max(0, count - len(chosen))])


class _Search:
    def __init__(self, constraints: tuple[Relational, ...], switches: tuple[Expr, ...]) -> None:
        self.constraints = constraints
        # A sign that the symbols' own assumptions settle is no switch.
        self.switches = tuple(s for s in switches if not (s.is_positive or s.is_negative or s.is_zero))

    def pattern(self, values: Values) -> Pattern | None:
        """The signs of the switches, 2 where one is not real; ``None`` for an inadmissible point."""
        if any(_is_outside(s, v) for s, v in values.items()):
            return None
        with ctx.workprec(128):
            walk = Evaluator(values)
            if any(walk.truth(c) is not True for c in self.constraints):
                return None
            signs = (walk.sign(s) for s in self.switches)
            return tuple(2 if s is None else s for s in signs)

    def by_pattern(self, base: Values, count: int, seed: int) -> dict[Pattern, list[Values]]:
        """Admissible candidates without ties by sign pattern, at most ``count`` of each."""
        found: dict[Pattern, list[Values]] = {}
        for values in islice(self.candidates(base, Random(seed)), _MOST_CANDIDATES):
            signs = self.pattern(values)
            if signs is None or 0 in signs or values == base:
                continue
            kept = found.setdefault(signs, [])
            if len(kept) < count and values not in kept:
                kept.append(values)
            if len(found) == 2 ** len(self.switches) and all(len(k) >= count for k in found.values()):
                break
        return found

    def candidates(self, base: Values, random: Random) -> Iterator[Values]:
        """All symbols moved, by turns with one symbol put on either side of the zero of a switch."""
        across = [pair for switch in self.switches for pair in _beside(switch, base)]
        random.shuffle(across)
        far = _moved(base, random)
        for symbol, value in across:
            yield {**base, symbol: value}
            other = next(far)
            yield other
            yield {**other, symbol: value}
        yield from far


def _beside(switch: Expr, base: Values) -> Iterator[tuple[Symbol, Rational]]:
    """Values of one symbol on either side of the switch's zero, where it is affine in the symbol."""
    for symbol in sorted(switch.free_symbols & set(base), key=str):
        slope = switch.diff(symbol)
        if slope == 0 or symbol in slope.free_symbols:
            continue
        others = {s: v for s, v in base.items() if s != symbol}
        zero = (symbol - switch / slope).expand().xreplace(others)
        if isinstance(zero, Rational):
            yield from ((symbol, zero + direction * step) for step in _STEPS for direction in (1, -1))


def _moved(base: Values, random: Random) -> Iterator[Values]:
    """The base with every symbol moved, to either side, near it first and then further."""
    while True:
        for step in _STEPS:
            values: Values = {}
            for symbol, value in base.items():
                shift = step * Rational(random.randint(1, 11), 11)
                # Whole numbers stay whole: n trials of a binomial law.
                denominator = 1 if symbol.is_integer else _DENOMINATOR
                moved = _short(value + random.choice((-1, 1)) * shift, denominator)
                inside = not _is_outside(symbol, moved)
                values[symbol] = moved if inside else _short(abs(value) + shift, denominator)
            yield values


def _is_outside(symbol: Symbol, value: Rational) -> bool:
    """Whether the symbol's own assumptions exclude the value."""
    if symbol.is_integer and value.q != 1:
        return True
    return bool((symbol.is_positive and value <= 0) or (symbol.is_negative and value >= 0))


def _short(value: Rational, denominator: int) -> Rational:
    # SymPy's own round goes through evalf: a hundred times the cost of this.
    return Rational((2 * denominator * value.p + value.q) // (2 * value.q), denominator)
