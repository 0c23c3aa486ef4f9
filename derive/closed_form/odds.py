"""Rational functions of exponentials under the logistic law, in ``u = F(a)``, which is uniform.

``exp((a - mu)/s) = u/(1 - u)``: a sigmoid of ``a/s``, and whatever is rational in it, becomes a quotient of
polynomials in ``u``. A binary Concrete variable is the sigmoid of a logistic one, whose scale is 1 at
temperature 1: there relaxed coins are integrated exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import (
    Add,
    Dummy,
    Expr,
    Mul,
    Poly,
    S,
    Symbol,
    cancel,
    exp,
    factor,
    factor_list,
    fraction,
    log,
    together,
)

from derive.errors import NoExpectation
from derive.terms import Law

from .place import Point, sign_at

# A sum with more operations is not put over one denominator: that would take seconds.
MOST_OPERATIONS = 400
# Higher powers of the odds below a bar are no power of an affine form; cancelling them takes seconds.
HIGHEST = 2


def logistic_image(law: Law, body: Expr, a: Symbol, x: Symbol) -> tuple[Law, Expr] | None:
    """A law and a body in ``x`` with a logistic ``x`` in place of ``a``; None for other laws.

    A binary Concrete variable is the sigmoid of a logistic one with scale ``1/tau``.
    """
    if law.name == "logistic":
        return law, body.xreplace({a: x})
    if law.name not in ("relaxed_bernoulli", "relaxed_bernoulli_logits"):
        return None
    weight, tau = law.parameters
    location = weight if law.name == "relaxed_bernoulli_logits" else log(weight / (1 - weight))
    return Law("logistic", location / tau, 1 / tau), body.xreplace({a: 1 / (1 + exp(-x))})


def end_image(law: Law, end: Expr) -> Expr:
    """The end of a cell, of the law's own variable, in the variable of ``logistic_image``."""
    if law.name == "logistic":
        return end
    return -S.Infinity if end == 0 else S.Infinity if end == 1 else log(end / (1 - end))


def uniform_end(law: Law, end: Expr) -> Expr:
    """``F(end)`` under a logistic law."""
    mu, s = law.parameters
    return S.Zero if end is -S.Infinity else S.One if end is S.Infinity else 1 / (1 + exp((mu - end) / s))


def integral(
    body: Expr, law: Law, x: Symbol, ends: tuple[Expr, Expr], point: Point
) -> tuple[Expr, Expr] | None:
    """``E[body]`` over ``x`` between ``ends`` under the logistic law, and what must not vanish for it.

    None where it is not of this form: in ``u`` the body has to be a polynomial, or one over a power of a
    single affine form, whose slope is what must not vanish. Raises ``NoExpectation`` where that form has a
    zero between the ends or at one of them, so that the integral diverges.
    """
    u = Dummy("u", positive=True)
    held: dict[Expr, Dummy] = {}
    flat = _in_odds(body, law, x, u, held)
    if flat is None:
        return None
    low, high = (uniform_end(law, end) for end in ends)
    back = {name: value for value, name in held.items()}
    above, below = fraction(flat)
    found = _between(above, below, u, low, high, lambda e: sign_at(e.xreplace(back), point))
    return None if found is None else (found[0].xreplace(back), found[1].xreplace(back))


def _in_odds(body: Expr, law: Law, x: Symbol, u: Symbol, held: dict[Expr, Dummy]) -> Expr | None:
    """The body as a quotient of polynomials in ``u`` with ``x = mu + s log(u/(1 - u))``; None if it is none.

    Constants other than rational ones are ``held`` by names, so that polynomials are exact in them.
    """
    if body.count_ops() > MOST_OPERATIONS:
        return None
    flat = body.replace(
        lambda e: isinstance(e, exp) and e.has_free(x),
        lambda e: _as_odds(e.args[0], law.parameters, x, u, held),
    )
    if flat.has_free(x) or not flat.is_rational_function(u):
        return None
    return factor(cancel(together(flat)))


def _as_odds(
    exponent: Expr, parameters: tuple[Expr, ...], x: Symbol, u: Symbol, held: dict[Expr, Dummy]
) -> Expr:
    """``exp(c x + d)`` as a constant times a whole power of the odds; as it stands where there is none."""
    mu, s = parameters
    slope = exponent.diff(x)
    power = slope * s
    if slope.has_free(x) or not power.is_Integer or abs(power) > HIGHEST:
        return exp(exponent)
    constant = exp((exponent - slope * x + slope * mu).expand())
    return _constant(constant, int(power), held) * (u / (1 - u)) ** power


def _constant(value: Expr, power: int, held: dict[Expr, Dummy]) -> Expr:
    """A constant by the power of a name, which sigmoids of the same argument share."""
    if value.is_Rational:
        return value
    base = value ** (S.One / power)
    return held.setdefault(base, Dummy("w", positive=True)) ** power


def _between(
    numerator: Expr, denominator: Expr, u: Symbol, low: Expr, high: Expr, sign: Callable[[Expr], int]
) -> tuple[Expr, Expr] | None:
    """The integral over ``u``, in ``y``, the affine form that is divided by; and its slope."""
    constant, factors = factor_list(denominator, u)
    affine = [(base, int(power)) for base, power in factors if base.has_free(u)]
    others = Mul(constant, *(base**power for base, power in factors if not base.has_free(u)))
    if not affine:
        form, power = u, 0
    elif len(affine) == 1 and not affine[0][0].diff(u).has_free(u):
        form, power = affine[0]
    else:
        return None
    slope = form.diff(u)
    if sign(slope) == 0:
        return None
    if sign(form.xreplace({u: (low + high) / 2})) < 0:
        form, slope, others = -form, -slope, others * (-1) ** power
    y = Dummy("y", positive=True)
    polynomial = Poly(numerator.xreplace({u: (y - form.xreplace({u: S.Zero})) / slope}), y)
    terms = [(k - power, c) for (k,), c in polynomial.terms()]
    ends = [form.xreplace({u: end}) for end in (high, low)]
    poles = [c for k, c in terms if k < 0]
    if poles and sign(ends[0]) * sign(ends[1]) <= 0 and any(sign(c) for c in poles):
        raise NoExpectation(f"the integrand has a pole at a zero of {form}, which is not integrable")
    parts = [c * _power(ends, k) for k, c in terms]
    return Add(*parts) / (others * slope), slope


def _power(ends: Sequence[Expr], k: int) -> Expr:
    """The integral of ``y**k`` from the second of the ends to the first."""
    if k == -1:
        return log(ends[0]) - log(ends[1])
    return (ends[0] ** (k + 1) - ends[1] ** (k + 1)) / (k + 1)
