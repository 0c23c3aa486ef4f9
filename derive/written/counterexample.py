"""The simplest point at which a line fails: small whole numbers and simple fractions first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, product

from sympy import Expr, Rational, Symbol

from derive.context import Context, Instance
from derive.errors import DeriveError, NoExpectation
from derive.existence import expectation_exists
from derive.expectation import Expectation
from derive.generic import LOCATION, SCALE, THETA, integrand
from derive.laws import is_generic, support_of
from derive.oracle import compare, value
from derive.terms import Law
from derive.written.situation import Situation, computable

# From the simplest on; a special point hides no refutation, it only fails to be one.
VALUES = tuple(
    map(Rational, ("1", "2", "1/2", "-1", "3", "1/3", "-2", "3/2", "2/3", "-1/2", "1/4", "4", "0"))
)
# Points that are tried before the point of the document itself is taken.
MOST = 10
ERRORS = (DeriveError, TypeError, ValueError, ArithmeticError, AssertionError, RecursionError)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """``point`` (and ``instance``, the words for a concrete law and g), with both sides there."""

    point: tuple[tuple[str, str], ...]
    values: tuple[str, str]
    instance: str = ""


def counterexample(left: Expr, right: Expr, where: Situation) -> Counterexample | None:
    """The simplest point at which the oracle finds the two sides apart; None where it finds none."""
    one, two = computable(left, where), computable(right, where)
    context = where.context_for(one, two)
    needed = sorted((one.free_symbols | two.free_symbols) & set(context.point), key=str)
    for instance in context.instances or (None,):
        sides = (instance(one), instance(two)) if instance is not None else (one, two)
        for point in (*islice(_simple(needed, context, where), MOST), *context.points):
            found = _differs(sides[0], sides[1], {**context.point, **point}, context)
            if found is not None:
                shown = tuple((s.name, str(point[s])) for s in needed)
                return Counterexample(shown, found, _words(instance))
    return None


def _differs(one: Expr, two: Expr, point: dict[Symbol, Rational], context: Context) -> tuple[str, str] | None:
    alone = replace(context, points=(point,), instances=())
    try:
        if compare(one, two, alone).outcome != "differs":
            return None
        return _shown(value(one, point).value), _shown(value(two, point).value)
    except ERRORS:
        return None


def _shown(number: float) -> str:
    return f"{number:.6g}"


def _simple(needed: list[Symbol], context: Context, where: Situation) -> Iterator[dict[Symbol, Rational]]:
    """Admissible points by the sum of their places in ``VALUES``, simplest first."""
    ranks = (
        sorted(product(range(7), repeat=len(needed)), key=lambda r: (sum(r), r)) if len(needed) <= 4 else []
    )
    for rank in ranks:
        point = {**context.point, **{s: VALUES[k] for s, k in zip(needed, rank, strict=True)}}
        if _admissible(point, context, where):
            yield {s: point[s] for s in needed}


def _admissible(point: dict[Symbol, Rational], context: Context, where: Situation) -> bool:
    """Whether every parameter is in its domain and every sample in its support."""
    expected = context.expectation
    if any((s.is_positive and v <= 0) or (s.is_integer and v.q != 1) for s, v in point.items()):
        return False
    if any(c.subs(point) != True for c in expected.constraints):  # noqa: E712  # a SymPy truth value
        return False
    if where.generic:
        return True
    # Whole numbers of trials and probabilities that sum to one stay where they are.
    held = {p.symbol for p in expected.family.parameters if p.fixed} | set(expected.family.normalised)
    if any(point[s] != expected.point[s] for s in held):
        return False
    if not _exists(expected, point):
        return False
    return all(
        _inside(s, point, where) for s in point if s in (*expected.family.samples, *expected.family.noise)
    )


def _exists(expected: Expectation, point: dict[Symbol, Rational]) -> bool:
    """Whether the objective exists at the point: a moment may not, at few degrees of freedom."""
    family = expected.family
    try:
        expectation_exists(expected.integrand, family.law, family.samples, point)
    except NoExpectation:
        return False
    except DeriveError:
        return True
    return True


def _inside(symbol: Symbol, point: dict[Symbol, Rational], where: Situation) -> bool:
    family = where.subject.family
    law: Law | None = family.law if symbol in family.samples else None
    if law is None and family.transport is not None:
        law = family.transport.noise
    if law is None or is_generic(law):
        return True
    names = family.samples if symbol in family.samples else family.noise
    axis = support_of(law)[names.index(symbol)]
    if axis.lattice and point[symbol].q != 1:
        return False
    low, high = (end.xreplace(point) for end in (axis.lower, axis.upper))
    return (bool(low < point[symbol]) and bool(point[symbol] < high)) or (
        axis.lattice and low <= point[symbol] <= high
    )


def _words(instance: Instance | None) -> str:
    """What the arbitrary law and functions are in this counterexample."""
    if instance is None:
        return ""
    law = instance(Law("P", THETA))
    return (
        f"P = {law.name} with mu = {instance(LOCATION)}, sigma = {instance(SCALE)}, "
        f"g = {instance(integrand())}"
    )
