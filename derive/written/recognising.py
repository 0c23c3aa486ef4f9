"""Integrals that are written with a formula for the density: the formula is recognised as the density.

Only then can the rules that ask for a density judge their conditions, such as domination.
"""

from __future__ import annotations

from sympy import Add, Expr, Mul, exp, expand

from derive.context import Context
from derive.laws import is_generic, support_of
from derive.rewriting import is_ordinary
from derive.terms import D, Density, Int, Law, Total
from derive.unfolding import explicit
from derive.written.canonical import plain_powers


def recognised(term: Expr, context: Context) -> Expr:
    """The term with formulas of the family's density, or of its noise's, under integrals as densities."""
    family = context.expectation.family
    if is_generic(family.law) or family.dimension > 1:
        return term
    laws = [family.law, *([family.transport.noise] if family.transport is not None else [])]

    def over(node: Expr) -> Expr:
        for law in laws:
            made = _recognised(node, law)
            if made is not None:
                return made
        return node

    return term.replace(lambda e: isinstance(e, (Int, Total)) and not e.has(Density), over)


def _recognised(node: Int | Total, law: Law) -> Expr | None:
    axis = support_of(law)[0]
    if len(node.limits) > 1 or node.limits[0][1:] != (axis.lower, axis.upper):
        return None
    variable = node.variables[0]
    if is_ordinary(node.body):
        body = _ratio(node.body, law, variable)
    else:
        slopes = [n for n in node.body.atoms(D) if is_ordinary(n.body)]
        found = {n: _ratio(n.body, law, variable) for n in slopes}
        kept = {n: D(made, n.theta) for n, made in found.items() if made is not None}
        body = node.body.xreplace(kept) if kept else None
    return node.with_body(body) if body is not None else None


def _ratio(body: Expr, law: Law, variable: Expr) -> Expr | None:
    """``body`` as a density times something simpler; None where dividing makes it no simpler."""
    density = Density(law, variable)
    formula = explicit(density)
    rest = _divided(body, formula)
    if rest.count_ops() >= body.count_ops():
        return None
    return density * rest


def _divided(body: Expr, formula: Expr) -> Expr:
    """The quotient, with exponents multiplied out so that they cancel."""
    quotient = plain_powers(body) / plain_powers(formula)
    return quotient.replace(lambda e: isinstance(e, (Mul, exp)), _merged)


def _merged(product: Expr) -> Expr:
    """A product with its exponentials as one."""
    factors = Mul.make_args(product)
    exponents = [f.args[0] for f in factors if isinstance(f, exp)]
    return Mul(*(f for f in factors if not isinstance(f, exp))) * exp(expand(Add(*exponents)))
