"""The smooth cells of an expectation: between kinks of the integrand and of the density."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Abs, Expr, Gt, Heaviside, Lt, Max, Min, Piecewise, S, Symbol, sign
from sympy.core.relational import Relational

from derive.errors import Undecided
from derive.family import Family
from derive.laws import support_of
from derive.terms import Law

from .place import Point, compare

_BRANCHING = (Abs, Max, Min, Heaviside, sign, Piecewise)


@dataclass(slots=True)
class Work:
    """One expectation in the making: what it is about, and what was used on the way."""

    law: Law
    family: Family
    x: Symbol
    point: Point
    requires: list[Relational]
    trace: list[str]


@dataclass(frozen=True, slots=True)
class Segment:
    """``body`` is smooth on ``(lower, upper)``; ``piece`` counts the density's kinks below."""

    lower: Expr
    upper: Expr
    body: Expr
    piece: int

    @property
    def bounded(self) -> bool:
        return not (self.lower.is_infinite or self.upper.is_infinite)


def segments(body: Expr, work: Work) -> Iterator[Segment]:
    """The cells of ``body`` under the law, in order. The order's conditions go to ``work.requires``."""
    support = support_of(work.law)[0]
    if not body.has(*_BRANCHING):
        yield from _cut_at_density(Segment(support.lower, support.upper, body, 0), work)
        return
    from derive.cells import split  # not needed, nor imported, for smooth integrands

    made = split(body, work.x, support.lower, support.upper, work.point)
    work.requires.extend(made.requires)
    work.trace.append("split at kinks")
    for cell in made.cells:
        yield from _cut_at_density(Segment(cell.lower, cell.upper, cell.body, 0), work)


def _cut_at_density(segment: Segment, work: Work) -> Iterator[Segment]:
    """The segment cut at the kinks of the law's own density."""
    values = dict(zip(work.family.symbols, work.law.parameters, strict=True))
    lower = segment.lower
    for count, kink in enumerate(k.xreplace(values) for k in work.family.kinks):
        if not _below(lower, kink, work):
            continue
        if not _below(kink, segment.upper, work):
            yield Segment(lower, segment.upper, segment.body, count)
            return
        yield Segment(lower, kink, segment.body, count)
        lower = kink
    yield Segment(lower, segment.upper, segment.body, len(work.family.kinks))


def _below(one: Expr, two: Expr, work: Work) -> bool:
    """Whether ``one < two`` at the point (and near it); ends equal in form are not below."""
    if one == two:
        return False
    order = compare(one, two, work.point)
    if order == 0:
        raise Undecided(f"{one} and {two} coincide at the point, so their order near it is open")
    if not (one.is_infinite or two.is_infinite):
        work.requires.append(Lt(one, two) if order < 0 else Gt(one, two))
    return order < 0


def side_of_zero(segment: Segment, point: Point) -> int:
    """1 on a positive cell, -1 on a negative one, 0 on one that holds 0 inside."""
    if segment.lower.is_nonnegative or compare(segment.lower, S.Zero, point) >= 0:
        return 1
    if segment.upper.is_nonpositive or compare(segment.upper, S.Zero, point) <= 0:
        return -1
    return 0


def stay_on_side(segment: Segment, side: int, work: Work) -> None:
    """Demand that near the point, too, the cell does not cross 0, where its body is singular."""
    end = segment.lower if side > 0 else segment.upper
    if end.is_zero or (side > 0 and end.is_positive) or (side < 0 and end.is_negative):
        return
    if compare(end, S.Zero, work.point) == 0:
        raise Undecided(f"the cell ends at {end}, which is 0 at the point, where the integrand is singular")
    work.requires.append(Gt(end, 0) if side > 0 else Lt(end, 0))
