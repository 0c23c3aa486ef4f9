"""Double-exponential rules: trapezoid sums in a variable in which the integrand dies off fast at both ends.

Sources: Takahasi and Mori, Double exponential formulas for numerical integration, Publ. RIMS 9 (1974)
(tanh-sinh; the half-line map ``exp(u - exp(-u))``). The cubic terms are ours: they leave the maps as
mild as they are near the middle, which a normal density needs, and reach 1e300 in a few more steps,
which a Cauchy tail needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

# exp of this is near the largest double; beyond it a node has no distance from its end.
_LARGEST = 690.0
_HALF_PI = math.pi / 2


@dataclass(frozen=True, slots=True)
class Rule:
    """Nodes ``u = k*step`` from ``-left`` to ``right`` steps; each level after the first halves the step.

    ``node(u)`` is the distance that belongs to ``u`` (from the end, or from the centre) and its
    derivative. ``first`` is how many steps each way are looked at to begin with.
    """

    name: str
    step: float
    left: int
    right: int
    first: int
    node: Callable[[float], tuple[float, float]]


def _line(u: float) -> tuple[float, float]:
    """``sinh(u + u**3/100)``, on the whole line."""
    p = u + 0.01 * u**3
    return math.sinh(p), math.cosh(p) * (1 + 0.03 * u * u)


def _half(u: float) -> tuple[float, float]:
    """``exp(u - exp(-u) + u**3/50)``, the distance from the finite end of a half line."""
    shrink = math.exp(-u)
    t = math.exp(u - shrink + 0.02 * u**3)
    return t, t * (1 + shrink + 0.06 * u * u)


def _finite(u: float) -> tuple[float, float]:
    """``(1 + tanh(pi/2*sinh u))/2``, as the distance from the nearer end of (0, 1)."""
    q = math.exp(-math.pi * math.sinh(abs(u)))
    d = q / (1 + q)
    return d, math.pi * math.cosh(u) * d / (1 + q)


def _reach(exponent: Callable[[float], float], step: float) -> int:
    """How many steps until the exponent is beyond the range of doubles."""
    k = 0
    while exponent((k + 1) * step) < _LARGEST:
        k += 1
    return k


def _cubic(c: float) -> Callable[[float], float]:
    return lambda u: u + c * u**3


# Steps: at the third level a standard normal (line), an exponential (half line) and exp on (0, 1)
# are right to 1e-15 (measured), and the second level to 1e-10.
_LINE_REACH = _reach(_cubic(0.01), 0.32)
_FINITE_REACH = _reach(lambda u: math.pi * math.sinh(u), 0.5)
_TOWARDS_END = _reach(lambda u: u + math.exp(u) + 0.02 * u**3, 0.32)
LINE = Rule("line", 0.32, _LINE_REACH, _LINE_REACH, 12, _line)
HALF = Rule("half", 0.32, _TOWARDS_END, _reach(_cubic(0.02), 0.32), 12, _half)
FINITE = Rule("finite", 0.5, _FINITE_REACH, _FINITE_REACH, 7, _finite)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Distances and derivatives at one level, in the order of ``u``; from ``offset`` on, ``u >= 0``."""

    distance: list[float]
    weight: list[float]
    offset: int


@lru_cache(maxsize=64)
def nodes(rule: Rule, level: int) -> Nodes:
    """The nodes that ``level`` adds: all multiples of the step, then the points half-way between."""
    if level == 0:
        places = [k * rule.step for k in range(-rule.left, rule.right + 1)]
        return _nodes(rule, places, rule.left)
    finer = rule.step / 2 ** (level - 1)
    first, last = -rule.left * 2 ** (level - 1), rule.right * 2 ** (level - 1)
    return _nodes(rule, [(j + 0.5) * finer for j in range(first, last)], -first)


def _nodes(rule: Rule, places: list[float], offset: int) -> Nodes:
    pairs = [rule.node(u) for u in places]
    return Nodes([d for d, _ in pairs], [w for _, w in pairs], offset)
