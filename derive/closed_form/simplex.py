"""E_{w ~ dirichlet(alpha)}[g(w)] for sums of products of powers and logarithms of the coordinates."""

from __future__ import annotations

from sympy import Expr, S, Symbol
from sympy.core.relational import Relational

from derive.errors import NoClosedForm, NoExpectation
from derive.simplex import pieces

from . import algebra
from .algebra import Element, product
from .intake import intake
from .moments.simplex import simplex_moment
from .outlet import express
from .place import Point, holds, said, solved

Found = tuple[Expr, tuple[Relational, ...], tuple[str, ...]]

# Longer sums are not read: each term has a moment of its own.
_MOST_PIECES = 200


def over_simplex(body: Expr, alpha: tuple[Expr, ...], variables: tuple[Symbol, ...], point: Point) -> Found:
    """``(value, requires, trace)`` of the expectation; raises ``NoClosedForm`` or ``NoExpectation``."""
    value, requires = element(body, alpha, variables, point)
    return express(value), tuple(dict.fromkeys(map(solved, requires))), ("linearity", "dirichlet moments")


def element(
    body: Expr, alpha: tuple[Expr, ...], variables: tuple[Symbol, ...], point: Point
) -> tuple[Element, list[Relational]]:
    """The same as an element of the algebra, with the conditions that hold at the point."""
    read = pieces(body, variables)
    if len(read) > _MOST_PIECES:
        raise NoClosedForm(f"a sum of {len(read)} products on the simplex is not taken apart")
    values, requires = [], []
    for piece in read:
        if piece.other != 1:
            raise NoClosedForm(f"no closed form is known for {piece.other} on the simplex")
        moment = simplex_moment(piece.powers, piece.logs, alpha)
        for relation in moment.requires:
            if relation == S.true:
                continue
            if not holds(relation, point):
                raise NoExpectation(f"the expectation does not exist: it needs {said(relation, point)}")
            requires.append(relation)
        values.append(product(intake(piece.coefficient), intake(moment.value)))
    return algebra.total(values), requires
