"""Float integrals over the triangle 0 < x, 0 < y, x + y < 1, with singular edges.

With ``x = u`` and ``y = (1 - u) w`` it is the unit square, on which the double-exponential rule of either
variable crowds its nodes at both ends. The three coordinates keep their digits: ``1 - x - y`` is written as
``(1 - u)(1 - w)``, and not computed as a difference.
Source: Takahasi and Mori, Double exponential formulas for numerical integration (1974).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sympy import Add, Dummy, Expr, Symbol, expand

from derive.special import beta_velocity

from .arrays import evaluate
from .estimate import NO_NUMBER, Estimate

# A SymPy Rational, too: SymPy's names are Any to a type checker.
Number = Any

# Steps in either variable; the error falls like exp(-c/step), and two of them must agree.
_STEPS = (0.5, 0.25, 0.125, 0.0625)
# 1/(1 + exp(pi sinh 4)) is 1e-37: what lies beyond has no weight under a power above -0.4.
_REACH = 4.0
_AGREE = 1e-11
_ROUNDING = 256 * 2.0**-53


def over_triangle(body: Expr, variables: tuple[Symbol, ...], point: Mapping[Symbol, Number]) -> Estimate:
    """The integral of ``body`` over the triangle of its two ``variables`` at a parameter point.

    Meant for integrands that are smooth inside; powers above -1 of the coordinates, and logarithms, at the
    edges. A kink inside is not resolved but reported as error. ``Estimate(nan, inf)`` where it is not a
    number.
    """
    named, parts = _named(body, variables)
    values: dict[Symbol, float] = {s: float(v) for s, v in point.items()}
    total, change, before = math.nan, math.inf, math.inf
    size = 0.0
    for i, step in enumerate(_STEPS):
        new, size = _level(named, parts, values, step)
        if not math.isfinite(new):
            return NO_NUMBER
        before, change, total = change, abs(new - total) if i else math.inf, new
        if change <= _AGREE * size:
            break
    # As on a line, two levels that agree by accident are held to the change before.
    accident = 0.01 * before / size * before if size and before < math.inf else 0.0
    return Estimate(total, max(change, accident) + _ROUNDING * size).honest()


# The three coordinates, one set for all: what was compiled once is then found again.
_PARTS = tuple(Dummy(name, positive=True) for name in ("x", "y", "z"))


@lru_cache(maxsize=256)
def _named(body: Expr, variables: tuple[Symbol, ...]) -> tuple[Expr, tuple[Symbol, ...]]:
    """The body in its three coordinates, sums that are multiples of one by its name, and their order.

    What is dear to compute should be a function of the outer variable alone: it then has few arguments.
    """
    x, y, z = _PARTS
    inside = body.xreplace(dict(zip(variables, (x, y), strict=True)))

    def renamed(total: Expr) -> Expr:
        for rest, name in ((1 - x - y, z), (1 - x, y + z), (1 - y, x + z)):
            size = total.xreplace({x: 0, y: 0})
            if size != 0 and expand(total - size * rest) == 0:
                return size * name
        return total

    named = inside.replace(lambda n: isinstance(n, Add) and n.has_free(x, y), renamed)
    dear = {f.args[-1] for f in named.atoms(beta_velocity)}
    return named, tuple(sorted(_PARTS, key=lambda part: part not in dear))


def _level(
    body: Expr, parts: tuple[Symbol, ...], values: Mapping[Symbol, float], step: float
) -> tuple[float, float]:
    """The sum over one grid, and that of its absolute values."""
    line = [_node(k * step) for k in range(-round(_REACH / step), round(_REACH / step) + 1)]
    grid = [(a, b) for a in line for b in line]
    env = {
        parts[0]: [a[0] for a, _ in grid],
        parts[1]: [a[1] * b[0] for a, b in grid],
        parts[2]: [a[1] * b[1] for a, b in grid],
    }
    found = evaluate(body, {**values, **env})
    terms = found if isinstance(found, list) else [found] * len(grid)
    weighed = [v * a[1] * a[2] * b[2] for v, (a, b) in zip(terms, grid, strict=True)]
    return sum(weighed) * step**2, sum(map(abs, weighed)) * step**2


def _node(t: float) -> tuple[float, float, float]:
    """``u``, ``1 - u`` and ``du/dt`` of ``u = 1/(1 + exp(-pi sinh t))``, all to full precision."""
    s = math.pi * math.sinh(t)
    small = math.exp(-abs(s))
    near, far = small / (1.0 + small), 1.0 / (1.0 + small)
    u, rest = (far, near) if s > 0 else (near, far)
    return u, rest, math.pi * math.cosh(t) * near * far
