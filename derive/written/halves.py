"""The parts that a gradient is made of, each as a term: what a line may have lost."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Mul, Symbol, log
from sympy.core.function import AppliedUndef, Derivative, Subs

from derive.rewriting import inert_nodes
from derive.slopes import slope
from derive.terms import Binder, D, Density, E, Int, Total
from derive.written.situation import Situation


def parts_of_the_gradient(where: Situation) -> Iterator[tuple[str, Expr]]:
    """The explicit and the distributional term under the law, and the chain rule along its path."""
    family, g = where.subject.family, where.subject.integrand
    for wrt in where.subject.wrt:
        if wrt in g.free_symbols:
            yield "explicit_term", E(D(g, wrt), family.law, *family.samples)
        score = D(log(Density(family.law, *family.samples)), wrt)
        yield "distributional_term", E(g * score, family.law, *family.samples)
        yield from _along_the_path(where, wrt)


def _along_the_path(where: Situation, wrt: Symbol) -> Iterator[tuple[str, Expr]]:
    """Explicit, through the location, and through the scale, for samples of one number."""
    family, g = where.subject.family, where.subject.integrand
    if family.transport is None or len(family.samples) != 1:
        return
    (a,), (path,), noise = family.samples, family.transport.map, family.noise
    law = family.transport.noise
    if wrt in g.free_symbols:
        yield "explicit", E(_at(g, wrt, a, path), law, *noise)
    velocity = path.diff(wrt)
    through = velocity.subs(noise[0], 0)
    for name, speed in (("location", through), ("scale", velocity - through)):
        if speed != 0:
            yield name, E(_at(g, a, a, path) * speed, law, *noise)


def _at(g: Expr, by: Symbol, a: Symbol, path: Expr) -> Expr:
    if g.atoms(AppliedUndef):
        return Subs(Derivative(g, by), a, path)
    return slope(g, by).xreplace({a: path})


def product_terms(term: Expr) -> Iterator[Expr]:
    """Of every derivative of a product of formulas, the terms of the product rule, each in its integral."""
    for binder in sorted(term.atoms(Int, Total, E), key=str):
        for node in sorted(binder.body.atoms(D), key=str):
            yield from (binder.with_body(binder.body.xreplace({node: made})) for made in _terms(node))
    for node in inert_nodes(term):
        if isinstance(node, D):
            yield from _terms(node)


def _terms(node: D) -> Iterator[Expr]:
    if node.body.has(Binder, D) or not isinstance(node.body, Mul) or node.body.atoms(AppliedUndef, Density):
        return
    factors = node.body.args
    for k, factor in enumerate(factors):
        yield slope(factor, node.theta) * Mul(*factors[:k], *factors[k + 1 :])
