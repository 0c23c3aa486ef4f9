"""An expectation as an ordinary integral in one variable: over the sample, or over the noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Add, Dummy, Expr, S, Symbol, exp, expand, sqrt

from derive.errors import Undecided
from derive.laws import family_of, log_density, support_of
from derive.terms import Law

# One dummy each, not one a call: SymPy's caches and ours then recognise what they have seen.
_NOISE = Dummy("b", real=True)
_ALONG = Dummy("t", real=True)


@dataclass(frozen=True, slots=True)
class Form:
    """The integral of ``body`` over ``lower < x < upper``."""

    body: Expr
    x: Symbol
    lower: Expr
    upper: Expr


def direct(body: Expr, law: Law, sample: Symbol) -> Form:
    """``integral of g(a) p(a)`` over the support of the law."""
    (axis,) = support_of(law)
    return Form(body * exp(log_density(law, sample)), sample, axis.lower, axis.upper)


def pushed(body: Expr, law: Law, sample: Symbol) -> Form | None:
    """``integral of g(T(b)) q(b)`` over the noise, or ``None`` for a law without a transport."""
    family = family_of(law)
    if family.transport is None:
        return None
    values = dict(zip(family.symbols, law.parameters, strict=True))
    b = _NOISE
    path = family.transport.map[0].xreplace({**values, family.noise[0]: b})
    noise = Law(family.transport.noise.name, *(p.xreplace(values) for p in family.transport.noise.parameters))
    (axis,) = support_of(noise)
    return Form(body.xreplace({sample: path}) * exp(log_density(noise, b)), b, axis.lower, axis.upper)


def forms(body: Expr, law: Law, sample: Symbol, fixed_support: bool) -> Iterator[Form]:
    """The forms of one expectation, the one that is better to integrate first.

    Uniform noise bends the integrand at both ends, so there the density form comes first, unless the
    support must be free of theta (``fixed_support``).
    """
    transport = family_of(law).transport
    over_noise = pushed(body, law, sample)
    over_sample = direct(body, law, sample)
    quantile = transport is not None and transport.form == "quantile" and not fixed_support
    ordered = (over_sample, over_noise) if quantile else (over_noise, over_sample)
    return (form for form in ordered if form is not None)


Part = tuple[Expr, Law, Symbol]


def one_dimensional(body: Expr, law: Law, samples: tuple[Symbol, ...]) -> tuple[Part, ...]:
    """The expectation as a sum of expectations over laws of the line.

    In the plane each term of the integrand must depend on one linear combination of the samples,
    which is normal. Raises ``Undecided`` for any other.
    """
    if len(samples) == 1:
        return ((body, law, samples[0]),)
    if law.name != "multivariate_normal":
        raise Undecided(f"no enclosure is known for {law.name} in {len(samples)} dimensions")
    return tuple(_along(term, law, samples) for term in Add.make_args(body))


def _along(term: Expr, law: Law, samples: tuple[Symbol, ...]) -> Part:
    nodes = tuple(dict.fromkeys(_affine_nodes(term, samples)))
    slopes = [tuple(node.diff(a) for a in samples) for node in nodes]
    first = slopes[0] if slopes else (S.One, *[S.Zero] * (len(samples) - 1))
    lead = next(i for i, v in enumerate(first) if v != 0)
    t = _ALONG
    renamed = {}
    for node, slope in zip(nodes, slopes, strict=True):
        factor = slope[lead] / first[lead]
        if any(expand(slope[i] * first[lead] - slope[lead] * first[i]) != 0 for i in range(len(samples))):
            raise Undecided(
                f"{term} depends on more than one linear combination of {', '.join(map(str, samples))}",
                "its closed form, where there is one, is not checked by an enclosure",
            )
        renamed[node] = factor * t + node.xreplace(dict.fromkeys(samples, S.Zero))
    return term.xreplace(renamed), _projected(law, first), t


def _affine_nodes(node: Expr, samples: tuple[Symbol, ...]) -> Iterator[Expr]:
    """The largest subexpressions that are affine in the samples."""
    if not node.free_symbols & set(samples):
        return
    if not any(node.diff(a).free_symbols & set(samples) for a in samples):
        yield node
        return
    for arg in node.args:
        yield from _affine_nodes(arg, samples)


def _projected(law: Law, direction: tuple[Expr, ...]) -> Law:
    """The normal law of ``direction . a``."""
    family = family_of(law)
    assert family.transport is not None
    values = dict(zip(family.symbols, law.parameters, strict=True))
    path = [t.xreplace(values) for t in family.transport.map]
    along = expand(sum((v * t for v, t in zip(direction, path, strict=True)), S.Zero))
    slopes = [along.diff(b) for b in family.noise]
    centre = along.xreplace(dict.fromkeys(family.noise, S.Zero))
    return Law("normal", centre, sqrt(sum((s**2 for s in slopes), S.Zero)))
