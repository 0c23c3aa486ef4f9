"""What a rule may know while it judges: the expectation, the point, and what holds near it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from sympy import Expr, Rational, S, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from .expectation import Expectation
from .laws import is_generic
from .signs import Range, negative, positive
from .step import Condition

Instance = Callable[[Expr], Expr]


@dataclass(frozen=True)
class Context:
    """The surroundings of a derivation.

    ``points`` are the rational points at which steps are judged a second time, the expectation's
    own point first. ``instances`` turn a generic term (undefined g, P) into concrete ones; there are
    none for a concrete expectation. ``judged_by`` compares two sides in the oracle's place, for terms whose
    meaning it does not know.
    """

    expectation: Expectation
    points: tuple[dict[Symbol, Rational], ...]
    instances: tuple[Instance, ...] = ()
    judged_by: Callable[[Expr, Expr], Any] | None = None
    _ranges: dict[Symbol, Range] = field(default_factory=dict, repr=False)

    @property
    def point(self) -> dict[Symbol, Rational]:
        return self.points[0]

    @property
    def generic(self) -> bool:
        """Whether the law is an arbitrary one, of which nothing can be computed."""
        return is_generic(self.expectation.family.law)

    @property
    def ranges(self) -> dict[Symbol, Range]:
        """The open interval of every parameter whose ends are numbers."""
        if not self._ranges:
            for p in self.expectation.family.parameters:
                ends = (p.lower, p.upper)
                if all(e.is_number or e.is_infinite for e in ends):
                    self._ranges[p.symbol] = Range(*ends)
        return self._ranges

    def positive(self, expr: Expr, statement: Boolean | str | None = None) -> Condition:
        """The condition ``expr > 0``: proved everywhere, or at the point and so nearby, or failed."""
        said = statement if statement is not None else cast(Boolean, S.Zero < expr)
        if any(expr == c.gts - c.lts for c in self.expectation.constraints):
            return Condition(said, "proved", "the domain of the family")
        if positive(expr, self.ranges):
            return Condition(said, "proved", "sign calculus, on the whole parameter domain")
        if negative(expr, self.ranges):
            return Condition(said, "failed", "the sign calculus proves the opposite")
        return self.holds(S.Zero < expr, said)

    def holds(self, relation: Relational, statement: Boolean | str | None = None) -> Condition:
        """A strict relation between parameters, decided exactly at the point."""
        said = statement if statement is not None else relation
        truth = relation.subs(self.point)
        if truth == S.true:
            return Condition(said, "proved", "holds at the point and, being strict, near it")
        if truth == S.false:
            return Condition(said, "failed", "false at the point")
        return Condition(said, "assumed", "not decided at the point")
