"""Where the lines of a document are judged: its context, its points, values for what is free in a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from sympy import Add, Expr, Function, Heaviside, Integer, Piecewise, Rational, S, Symbol, exp, oo, sign, sin
from sympy.core.function import AppliedUndef, Derivative, Subs

from derive.context import Context, Instance
from derive.deriving import context_of
from derive.errors import DeriveError, NoExpectation
from derive.existence import existence, expectation_exists
from derive.expectation import Expectation
from derive.generic import G
from derive.laws import is_generic, support_of
from derive.oracle import Comparison, compare
from derive.rewriting import binders, is_ordinary
from derive.setting import generic_setting
from derive.step import Condition
from derive.terms import Binder, D, Density, E, Int, Total
from derive.unfolding import explicit

# Values of a free variable, by the kind of its range: none special, of both signs where that may be.
_LINE = (Rational(3, 7), Rational(-5, 4), Rational(9, 4))
_BEYOND = (Rational(3, 4), Rational(7, 3), Rational(1, 5))
_SHARES = (Rational(2, 7), Rational(5, 8), Rational(10, 11))
_COUNTS = (Integer(1), Integer(0), Integer(2))


@dataclass(frozen=True)
class Situation:
    """The surroundings of all lines of a document.

    ``context`` is that of its expectation. ``summed`` says that an arbitrary law lives on whole numbers.
    """

    context: Context
    summed: bool = False

    @property
    def subject(self) -> Expectation:
        return self.context.expectation

    @property
    def generic(self) -> bool:
        return self.context.generic

    @property
    def has_pitfalls(self) -> bool:
        """Whether an end of the support or a jump may move: then rules have conditions that fail."""
        family, g = self.subject.family, self.subject.integrand
        wrt = set(self.subject.wrt)
        moving = any(end.free_symbols & wrt for axis in family.support for end in (axis.lower, axis.upper))
        return moving or g.has(Heaviside, Piecewise, sign)

    def gradient(self, wrt: Symbol) -> Expr:
        """``d/d wrt E[g]``, the term that a derivation starts from."""
        return D(self.subject.term, wrt)

    def compare(self, left: Expr, right: Expr) -> Comparison:
        """What the oracle sees of ``left = right``, with values for whatever is free in it."""
        one, two = computable(left, self), computable(right, self)
        try:
            return compare(one, two, self.context_for(one, two))
        except (TypeError, ValueError, ArithmeticError, AssertionError, RecursionError) as error:
            # A term that no rule makes, such as a power of an integral outside its domain.
            return Comparison("unknown", f"not evaluated: {type(error).__name__}")

    def missing(self, term: Expr) -> Condition | None:
        """The failed condition of an expectation in the term that does not exist; None where all may."""
        for node in binders(term):
            if not isinstance(node, E) or is_generic(node.law) or not is_ordinary(node.body):
                continue
            found = existence(node.body, node.law, node.variables, self.context)
            failed = next((c for c in found if c.status == "failed"), None)
            if failed is not None:
                return failed
        return None

    def context_for(self, *terms: Expr) -> Context:
        """The context with points that give a value to every symbol free in the terms."""
        free = set().union(*(t.free_symbols for t in terms)) - set(self.context.point)
        found = set().union(*(t.atoms(AppliedUndef) for t in terms))
        made = replace(self.context, instances=_with_others(self.context.instances, found))
        if not free:
            return made
        names = sorted(free, key=str)
        points = tuple(self._extended(point, names, turn) for turn in (0, 1) for point in self.context.points)
        return replace(made, points=points)

    def _extended(
        self, point: dict[Symbol, Rational], names: list[Symbol], turn: int
    ) -> dict[Symbol, Rational]:
        values = {s: self._value(s, point, turn + k) for k, s in enumerate(names)}
        return {**point, **values}

    def _value(self, symbol: Symbol, point: dict[Symbol, Rational], turn: int) -> Rational:
        family = self.subject.family
        law = family.law if symbol in family.samples else None
        if symbol in family.noise and family.transport is not None:
            law = family.transport.noise
        if law is None or is_generic(law):
            return abs(_LINE[turn % 3]) if symbol.is_positive else _LINE[turn % 3]
        names = family.samples if symbol in family.samples else family.noise
        axis = support_of(law)[names.index(symbol)]
        low, high = (end.xreplace(point) for end in (axis.lower, axis.upper))
        if axis.lattice:
            return Rational(low + min(_COUNTS[turn % 3], high - low))
        if low.is_infinite:
            return _LINE[turn % 3] if high.is_infinite else Rational(high - _BEYOND[turn % 3])
        width = S.One if high.is_infinite else high - low
        return Rational(low + width * (_BEYOND if high.is_infinite else _SHARES)[turn % 3])


def situation(subject: Expectation, summed: bool = False) -> Situation:
    """The situation of a document about ``subject``.

    An arbitrary law gets the concrete instances of ``derive.generic``. Raises ``DeriveError`` where the
    expectation does not exist.
    """
    if is_generic(subject.family.law):
        made = generic_setting(location_scale=True)
        return Situation(made, summed)
    _must_exist(subject)
    return Situation(context_of(subject), summed)


def _must_exist(subject: Expectation) -> None:
    """Raise ``NoExpectation`` where there is nothing to differentiate; what is undecided goes on."""
    try:
        expectation_exists(subject.integrand, subject.family.law, subject.family.samples, subject.point)
    except NoExpectation as error:
        raise NoExpectation(f"{subject.term} does not exist: {error.message}", error.help) from error
    except DeriveError:
        return


def computable(term: Expr, where: Situation) -> Expr:
    """The term as the oracle takes it: derivatives in a bound variable carried out, sums as integrals.

    Sums and integrals against an arbitrary law are one thing, against its dominating measure.
    """
    return _computable(term, frozenset(where.context.point))


@lru_cache(maxsize=4096)
def _computable(term: Expr, parameters: frozenset[Symbol]) -> Expr:
    if not term.args or isinstance(term, (Density, Derivative, Subs)):
        return term
    if isinstance(term, D) and term.theta not in parameters and not term.body.atoms(Binder):
        return _slope(term)
    if isinstance(term, Total) and any(is_generic(d.law) for d in term.body.atoms(Density)):
        body = _computable(term.body, parameters)
        return Int(body, *((v, -oo, oo) for v in term.variables))
    return term.func(*(_computable(a, parameters) if isinstance(a, Expr) else a for a in term.args))


def _slope(node: D) -> Expr:
    """A derivative in the sample, as a formula; of an arbitrary function, as SymPy's own derivative."""
    if any(is_generic(d.law) for d in node.body.atoms(Density)):
        return node
    return explicit(node.body).diff(node.theta)


def _with_others(known: tuple[Instance, ...], found: Iterable[Expr]) -> tuple[Instance, ...]:
    """Instances that also give a meaning to functions that only this document has."""
    others = sorted({f.func for f in found} - {G}, key=str)
    strangers = tuple(f for f in others if str(f) not in ("mu", "sigma"))
    if not strangers:
        return known
    return tuple(_also(instance, strangers, k) for k, instance in enumerate(known or (None, None)))


def _also(instance: Instance | None, strangers: tuple[Function, ...], turn: int) -> Instance:
    def concrete(term: Expr) -> Expr:
        made = term
        for k, f in enumerate(strangers):
            made = made.replace(f, lambda *args, f=f, k=k: _meaning(f, args, turn + k))
        made = made.replace(lambda e: isinstance(e, (Derivative, Subs)), lambda e: e.doit())
        return instance(made) if instance is not None else made

    return concrete


def _meaning(function: Function, args: tuple[Expr, ...], turn: int) -> Expr:
    """Some smooth function of all arguments; a positive one where that is declared."""
    mixed = Add(*((Rational(k + 1, 2) + Rational(turn, 3)) * x for k, x in enumerate(args)))
    wave = sin(mixed) + mixed / 3
    return exp(wave / 2) if getattr(function, "is_positive", False) else wave
