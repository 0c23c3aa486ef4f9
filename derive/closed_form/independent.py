"""Exact expectations over several independent draws: E[f(x) h(y)] = E[f(x)] E[h(y)], term by term.

Draws with finitely many outcomes are enumerated first; the rest of each outcome is expanded into products of
factors that each depend on one draw. Of a factor of two draws the expectation over one, given the other, is
taken first, where it holds for every value of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sympy import Add, Expr, Mul, Pow, S, Symbol, exp, expand

from derive.errors import NoClosedForm, Undecided
from derive.lattice import Point, count, on_lattice, outcomes
from derive.laws import log_density
from derive.terms import Law

from . import expectation_of

Draws = Sequence[tuple[Law, tuple[Symbol, ...]]]

# All outcomes of all finite draws together, and operations before and terms after an expansion: more of
# either takes seconds.
MOST_OUTCOMES = 256
MOST_OPERATIONS = 400
MOST_TERMS = 600


def over_independent(body: Expr, draws: Draws, point: Point) -> Expr:
    """The exact ``E[body]`` over independent ``draws``, each a law and its variables.

    ``point`` gives every other free symbol a rational value, by which conditions are decided.
    Raises ``NoClosedForm`` where a term does not separate or one of its factors has none, and
    ``NoExpectation`` where one of the factors has no expectation.
    """
    finite = [d for d in draws if _is_finite(d[0], point)]
    rest = tuple(d for d in draws if d not in finite)
    total = [_separated(term, rest, point) for term in _enumerated([body], finite, point)]
    return Add(*total)


def _is_finite(law: Law, point: Point) -> bool:
    return on_lattice(law) and count(law, point) is not None


def _enumerated(terms: list[Expr], finite: Draws, point: Point) -> list[Expr]:
    """Each term at each outcome of the finite draws, times the outcome's probability."""
    for law, variables in finite:
        size = count(law, point) or 0
        if size * len(terms) > MOST_OUTCOMES:
            raise NoClosedForm(f"its finite draws have more than {MOST_OUTCOMES} outcomes")
        masses = [(o, exp(log_density(law, *o))) for o in outcomes(law, point, size)]
        terms = [m * t.xreplace(dict(zip(variables, o, strict=True))) for t in terms for o, m in masses]
    return terms


def _separated(body: Expr, draws: Draws, point: Point) -> Expr:
    if not draws:
        return body
    if body.count_ops() > MOST_OPERATIONS:
        raise NoClosedForm("it is too large to be expanded into products of functions of one draw")
    _refuse_mixed_quotients(body, draws)
    terms = Add.make_args(expand(body, log=False))
    if len(terms) > MOST_TERMS:
        raise NoClosedForm(f"it has more than {MOST_TERMS} terms")
    return Add(*(_product(term, draws, point) for term in terms))


def _refuse_mixed_quotients(body: Expr, draws: Draws) -> None:
    """A sum over two draws below a bar stays there, however much is expanded above it."""
    for power in body.atoms(Pow):
        met = sum(bool(power.base.free_symbols & set(variables)) for _, variables in draws)
        if power.base.is_Add and power.exp.is_negative and met > 1:
            raise NoClosedForm("it divides by a sum that depends on two independent draws")


def _product(term: Expr, draws: Draws, point: Point) -> Expr:
    """The product of the expectations of a term's factors, gathered by draw."""
    gathered: list[list[Expr]] = [[] for _ in draws]
    constant = S.One
    for factor in Mul.make_args(term):
        met = _met(factor, draws)
        if len(met) > 1:
            return _one_given_the_others(term, factor, draws, point)
        if met:
            gathered[met[0]].append(factor)
        else:
            constant *= factor
    items = tuple(sorted(point.items(), key=str))
    parts = (_one(Mul(*f), *draw, items) for f, draw in zip(gathered, draws, strict=True) if f)
    return Mul(constant, *parts)


def _met(factor: Expr, draws: Draws) -> list[int]:
    return [i for i, (_, variables) in enumerate(draws) if factor.free_symbols & set(variables)]


def _one_given_the_others(term: Expr, mixed: Expr, draws: Draws, point: Point) -> Expr:
    """``E[E[term | others]]``: the inner expectation over the last draw that is met for which it is known."""
    for i in reversed(_met(mixed, draws)):
        inner = _given_the_others(term, draws[i], point)
        if inner is not None:
            return _separated(inner, [*draws[:i], *draws[i + 1 :]], point)
    raise NoClosedForm(f"'{mixed}' depends on two independent draws")


def _given_the_others(term: Expr, draw: tuple[Law, tuple[Symbol, ...]], point: Point) -> Expr | None:
    law, variables = draw
    inside: list[Expr] = []
    outside: list[Expr] = []
    for factor in Mul.make_args(term):
        (inside if factor.free_symbols & set(variables) else outside).append(factor)
    body = Mul(*inside)
    others = sorted(body.free_symbols - set(variables) - set(point), key=str)
    try:
        # A place is needed only to ask what must hold: nothing may, of the variables of other draws.
        found = expectation_of(body, law, variables, {**point, **dict.fromkeys(others, S.Half)})
    except (NoClosedForm, Undecided):
        return None
    return None if found.requires else Mul(found.value, *outside)


@lru_cache(maxsize=4096)
def _one(
    body: Expr, law: Law, variables: tuple[Symbol, ...], items: tuple[tuple[Symbol, Expr], ...]
) -> Expr:
    """The expectation of a factor; equal draws are told apart by their symbols alone, and share it."""
    canonical = tuple(Symbol(f"x[{i}]", real=True) for i in range(len(variables)))
    moved = body.xreplace(dict(zip(variables, canonical, strict=True)))
    return _canonical(moved, law, canonical, items)


@lru_cache(maxsize=4096)
def _canonical(
    body: Expr, law: Law, variables: tuple[Symbol, ...], items: tuple[tuple[Symbol, Expr], ...]
) -> Expr:
    return expectation_of(body, law, variables, dict(items)).value
