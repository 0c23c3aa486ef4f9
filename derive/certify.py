"""How far two closed forms are known to be equal: a ladder from structure to balls at points.

Each answer names its level. Balls can refute (disjoint at a rational point: a proof that the two
differ); that they overlap proves nothing, and is called agreement at points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from flint import acb, arb, ctx
from sympy import Expr, Rational, Symbol, simplify

from .errors import Undecided
from .normal_form import is_zero, is_zero_quickly
from .numeric.balls import PRECISIONS, ball, real, show
from .numeric.enclosure import enclose
from .strata import stratified_points as stratified_points
from .terms import Law
from .worker import with_time_limit as with_time_limit

Level = Literal["structural", "normal form", "simplified", "points", "refuted", "undecided"]

STRUCTURAL: Level = "structural"
NORMAL_FORM: Level = "normal form"
SIMPLIFIED: Level = "simplified"
POINTS: Level = "points"
REFUTED: Level = "refuted"
UNDECIDED: Level = "undecided"

_PROVED = (STRUCTURAL, NORMAL_FORM, SIMPLIFIED)
# Two values agree at a point where both are known to this relative radius and their balls overlap.
_AGREEMENT = arb("1e-25")
# The same for an integral, whose enclosure costs more per digit.
_ENCLOSED = arb("1e-12")

Point = Mapping[Symbol, Rational]


@dataclass(frozen=True, slots=True)
class Equality:
    """What is known of an equality, by which rung, and where it fails if it does.

    ``witness`` is the rational point at which a refuted equality was proved to fail.
    """

    level: Level
    evidence: str
    witness: tuple[tuple[str, str], ...] = ()

    @property
    def is_proved(self) -> bool:
        """Whether the two are proved equal, wherever both are defined."""
        return self.level in _PROVED

    @property
    def is_refuted(self) -> bool:
        return self.level == REFUTED

    @property
    def holds(self) -> bool:
        """Proved, or agreeing at points: not more than ``level`` says."""
        return self.level in (*_PROVED, POINTS)


def equal(
    left: Expr, right: Expr, points: Iterable[Point] = (), simplify_within: float | None = None
) -> Equality:
    """Climb the ladder for ``left = right``; balls are taken at the given rational points.

    Visit every sign cell with ``stratified_points``: points in one cell cannot see the others.
    ``simplify_within`` allows SymPy's ``simplify`` that many seconds in a child process; without it
    that rung is left out. Never raises for terms that have no ball: the rung is then no evidence.
    """
    if left == right:
        return Equality(STRUCTURAL, "the same expression")
    difference = left - right
    if is_zero_quickly(difference):
        return Equality(NORMAL_FORM, "the difference expands to 0")
    seen = _at_points(left, right, tuple(points))
    if seen.is_refuted:
        return seen
    if is_zero(difference):
        return Equality(NORMAL_FORM, "the normal form of the difference is 0")
    if simplify_within is not None and _simplifies(difference, simplify_within):
        return Equality(SIMPLIFIED, "SymPy simplifies the difference to 0")
    return seen


def _simplifies(difference: Expr, seconds: float) -> bool:
    try:
        return with_time_limit(_is_zero_simplified, (difference,), seconds)
    except Exception:
        # An untrusted helper: its errors are as little evidence as its silence.
        return False


def _is_zero_simplified(difference: Expr) -> bool:
    return bool(simplify(difference) == 0)


def _at_points(left: Expr, right: Expr, points: tuple[Point, ...]) -> Equality:
    agreed, reasons = 0, []
    for point in points:
        try:
            same = _agree(left, right, point)
        except Undecided as problem:
            reasons.append(problem.message)
            continue
        if not same:
            return _refuted(left, right, point)
        agreed += 1
    if agreed:
        return Equality(POINTS, f"agree to 1e-25 at {agreed} of {len(points)} rational points, not proved")
    return Equality(UNDECIDED, reasons[0] if reasons else "no normal form, and no point to try")


def _agree(left: Expr, right: Expr, point: Point) -> bool:
    """Whether the balls overlap and are sharp; False where they are disjoint."""
    for bits in PRECISIONS:
        one, two = ball(left, point, bits), ball(right, point, bits)
        if not (one.is_finite() and two.is_finite()):
            continue
        with ctx.workprec(bits):
            if not one.overlaps(two):
                return False
            if _is_sharp(one, two):
                return True
    raise Undecided(f"no sharp values at {show(point)}")


def _is_sharp(one: acb, two: acb) -> bool:
    gap = abs(one - two)
    size = abs(one).max(abs(two))
    return bool(gap.abs_upper() <= _AGREEMENT * size.abs_lower()) or bool(size.abs_upper() < arb("1e-100"))


def _refuted(left: Expr, right: Expr, point: Point) -> Equality:
    values = [ball(side, point).str(12) for side in (left, right)]
    witness = tuple((str(s), str(v)) for s, v in point.items())
    return Equality(REFUTED, f"at {show(point)}: {values[0]} against {values[1]}", witness)


def certify_closed_form(
    closed: Expr, body: Expr, law: Law, variables: tuple[Symbol, ...], point: Point
) -> Equality:
    """Hold a closed form of ``E_{variables ~ law}[body]`` against a rigorous enclosure at one point.

    ``points``: both are known to 1e-12 there and their balls overlap. ``refuted``: the balls are
    disjoint, which proves the closed form wrong at this point. ``undecided``: with the reason.
    """
    try:
        claimed = real(closed, point)
        found = enclose(body, law, variables, point)
    except Undecided as problem:
        return Equality(UNDECIDED, problem.message)
    with ctx.workprec(256):
        if not claimed.overlaps(found):
            witness = tuple((str(s), str(v)) for s, v in point.items())
            told = f"{claimed.str(17)} against the integral {found.str(17)}"
            return Equality(REFUTED, f"at {show(point)}: {told}", witness)
        if found.rad() <= _ENCLOSED * abs(claimed) or found.rad() <= arb("1e-25"):
            return Equality(POINTS, f"within the enclosure {found.str(17)} at {show(point)}")
    return Equality(UNDECIDED, f"the enclosure {found.str(17)} is too wide to tell")
