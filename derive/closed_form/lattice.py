"""E_{a ~ P}[g(a)] for a law on whole numbers: outcomes added up, or a moment rule and a finite rest.

A finite law is enumerated. Under an infinite one an integrand with bends is smooth from some outcome on; the
smooth function there is taken over all outcomes by the law's moments, and the finitely many before it differ.
"""

from __future__ import annotations

from collections.abc import Iterable

from sympy import (
    Abs,
    Add,
    And,
    Basic,
    Eq,
    Expr,
    Gt,
    Heaviside,
    Max,
    Min,
    Mul,
    Ne,
    Or,
    Piecewise,
    Rational,
    S,
    Symbol,
    exp,
    expand,
    floor,
    log,
    loggamma,
    sign,
)
from sympy.core.relational import Relational

from derive.errors import NoClosedForm, NoExpectation, Undecided
from derive.lattice import Outcome, count, outcomes
from derive.laws import family_of, log_density, support_of
from derive.pointwise import truth
from derive.signs import Range, negative, positive
from derive.terms import Law

from .intake import intake
from .outlet import express
from .place import Point, sign_at, solved
from .univariate import Found, univariate

# Beyond this a sum of so many terms is no closed form that anybody would read.
MOST_OUTCOMES = 256
# Sums of at most so many terms are collected; longer ones stay as they are.
MOST_COLLECTED = 64

_BRANCHING = (Abs, Max, Min, Heaviside, sign, Piecewise)


def over_lattice(body: Expr, law: Law, variables: tuple[Symbol, ...], point: Point) -> Found:
    """``(value, requires, trace)``; raises ``NoClosedForm``, ``NoExpectation`` or ``Undecided``."""
    if not body.has_free(*variables):
        return body, (), ()
    size = count(law, point)
    if len(variables) == 1 and not body.has(*_BRANCHING):
        try:
            return univariate(body, law, variables[0], point)
        except NoClosedForm:
            if size is None:
                raise
    if size is None:
        return _smooth_beyond(body, law, variables[0], point)
    if size > MOST_OUTCOMES:
        raise NoClosedForm(f"{law} has {size} outcomes, too many to be written out")
    return _enumerated(body, law, variables, point, size)


def _enumerated(body: Expr, law: Law, variables: tuple[Symbol, ...], point: Point, size: int) -> Found:
    """The sum over all outcomes; a number of trials enters by its value at the point."""
    ends = set().union(*(axis.upper.free_symbols | axis.lower.free_symbols for axis in support_of(law)))
    held = {s: point[s] for s in ends}
    fixed = Law(law.name, *(p.xreplace(held) for p in law.parameters))
    walk = _Walk(fixed, variables, point)
    value = walk.total(body.xreplace(held), outcomes(fixed, point, size))
    said = "".join(f" at {s} = {v}" for s, v in held.items())
    return value, walk.relations(), (f"{size} outcomes enumerated{said}",)


def _smooth_beyond(body: Expr, law: Law, x: Symbol, point: Point) -> Found:
    from derive.cells import split

    lower = support_of(law)[0].lower
    body = _without_equalities(body, x)
    last = split(body, x, S.NegativeInfinity, S.Infinity, point).cells[-1]
    value, requires, trace = univariate(last.body, law, x, point)
    if last.lower is S.NegativeInfinity:
        return value, requires, trace
    start = _floor(last.lower, point)
    walk = _Walk(law, (x,), point)
    if last.lower.free_symbols:
        walk.need(last.lower - start)
        walk.need(start + 1 - last.lower)
    if start - lower >= MOST_OUTCOMES:
        raise NoClosedForm(f"{body} has bends up to {x} = {start}: too many outcomes to be written out")
    rest = walk.total(body - last.body, outcomes(law, point, max(0, int(start - lower) + 1)))
    trace = tuple(dict.fromkeys((*trace, f"the outcomes up to {start} apart")))
    return express(intake(value + rest)), tuple(dict.fromkeys((*requires, *walk.relations()))), trace


def _without_equalities(body: Expr, x: Symbol) -> Expr:
    """``x = k`` as ``k - 1/2 < x < k + 1/2``, the same for whole numbers: a single place would be no cell.

    Raises ``NoClosedForm`` for an equality of another kind.
    """
    half = Rational(1, 2)
    found: dict[Basic, Basic] = {}
    for relation in body.atoms(Eq, Ne):
        slope, k = (relation.lhs - relation.rhs).as_independent(x, as_Add=True)[::-1]
        if not relation.has_free(x):
            continue
        if slope not in (x, -x) or not k.is_Integer:
            raise NoClosedForm(f"it is not known for which whole numbers {relation} holds")
        place = -k if slope == x else k
        near = And(x > place - half, x < place + half)
        found[relation] = near if isinstance(relation, Eq) else Or(x < place - half, x > place + half)
    return body.xreplace(found)


def _floor(place: Expr, point: Point) -> Expr:
    """The last whole number up to the bend; where a parameter moves the bend it may not lie on one."""
    at = place.xreplace(dict(point))
    start = floor(at)
    if place.free_symbols and sign_at(at - start, {}) == 0:
        raise Undecided(f"the bend at {place} lies on the outcome {start}", "move the point")
    return start


def _exponential(term: Expr) -> Expr:
    """``exp(c log u)`` as ``u**c``, which SymPy does for numbers c only."""
    logs = [f for f in Mul.make_args(term) if isinstance(f, log)]
    if len(logs) != 1:
        return exp(term)
    return logs[0].args[0] ** (term / logs[0])


def _unrolled(argument: Expr) -> Expr:
    """``loggamma(r + k)`` as ``loggamma(r) + log(r) + ... + log(r + k - 1)`` for a whole number k."""
    whole, rest = argument.as_coeff_Add()
    if rest == 0 or not whole.is_Integer or whole <= 0:
        return loggamma(argument)
    return loggamma(rest) + Add(*(log(rest + i) for i in range(int(whole))))


class _Walk:
    """Adds up outcomes, deciding every branch at the point; ``requires`` is under what relations."""

    def __init__(self, law: Law, variables: tuple[Symbol, ...], point: Point) -> None:
        self.law = law
        self.variables = variables
        self.point = point
        self.requires: list[Relational] = []
        self.ranges = {p.symbol: Range(p.lower, p.upper) for p in family_of(law).parameters}

    def total(self, body: Expr, over: Iterable[Outcome]) -> Expr:
        """The sum of mass times body over the outcomes, collected where it is short."""
        values = ((o, self._value(body, o)) for o in over)
        terms = [self._mass(o) * value for o, value in values if value != 0]
        whole = Add(*terms)
        return express(intake(whole)) if len(terms) <= MOST_COLLECTED else whole

    def need(self, expr: Expr) -> None:
        """Ask for ``expr > 0``, unless that holds all over the parameter domain."""
        if not positive(expr, self.ranges):
            self.requires.append(solved(Gt(expr, 0)))

    def relations(self) -> tuple[Relational, ...]:
        return tuple(dict.fromkeys(r for r in self.requires if r != S.true))

    def _mass(self, outcome: Outcome) -> Expr:
        """``exp(log p)`` term by term: powers for multiples of logarithms, products for factorials."""
        logarithm = log_density(self.law, *outcome).replace(loggamma, _unrolled)
        return Mul(*(_exponential(term) for term in Add.make_args(expand(logarithm, log=False))))

    def _value(self, body: Expr, outcome: Outcome) -> Expr:
        there = dict(zip(self.variables, outcome, strict=True))
        value = self._settled(body.xreplace(there))
        exact = value.subs(self.point)
        if exact.has(S.ComplexInfinity, S.NaN, S.Infinity, S.NegativeInfinity) or exact.is_real is False:
            where = ", ".join(f"{v} = {k}" for v, k in there.items())
            raise NoExpectation(
                f"{body} is not a finite real number at {where}, which has positive probability"
            )
        return value

    def _settled(self, expr: Basic) -> Expr:
        """``expr`` with every branching function replaced by its branch at and near the point."""
        if not expr.has(*_BRANCHING):
            return expr
        if isinstance(expr, Piecewise):
            return self._settled(next(v for v, c in expr.args if self._holds(c)))
        args = [self._settled(a) for a in expr.args]
        if isinstance(expr, (Max, Min)):
            return self._extreme(expr.func, args)
        if isinstance(expr, (Abs, Heaviside, sign)):
            return self._by_sign(expr.func, args[0])
        return expr.func(*args)

    def _sign(self, expr: Expr) -> int:
        if positive(expr, self.ranges):
            return 1
        if negative(expr, self.ranges):
            return -1
        found = sign_at(expr, self.point)
        if found == 0 and expr.free_symbols:
            raise Undecided(
                f"{expr} vanishes at the point, so that its sign near it is open", "move the point"
            )
        if expr.free_symbols:
            self.need(expr if found > 0 else -expr)
        return found

    def _by_sign(self, function: type[Expr], inside: Expr) -> Expr:
        if not inside.free_symbols:
            return function(inside)
        positive = self._sign(inside) > 0
        if function is Abs:
            return inside if positive else -inside
        return function(S.One if positive else S.NegativeOne)

    def _extreme(self, function: type[Expr], args: list[Expr]) -> Expr:
        best = args[0]
        for other in args[1:]:
            ahead = self._sign(other - best) if other != best else 0
            best = other if (ahead > 0) == (function is Max) and ahead != 0 else best
        return best

    def _holds(self, condition: Basic) -> bool:
        for relation in condition.atoms(Relational):
            self._sign(relation.lhs - relation.rhs)
        return truth(condition, self.point)
