"""The two halves of the product rule, each by itself: what theta does to the law, and what it does in g.

``d/dtheta E[g] = E[g d/dtheta log p] + E[dg/dtheta]``, and boundary terms where the support or a jump moves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import isfinite
from typing import Any

from sympy import Add, Basic, Expr, Symbol

from derive.closed_form import expectation_of
from derive.context import Context
from derive.errors import DeriveError, NotApplicable
from derive.kernel import Rule
from derive.numeric.balls import value
from derive.oracle import value as by_quadrature
from derive.rewriting import inert_nodes, is_ordinary, rewrite
from derive.rules import RULES
from derive.step import STRENGTH, Derivation
from derive.terms import D, Density, E

Terms = dict[str, dict[str, dict[str, Any]]]

ALWAYS = ("distributional_term", "explicit_term")
# How a piece that still holds the derivative of a density becomes an expectation.
_TO_EXPECTATION = ("log_derivative", "score", "fold")


def terms_of(walked: Mapping[Symbol, Derivation | str], context: Context) -> Terms:
    """By term and parameter: its ``text`` (a closed form, or the expectation) and its ``value`` at the point.

    ``walked`` are the derivations of the product-rule split, or of the score function, which is the same
    where theta is not in g. A parameter whose derivation failed has no terms.
    """
    made: Terms = {}
    for wrt, derivation in walked.items():
        for name, term in _split(derivation).items():
            made.setdefault(name, {})[wrt.name] = _said(term, context)
    return made


def _split(derivation: Derivation | str) -> dict[str, Expr]:
    """The pieces before the log-derivative identity, sorted by what is differentiated in them."""
    if isinstance(derivation, str) or STRENGTH.index(derivation.status) > STRENGTH.index("evidence"):
        return {}
    whole = next((s.before for s in derivation.steps if s.rule == RULES["log_derivative"].name), None)
    if whole is None:
        return {}
    sorted_pieces: dict[str, list[Expr]] = defaultdict(list)
    for piece in Add.make_args(whole):
        sorted_pieces[_kind(piece)].append(piece)
    names = dict.fromkeys((*ALWAYS, *sorted_pieces))
    return {name: Add(*sorted_pieces[name]) for name in names}


def _kind(piece: Expr) -> str:
    if is_ordinary(piece):
        return "boundary_term"
    return "distributional_term" if any(_moves_law(node) for node in inert_nodes(piece)) else "explicit_term"


def _moves_law(node: Basic) -> bool:
    """Whether the derivative of a density stands anywhere in the node."""
    if isinstance(node, D) and node.body.has(Density):
        return True
    return any(_moves_law(argument) for argument in node.args)


def _said(term: Expr, context: Context) -> dict[str, Any]:
    for name in _TO_EXPECTATION:
        term = _applied(RULES[name], term, context)
    closed = _closed(term, context)
    try:
        if closed is None:
            number = by_quadrature(term, context.point).value
            return {"text": str(term), "value": number if isfinite(number) else None}
        return {"text": str(closed), "value": value(closed, context.point)[0]}
    except DeriveError:
        return {"text": str(term if closed is None else closed), "value": None}


def _applied(rule: Rule, term: Expr, context: Context) -> Expr:
    try:
        return rule.apply(term, context).after
    except NotApplicable:
        return term


def _closed(term: Expr, context: Context) -> Expr | None:
    """The term with every expectation in closed form; None where one has none."""

    def evaluated(node: Expr) -> Expr | None:
        if not isinstance(node, E):
            return None
        return expectation_of(node.body, node.law, node.variables, context.point).value

    try:
        return term if is_ordinary(term) else rewrite(term, evaluated, "expectation")
    except DeriveError:
        return None
