"""Slips inside a formula: one place of the right side replaced by what may have been meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from sympy import Add, Expr, Mul, S, log, oo, sqrt
from sympy.core.function import AppliedUndef

from derive.generic import SIGMA
from derive.laws import is_generic, support_of
from derive.rewriting import split_density
from derive.terms import Binder, D, Density, E, Int, Law, Total
from derive.written.edits import Edit
from derive.written.factors import Line
from derive.written.situation import Situation

# Places looked at in one line: a formula with more of them has more than one slip to find.
MOST_PLACES = 80

Slip = tuple[str, Expr]
Slips = Callable[[Expr, Situation], Iterator[Slip]]


class Place(NamedTuple):
    """A subterm and how to put another in its place."""

    term: Expr
    put: Callable[[Expr], Expr]


def places_in(term: Expr) -> Iterator[Place]:
    """Every subterm that is an expression, outermost first; laws and limits are places of their own kind."""
    yield Place(term, _itself)
    for k, argument in enumerate(term.args):
        if not isinstance(argument, Expr) or isinstance(term, Density):
            continue
        if isinstance(term, Binder | D) and k > 0:
            continue

        for inner in places_in(argument):
            yield Place(inner.term, partial(_put, term, k, inner.put))


def _itself(new: Expr) -> Expr:
    return new


def _put(term: Expr, k: int, inside: Callable[[Expr], Expr], new: Expr) -> Expr:
    """The term with its argument ``k`` changed at one place."""
    return term.func(*term.args[:k], inside(new), *term.args[k + 1 :])


def places_of(line: Line) -> list[Place]:
    """The first places of the right side."""
    return list(islice(places_in(line.right), MOST_PLACES))


def telling(line: Line) -> Iterator[Edit]:
    """Logarithm, law, limits, scale, noise, derivatives: slips that say what was misunderstood."""
    where = line.places.where
    found = places_of(line)
    for slips in (_logarithms, _laws, _limits, _noise, _derivatives, _scales):
        yield from _at(found, slips, where)
    yield from _everywhere(line)


def specific(line: Line) -> Iterator[Edit]:
    """Slips that no factor and no lost term explains as well: tried before those."""
    yield from _without_noise(line)
    found = places_of(line)
    for slips in (_means, _products, _costs):
        yield from _at(found, slips, line.places.where)


def _at(found: list[Place], slips: Slips, where: Situation) -> Iterator[Edit]:
    for place in found:
        for name, now in slips(place.term, where):
            yield Edit("replaced", place.put(now), place.term, now, was=place.term, name=name)


def _logarithms(term: Expr, where: Situation) -> Iterator[Slip]:
    """``d p`` for ``d log p`` and the other way round, a forgotten derivative of the log-density."""
    if isinstance(term, D) and isinstance(term.body, Density):
        yield "logarithm", D(log(term.body), term.theta)
        yield "density", term.body * D(log(term.body), term.theta)
    if isinstance(term, D) and isinstance(term.body, log):
        yield "ratio", D(term.body.args[0], term.theta)
        yield "ratio", D(term.body.args[0], term.theta) / term.body.args[0]
        yield "weight", term.body.args[0] * term
    if isinstance(term, log) and term.has(Density):
        for wrt in where.subject.wrt:
            yield "derivative", D(term, wrt)


def _products(term: Expr, where: Situation) -> Iterator[Slip]:
    """The product of the derivatives, or of the expectations, for that of the product."""
    means = [f for f in Mul.make_args(term) if isinstance(f, E)]
    if isinstance(term, Mul) and len(means) == 2 and means[0].args[1:] == means[1].args[1:]:
        joint = E(means[0].body * means[1].body, *means[0].args[1:])
        yield "product of means", term / means[0] / means[1] * joint
    slopes = [f for f in Mul.make_args(term) if isinstance(f, D)]
    if isinstance(term, Mul) and len(slopes) == 2 and slopes[0].theta == slopes[1].theta:
        one, two = slopes
        yield "product", term / one / two * (one.body * two + two.body * one)


def _without_noise(line: Line) -> Iterator[Edit]:
    """The integrand at the middle of the law, as if nothing were random: ``cos(mu)`` for ``E[cos(a)]``."""
    if line.right.has(Binder) or not line.left.has(E):
        return
    middle = line.left.replace(lambda e: isinstance(e, E), lambda e: _in_the_middle(e, line.places.where))
    if middle != line.left and line.places.agree(middle, line.places.row(line.right) or ()):
        yield Edit("replaced", line.left, line.right, line.left, was=line.right, name="mean")


def _in_the_middle(node: E, where: Situation) -> Expr:
    family = where.subject.family
    transport = family.transport
    if len(node.variables) != 1 or transport is None or transport.form == "quantile":
        return node
    if node.law == transport.noise:
        return node.body.xreplace({node.variables[0]: S.Zero})
    if node.law == family.law:
        (path,), (b,) = transport.map, family.noise
        return node.body.xreplace({node.variables[0]: path.xreplace({b: S.Zero})})
    return node


def _costs(term: Expr, where: Situation) -> Iterator[Slip]:
    """The cost beside a score: ``E[d log p]`` for ``E[g d log p]``."""
    family, g = where.subject.family, where.subject.integrand
    if isinstance(term, Binder) and term.variables == family.samples and _has_score(term.body, where):
        yield "noise", term.with_body(term.body * g)


def _has_score(body: Expr, where: Situation) -> bool:
    """Whether an integrand is a score, or the slope of a density, and nothing else of the sample."""
    slopes = [d for d in body.atoms(D) if d.body.has(Density)]
    rest = body.xreplace({d: S.One for d in slopes} | {p: S.One for p in body.atoms(Density)})
    return bool(slopes) and not rest.free_symbols & set(where.subject.family.samples)


def _laws(term: Expr, where: Situation) -> Iterator[Slip]:
    """The law of the sample where that of the noise belongs, and back, and laws of another scale."""
    family = where.subject.family
    others = [family.law, *([family.transport.noise] if family.transport is not None else [])]
    if isinstance(term, E):
        yield from (("law", E(term.body, law, *term.variables)) for law in others if law != term.law)
        yield from (("rescaled", E(term.body, law, *term.variables)) for law in _rescaled(term.law))
    if isinstance(term, Density):
        yield from (("law", Density(law, *term.point)) for law in others if law != term.law)
        yield from (("rescaled", Density(law, *term.point)) for law in _rescaled(term.law))


def _rescaled(law: Law) -> Iterator[Law]:
    """The law with a positive parameter squared, or its root, or its inverse."""
    for k, parameter in enumerate(law.parameters):
        if parameter.is_positive and not parameter.is_number:
            for other in (parameter**2, sqrt(parameter), 1 / parameter):
                yield Law(law.name, *law.parameters[:k], other, *law.parameters[k + 1 :])


def _limits(term: Expr, where: Situation) -> Iterator[Slip]:
    """An integral over a part of the line, or one that moves with a parameter, over the whole support."""
    if not isinstance(term, (Int, Total)) or len(term.limits) > 1:
        return
    variable, low, high = term.limits[0]
    density, _ = split_density(term.body)
    wholes = [(-oo, oo), (S.Zero, oo), (S.Zero, S.One)]
    if density is not None and not is_generic(density.law):
        axis = support_of(density.law)[0]
        wholes.insert(0, (axis.lower, axis.upper))
    axes = where.subject.family.support
    wholes.insert(0, (axes[0].lower, axes[0].upper))
    for ends in dict.fromkeys(wholes):
        if ends != (low, high):
            yield "limits", term.func(term.body, (variable, *ends))
    yield "limits", term.func(term.body, (variable, high, low))


def _noise(term: Expr, where: Situation) -> Iterator[Slip]:
    """A factor of the noise, of the sample, of the cost or of the Jacobian that an integrand has lost."""
    if not isinstance(term, (Binder, Add)) or (isinstance(term, Total) and term.has(D)):
        return
    factors = _bound_factors(where)
    if isinstance(term, Binder):
        for v in term.variables:
            for f in (v, *factors):
                if set(term.variables) & f.free_symbols:
                    yield "noise", term.with_body(term.body * f)
                    yield "noise", term.with_body(term.body / f)
            for speed in _velocities(where):
                if set(term.variables) & speed.free_symbols:
                    yield "velocity", term.with_body(term.body * speed)
        return
    speeds = [("velocity", v) for v in _velocities(where)]
    for k, piece in enumerate(term.args):
        for name, f in [("noise", f) for f in factors] + speeds:
            yield name, Add(*term.args[:k], piece * f, *term.args[k + 1 :])


def _velocities(where: Situation) -> tuple[Expr, ...]:
    """The derivatives of the path, where they are more than the noise or a number."""
    transport = where.subject.family.transport
    if transport is None or len(transport.map) != 1:
        return ()
    found = (transport.map[0].diff(s) for s in where.subject.wrt)
    return tuple(v for v in found if not v.is_number and not v.is_Symbol)


def _bound_factors(where: Situation) -> tuple[Expr, ...]:
    family = where.subject.family
    g = where.subject.integrand
    path = family.transport.map if family.transport is not None else ()
    at_path = (
        (g.xreplace(dict(zip(family.samples, path, strict=True))),) if path and not where.generic else ()
    )
    return tuple(dict.fromkeys((*family.noise, *family.samples, g, *at_path)))


def _scales(term: Expr, where: Situation) -> Iterator[Slip]:
    """One occurrence of a scale, squared, rooted or inverted."""
    is_scale = (term.is_Symbol and term.is_positive) or (
        isinstance(term, AppliedUndef) and term.func == SIGMA
    )
    if is_scale and term.free_symbols & set(where.context.point):
        yield from (("scale", other) for other in (term**2, sqrt(term), 1 / term, S.One))


def _everywhere(line: Line) -> Iterator[Edit]:
    """Every occurrence of a symbol: a variance for a standard deviation, one parameter for another."""
    right = line.right
    scales = [s for s in right.free_symbols if s.is_positive]
    scales += [f for f in right.atoms(AppliedUndef) if f.func == SIGMA]
    for s in sorted(scales, key=str):
        for other in (s**2, sqrt(s), 1 / s):
            yield Edit("replaced", _swapped(right, s, other), s, other, was=s, name="scale")
    parameters = list(line.places.where.context.point)
    for s in parameters:
        for other in parameters:
            if s != other and s in right.free_symbols:
                yield Edit("replaced", _swapped(right, s, other), s, other, was=s, name="parameter")


def _swapped(term: Expr, old: Expr, new: Expr) -> Expr:
    """``new`` for ``old``, but not in what is differentiated by."""
    if isinstance(term, D):
        return D(_swapped(term.body, old, new), term.theta)
    if term == old:
        return new
    return term.func(*(_swapped(x, old, new) for x in term.args)) if term.args else term


def _means(term: Expr, where: Situation) -> Iterator[Slip]:
    """``g(E[a])`` for ``E[g(a)]``, where the expectation of the sample alone stands inside a function."""
    for node in sorted(term.atoms(E), key=str):
        if len(node.variables) == 1 and node.body == node.variables[0] and term != node:
            yield "mean", E(term.xreplace({node: node.variables[0]}), node.law, *node.variables)


def _derivatives(term: Expr, where: Situation) -> Iterator[Slip]:
    """A derivative that was not taken, by another parameter, or twice."""
    if isinstance(term, D):
        yield "derivative", term.body
        yield from (("parameter", D(term.body, s)) for s in where.subject.wrt if s != term.theta)
    elif isinstance(term, (AppliedUndef, Density)):
        for wrt in where.subject.wrt:
            if wrt in term.free_symbols:
                yield "derivative", D(term, wrt)
