"""The object of everything: E_{a ~ P_theta}[g_theta(a)], at a rational point, for chosen parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Expr, Rational, S, Symbol, nan
from sympy.core.relational import Relational, StrictGreaterThan, StrictLessThan

from .errors import OutsideDomain, UnknownName
from .family import Family
from .terms import E

Point = Mapping[Symbol, Rational]


@dataclass(frozen=True, slots=True)
class Expectation:
    """``E_{a ~ family}[integrand]`` near the point ``at``, to be differentiated by ``wrt``.

    ``at`` gives every parameter of the family, and every further constant of the integrand,
    an exact rational value. A strict inequality that holds there holds on a neighbourhood,
    which is all that a derivative asks for.
    """

    family: Family
    integrand: Expr
    wrt: tuple[Symbol, ...]
    at: tuple[tuple[Symbol, Rational], ...]
    # How the integrand was read where that is not word for word, for reports.
    read_as: tuple[str, ...] = ()

    @property
    def term(self) -> E:
        """The expectation as an inert term."""
        return E(self.integrand, self.family.law, *self.family.samples)

    @property
    def point(self) -> dict[Symbol, Rational]:
        return dict(self.at)

    @property
    def constraints(self) -> tuple[Relational, ...]:
        """The strict inequalities that carve out the parameter domain."""
        bounds: list[Relational] = []
        for p in self.family.parameters:
            if p.lower is not S.NegativeInfinity:
                bounds.append(StrictGreaterThan(p.symbol, p.lower, evaluate=False))
            if p.upper is not S.Infinity:
                bounds.append(StrictLessThan(p.symbol, p.upper, evaluate=False))
        return (*bounds, *self.family.constraints)


def expectation(
    family: Family,
    integrand: Expr,
    wrt: tuple[str, ...] | None = None,
    at: Mapping[str, Rational] | None = None,
) -> Expectation:
    """Build and check an expectation; what ``at`` does not give keeps the family's reference value.

    ``wrt`` defaults to every parameter of the family but the fixed ones. Symbols of the integrand that are
    neither sample nor parameter must be given by ``at``: they are constants.

    Raises ``UnknownName`` for symbols that nobody declared and ``OutsideDomain`` for values
    outside the family's domain.
    """
    given = dict(at or {})
    symbols = {p.name: p.symbol for p in family.parameters}
    constants = {n: Symbol(n, real=True) for n in given if n not in symbols}
    _refuse_taken(family, tuple(constants))
    _refuse_unknown(family, integrand, {**symbols, **constants})
    values = {p.symbol: given.get(p.name, p.reference) for p in family.parameters}
    values |= {constants[n]: given[n] for n in constants}
    free = tuple(p.name for p in family.parameters if not p.fixed)
    chosen = free if wrt is None else wrt
    for name in chosen:
        _refuse_parameter(family, name, (*free, *constants))
    wanted = tuple({**symbols, **constants}[n] for n in chosen)
    made = Expectation(family, integrand, wanted, tuple(values.items()))
    _refuse_outside(made)
    return made


def _refuse_parameter(family: Family, name: str, free: tuple[str, ...]) -> None:
    """What cannot be differentiated by: a name that nobody declared, or a whole number."""
    if name in free:
        return
    names = [p.name for p in family.parameters]
    if name in names:
        raise UnknownName(
            f"'{name}' of {family.name} is a whole number, by which nothing is differentiated",
            f"its other parameters are {', '.join(n for n in names if n in free)}",
        )
    raise UnknownName(f"{family.name} has no parameter '{name}'", f"its parameters are {', '.join(names)}")


def _refuse_taken(family: Family, constants: tuple[str, ...]) -> None:
    """A constant may not carry the name of a bound variable, which would capture it."""
    bound = {str(s) for s in (*family.samples, *family.noise)}
    for name in constants:
        if name in bound:
            raise UnknownName(
                f"'{name}' names the sample or the noise of {family.name} and cannot be a constant",
                "call the constant something else, such as c",
            )


def _refuse_unknown(family: Family, integrand: Expr, known: Mapping[str, Symbol]) -> None:
    allowed = {*known.values(), *family.samples}
    for symbol in sorted(integrand.free_symbols - allowed, key=str):
        names = ", ".join([*map(str, family.samples), *known])
        raise UnknownName(
            f"'{symbol}' in the integrand is neither the sample nor a parameter of {family.name}",
            f"known here: {names}; give a constant its value, as in --at {symbol}=1/3",
        )


def _refuse_outside(made: Expectation) -> None:
    point = made.point
    for symbol, value in point.items():
        if value is nan or not value.is_finite:
            raise OutsideDomain(f"{symbol} = {value} is not a finite number", "give a rational such as 1/2")
    for constraint in made.constraints:
        if constraint.subs(point) != S.true:
            values = ", ".join(f"{s} = {point[s]}" for s in sorted(constraint.free_symbols, key=str))
            raise OutsideDomain(f"{made.family.name} needs {constraint}, but {values}", made.family.outside)
    _refuse_fractions(made)
    _refuse_sum(made)


def _refuse_fractions(made: Expectation) -> None:
    for p in made.family.parameters:
        value = made.point[p.symbol]
        if p.fixed and not value.is_Integer:
            raise OutsideDomain(
                f"{made.family.name} needs a whole number {p.name}, but {p.name} = {value}",
                "give a positive whole number, such as 7",
            )


def _refuse_sum(made: Expectation) -> None:
    """Probabilities that do not sum to one at the point."""
    symbols = made.family.normalised
    total = sum((made.point[s] for s in symbols), S.Zero)
    if symbols and total != 1:
        values = " + ".join(str(made.point[s]) for s in symbols)
        raise OutsideDomain(
            f"the probabilities of {made.family.name} must sum to 1, but {values} = {total}",
            f"give all of {', '.join(map(str, symbols))}; what is not given keeps its reference value",
        )
