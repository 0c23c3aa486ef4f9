"""Other roads to a cell's expectation, where its integrand is outside the grammar as it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod

from sympy import Add, Dummy, Expr, Gt, Lt, Pow, S, Symbol, apart, exp, log
from sympy.polys.polyerrors import BasePolynomialError

from derive.cells import on_cell
from derive.errors import NoExpectation
from derive.family import Atom, Moment
from derive.laws import family_of, log_density, support_of

from .algebra import Element, product, total
from .cellwise import as_it_stands
from .chi import STANDARD_NORMAL, chi_of
from .elementary import antiderivative
from .intake import intake
from .moments.polyexp import integral
from .odds import end_image, logistic_image
from .odds import integral as integral_in_odds
from .place import sign_at
from .pullbacks import PULLBACKS, pulled_back
from .segments import Segment, Work
from .sigmoids import cancelled_in_exponentials
from .simplex import element

# Longer sums are not split: each term would be tried by every road.
_MOST_TERMS = 50

Attempt = Callable[[Segment, Work], Element | None]


def cancelled(segment: Segment, work: Work) -> Element | None:
    """With quotients of exponentials cancelled."""
    body = cancelled_in_exponentials(segment.body, work.x)
    if body is None or body == segment.body:
        return None
    return as_it_stands(replace(segment, body=body), work)


def under_the_normal_law(segment: Segment, work: Work) -> Element | None:
    """The law as an image of the normal law, pulled back."""
    pullback = PULLBACKS.get(work.law.name)
    if pullback is None:
        return None
    law, x = pullback.law(work.law), Dummy(work.x.name, real=True)
    under = replace(work, law=law, family=family_of(law), x=x)
    body = pulled_back(segment.body, work.x, x, pullback)
    ends = (pullback.inverse(segment.lower), pullback.inverse(segment.upper))
    return as_it_stands(Segment(*ends, cancelled_in_exponentials(body, x) or body, 0), under)


def under_half_a_normal_law(segment: Segment, work: Work) -> Element | None:
    """The law as a function of a chi variable, whose density has a polynomial weight over the normal one."""
    chi = chi_of(work.law)
    if chi is None:
        return None
    z = Dummy("z", positive=True)
    body = chi.weight(z) * segment.body.xreplace({work.x: chi.image(z)})
    under = replace(work, law=STANDARD_NORMAL, family=family_of(STANDARD_NORMAL), x=z)
    return as_it_stands(Segment(chi.inverse(segment.lower), chi.inverse(segment.upper), body, 0), under)


def in_uniform_noise(segment: Segment, work: Work) -> Element | None:
    """What is rational in exponentials under the logistic law, or in a binary Concrete variable."""
    x = Dummy(work.x.name, real=True)
    image = logistic_image(work.law, segment.body, work.x, x)
    if image is None:
        return None
    low, high = (end_image(work.law, end) for end in (segment.lower, segment.upper))
    try:
        found = integral_in_odds(image[1], image[0], x, (low, high), work.point)
    except NoExpectation:
        interval = f"({segment.lower}, {segment.upper})"
        raise NoExpectation(f"{segment.body} is not integrable over {interval} under {work.law}") from None
    if found is None:
        return None
    value, slope = found
    _sign_of(slope, work)  # it must not vanish near the point either
    return intake(value)


def shifted(segment: Segment, work: Work) -> Element | None:
    """In y = c a + d, of which a logarithm or a real power is taken, under a density exp(polynomial)."""
    if support_of(work.law)[0].lattice:
        return None  # a sum: its mass function is no weight of an integral
    density = _density_on(segment, work)
    base = _affine_base(segment.body, work.x)
    if base is None or not density.is_polynomial(work.x):
        return None
    y, slope = Dummy("y", real=True), base.diff(work.x)
    rising = _sign_of(slope, work) > 0
    inverse = (y - base.xreplace({work.x: S.Zero})) / slope
    body = (segment.body * exp(density)).xreplace({work.x: inverse}) / (slope if rising else -slope)
    low, high = (_image(end, base, work, rising) for end in (segment.lower, segment.upper))
    flat = replace(work.family, moment=_flat_moment, squares=True)
    image = Segment(low, high, body, 0) if rising else Segment(high, low, body, 0)
    try:
        return as_it_stands(image, replace(work, family=flat, x=y))
    except NoExpectation as error:
        named = error.message.replace(f"({y})", f"({base})").replace(str(y), str(base))
        raise NoExpectation(named, error.help) from None


def on_the_simplex(segment: Segment, work: Work) -> Element | None:
    """Powers and logarithms of ``a`` and ``1 - a`` together, under the beta law on the whole interval."""
    if work.law.name != "beta" or (segment.lower, segment.upper) != (S.Zero, S.One):
        return None
    value, requires = element(segment.body, work.law.parameters, (work.x,), work.point)
    work.requires.extend(requires)
    return value


def term_by_term(segment: Segment, work: Work) -> Element | None:
    """Each term by its own road, and under a constant density from a table of antiderivatives.

    Terms that do not exist one by one may do so together, so then nothing is claimed.
    """
    if support_of(work.law)[0].lattice:
        return None
    terms = _terms(segment.body, work.x)
    try:
        return total([_term(replace(segment, body=term), work) for term in terms])
    except NoExpectation:
        return None


def _term(segment: Segment, work: Work) -> Element:
    density = _density_on(segment, work)
    if segment.bounded and not density.has_free(work.x):
        found = antiderivative(segment.body, work.x, work.point)
        if found is not None:
            high, low = (found.value.xreplace({work.x: e}) for e in (segment.upper, segment.lower))
            work.requires.extend(found.requires)
            return product(intake(exp(density)), intake(high - low))
    moved = shifted(segment, work)
    return as_it_stands(segment, work) if moved is None else moved


def _terms(body: Expr, x: Symbol) -> tuple[Expr, ...]:
    """The terms of the expanded body, a rational one in partial fractions."""
    if _width(body) > _MOST_TERMS:
        return (body,)
    if body.free_symbols == {x} and body.is_rational_function(x):
        try:
            body = apart(body, x)
        except BasePolynomialError:  # SymPy finds no domain for some sums of exponentials as coefficients
            return (body,)
    return tuple(Add.make_args(body.expand()))


def _width(expr: Expr) -> int:
    """A bound on the number of terms of the expanded expression, so that nothing large is expanded."""
    if expr.is_Add:
        return sum(_width(a) for a in expr.args)
    if expr.is_Mul:
        return prod(_width(a) for a in expr.args)
    if expr.is_Pow and expr.exp.is_Integer:
        return int(_width(expr.base) ** min(abs(expr.exp), 20))
    return 1


FALLBACKS: dict[str, Attempt] = {
    "quotients of exponentials cancelled": cancelled,
    "pulled back to the normal law": under_the_normal_law,
    "half a normal law": under_half_a_normal_law,
    "pulled back to uniform noise": in_uniform_noise,
    "shifted": shifted,
    "on the simplex": on_the_simplex,
    "term by term": term_by_term,
}


def _flat_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """The density is in the integrand already."""
    return integral(atom, atom.rate)


def _density_on(segment: Segment, work: Work) -> Expr:
    whole = log_density(work.law, work.x)
    return on_cell(whole, work.x, segment.lower, segment.upper, work.point)


def _affine_base(body: Expr, x: Symbol) -> Expr | None:
    """The one affine form, not the variable itself, under a logarithm or a power that is not natural."""
    unnatural = (p for p in body.atoms(Pow) if not (p.exp.is_Integer and p.exp > 0) and not p.exp.has_free(x))
    forms = {
        f for f in (*(p.base for p in unnatural), *(g.args[0] for g in body.atoms(log))) if f.has_free(x)
    }
    if len(forms) != 1:
        return None
    (form,) = forms
    return None if form.diff(x).has_free(x) or form == x else form


def _sign_of(slope: Expr, work: Work) -> int:
    sign = sign_at(slope, work.point)
    if slope.free_symbols:
        work.requires.append(Gt(slope, 0) if sign > 0 else Lt(slope, 0))
    return sign


def _image(end: Expr, base: Expr, work: Work, rising: bool) -> Expr:
    if end.is_infinite:
        return end if rising else -end
    return base.xreplace({work.x: end}).expand()
