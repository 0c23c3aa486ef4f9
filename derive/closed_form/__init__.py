"""Exact expectations from rules: integrand -> cells -> sum of coefficient * atom -> moments -> sum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sympy import Expr, Symbol
from sympy.core.relational import Relational

from derive.lattice import on_lattice
from derive.terms import Law

from .place import Point


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """An exact expectation, valid at the point and wherever all of ``requires`` hold.

    ``requires`` are strict relations (existence conditions such as ``t < rate``, and the order of
    cells); ``trace`` names the lemmas that were used, in order.
    """

    value: Expr
    requires: tuple[Relational, ...]
    trace: tuple[str, ...]


def expectation_of(body: Expr, law: Law, variables: tuple[Symbol, ...], point: Point) -> ClosedForm:
    """The exact ``E_{variables ~ law}[body]`` near ``point``.

    ``law`` may carry numbers or symbols; ``point`` gives every free symbol a rational value. It
    decides conditions only: the value is symbolic.

    Raises ``NoClosedForm`` (with the piece that has none), ``NoExpectation`` (with the condition that
    fails) and ``Undecided`` (where kinks coincide at the point).
    """
    return _cached(body, law, tuple(variables), tuple(sorted(point.items(), key=_name)))


def _name(item: tuple[Symbol, Expr]) -> str:
    """Symbols by name: printing them would cost more than finding the form again."""
    return str(item[0].name)


@lru_cache(maxsize=2048)
def _cached(
    body: Expr, law: Law, variables: tuple[Symbol, ...], items: tuple[tuple[Symbol, Expr], ...]
) -> ClosedForm:
    from .joint import bivariate
    from .lattice import over_lattice
    from .univariate import univariate

    if on_lattice(law):
        return ClosedForm(*over_lattice(body, law, variables, dict(items)))
    if law.name == "dirichlet":
        from .simplex import over_simplex

        return ClosedForm(*over_simplex(body, law.parameters, variables, dict(items)))
    if len(variables) == 2:
        return ClosedForm(*bivariate(body, law, variables, dict(items)))
    return ClosedForm(*univariate(body, law, variables[0], dict(items)))
