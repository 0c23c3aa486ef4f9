"""Float integrals of ordinary expressions, with an error estimate that claims no more than was seen.

The axis is cut at the kinks, each piece gets the double-exponential rule of its kind, and the step
is halved until two levels agree. A number is evidence about an integral that exists; whether it
exists is asked elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from sympy import Expr, Rational, Symbol, oo, sympify

from derive.cells import Cell, split

from .arrays import evaluate
from .differences import differentiate as differentiate
from .estimate import NO_NUMBER, ZERO, Estimate
from .levels import Coarse, coarse, refine
from .peaks import hidden_peaks, log_terms, place
from .pieces import Piece, finite, half_line, line
from .planar import integrate2 as integrate2

# A SymPy Rational, too: SymPy's names are Any to a type checker.
Number = Any

# Two levels that agree to this share of the integral of |body| leave the finer one right to rounding.
RELATIVE = 1e-11
# A piece is cut again at a hidden peak or at a removable singularity, at most this often in a row.
_MOST_CUTS = 4
# exp(-40) of what was seen: a peak below that does not change a double.
_MATTERS = 40.0


def integrate(
    body: Expr,
    x: Symbol,
    lower: Expr,
    upper: Expr,
    point: Mapping[Symbol, Number],
    centre: Expr | Number | None = None,
    scale: Expr | Number | None = None,
    relative: float = RELATIVE,
) -> Estimate:
    """``integral of body over lower < x < upper`` at the doubles nearest to a parameter point.

    ``centre`` and ``scale`` say where the integrand lives (a mean and a deviation) and may be
    expressions in the parameters; without them a peak that falls between the nodes is looked for.
    ``relative`` is the share of the integral of ``|body|`` at which halving stops. Raises
    ``Undecided`` where the kinks of ``body`` are not known. ``Estimate(nan, inf)`` where the
    integrand is not a number; an error of inf where the sums do not settle at an end.
    """
    exact = {s: _rational(v) for s, v in point.items()}
    values = {s: float(v) for s, v in point.items()}
    middle = None if centre is None else _exactly(centre)
    width = 1.0 if scale is None else _float(sympify(scale), values)
    made = _Integral(x, values, width, relative)
    total = ZERO
    for cell in split(body, x, sympify(lower), sympify(upper), exact).cells:
        for part in made.cut(cell, middle):
            total = total + made.cell(part, middle, width, _MOST_CUTS)
    return total


def _rational(value: Number) -> Rational:
    return value if isinstance(value, Rational) else Rational(Fraction(value))


def _exactly(value: Expr | Number) -> Expr:
    return value if isinstance(value, Expr) else _rational(value)


def _float(expr: Expr, values: Mapping[Symbol, float]) -> float:
    found = evaluate(expr, values)
    assert isinstance(found, float | int)
    return float(found)


@dataclass(frozen=True, slots=True)
class _Integral:
    """What the pieces of one integral share."""

    x: Symbol
    values: Mapping[Symbol, float]
    scale: float
    relative: float

    def cut(self, cell: Cell, *places: Expr | None) -> list[Cell]:
        """The cell in parts that end at the places inside it; a whole line is not cut at its centre."""
        if cell.lower == -oo and cell.upper == oo and len(places) == 1:
            return [cell]
        low, high = _float(cell.lower, self.values), _float(cell.upper, self.values)
        known = {p: _float(p, self.values) for p in places if p is not None}
        inside = sorted((p for p, v in known.items() if low < v < high), key=known.__getitem__)
        ends = [cell.lower, *inside, cell.upper]
        return [Cell(left, right, cell.body) for left, right in pairwise(ends)]

    def cell(self, cell: Cell, centre: Expr | None, width: float, cuts: int) -> Estimate:
        if cell.body == 0:
            return ZERO
        piece = self.piece(cell, centre, width)
        first = coarse(piece, cell.body)
        if first.broken is not None:
            return self.around(cell, piece, first.broken, cuts)
        # A caller who says where the mass lies spares the search for it, unless the nodes look odd.
        unsure = first.is_suspicious() or (centre is None and len(log_terms(cell.body, self.x)) > 1)
        if cuts and unsure:
            found = self.at_peaks(cell, piece, first, cuts)
            if found is not None:
                return found
        return refine(piece, cell.body, first, self.relative)

    def piece(self, cell: Cell, centre: Expr | None, width: float) -> Piece:
        if cell.lower == -oo and cell.upper == oo:
            return line(self.x, Rational(0) if centre is None else centre, width, self.values)
        if cell.upper == oo:
            return half_line(self.x, cell.lower, 1, width, self.values)
        if cell.lower == -oo:
            return half_line(self.x, cell.upper, -1, width, self.values)
        return finite(self.x, cell.lower, cell.upper, self.values)

    def around(self, cell: Cell, piece: Piece, k: int, cuts: int) -> Estimate:
        """Cut at a node where the integrand is not finite: from its own end it may be integrable."""
        at = place(piece, k)
        if not cuts or not math.isfinite(at):
            return NO_NUMBER
        parts = self.cut(cell, _rational(at), None)
        if len(parts) < 2:
            return NO_NUMBER
        return sum((self.cell(p, None, piece.size, 0) for p in parts), ZERO)

    def at_peaks(self, cell: Cell, piece: Piece, first: Coarse, cuts: int) -> Estimate | None:
        """Cut at the peaks between the nodes; ``None`` where there are none that matter."""
        size = sum(map(abs, first.contributions)) * piece.rule.step * piece.size
        seen = math.log(size) if size > 0 else -math.inf
        peaks = hidden_peaks(cell.body, piece, -piece.rule.left, piece.rule.right + 1)
        peaks = [p for p in peaks if p.logarithm + math.log(p.width) > seen - _MATTERS]
        parts = self.cut(cell, *(_rational(p.at) for p in peaks), None)
        if len(parts) < 2:
            return None
        width = min(p.width for p in peaks)
        return sum((self.cell(p, None, width, cuts - 1) for p in parts), ZERO)
