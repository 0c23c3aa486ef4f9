"""Moments of products of powers and logarithms under the Dirichlet law, of which the beta law is the edge.

``E[prod w_i**s_i] = prod (alpha_i)_{s_i} / (alpha_0 + ... )_{s_0 + ...}``; a logarithm of ``w_i`` is a
derivative in ``s_i``, which brings down ``psi(alpha_i + s_i) - psi(sum)``.
Source: Johnson, Kotz, Balakrishnan, Continuous Multivariate Distributions 1, ch. 49.
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Add, Dummy, Expr, Mul, S, expand, gamma, polygamma
from sympy.core.relational import Relational

from derive.closed_form.moments.conditions import HIGHEST_POWER, needs, refuse
from derive.closed_form.moments.ratios import rising
from derive.closed_form.quick import greater
from derive.errors import NoClosedForm
from derive.family import Atom, Moment
from derive.special import lowerbeta_log

# Each logarithm multiplies the terms of the polynomial in polygamma functions.
MOST_LOGS = 6


@lru_cache(maxsize=4096)
def simplex_moment(powers: tuple[Expr, ...], logs: tuple[int, ...], alpha: tuple[Expr, ...]) -> Moment:
    """``E[prod w_i**powers_i log(w_i)**logs_i]`` for ``w ~ dirichlet(alpha)``.

    Requires ``powers_i > -alpha_i``. Raises ``NoClosedForm`` for more than six logarithms.
    """
    if sum(logs) > MOST_LOGS:
        raise NoClosedForm(f"no closed form is kept for a product of {sum(logs)} logarithms")
    requires: tuple[Relational, ...] = ()
    for s, own in zip(powers, alpha, strict=True):
        if not (own + s).is_positive:
            why = f"E[w**({s})] diverges on the simplex: it needs {s} > -{own}"
            requires += needs(greater(own, -s), else_diverges=why)
    above = Mul(*(rising(own, s) for s, own in zip(powers, alpha, strict=True)))
    value = above / rising(Add(*alpha), Add(*powers)) * _brought_down(powers, logs, alpha)
    return Moment(value, requires)


def _brought_down(powers: tuple[Expr, ...], logs: tuple[int, ...], alpha: tuple[Expr, ...]) -> Expr:
    """The polynomial in polygamma functions that the logarithms' derivatives leave."""
    places = [Dummy(f"s{i}") for i in range(len(alpha))]
    whole = Add(*alpha, *places)
    made: Expr = S.One
    for place, own, count in zip(places, alpha, logs, strict=True):
        slope = polygamma(0, own + place) - polygamma(0, whole)
        for _ in range(count):
            made = expand(made.diff(place) + made * slope)
    return made.xreplace(dict(zip(places, powers, strict=True)))


@lru_cache(maxsize=4096)
def beta_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ beta(alpha, beta)``: powers and logarithms of a, on (0, 1) and on cells.

    Requires rate 0, and ``power > -alpha`` where the cell reaches 0. Raises ``NoClosedForm`` and
    ``NoExpectation``.
    """
    alpha, beta = parameters
    if atom.rate != 0 or atom.logs > HIGHEST_POWER:
        raise refuse(atom, "beta")
    if atom.lower == 0 and atom.upper == 1:
        return simplex_moment((atom.power, S.Zero), (atom.logs, 0), (alpha, beta))
    p, requires = alpha + atom.power, ()
    if atom.lower == 0 and not p.is_positive:
        why = f"E[a**({atom.power})] diverges at 0 under the beta law: it needs {atom.power} > -{alpha}"
        requires = needs(greater(alpha, -atom.power), else_diverges=why)
    return Moment(_cell(atom, p, beta) / _complete(alpha, beta), requires)


def _cell(atom: Atom, p: Expr, q: Expr) -> Expr:
    """``integral of a**(p-1) (1-a)**(q-1) log(a)**j`` over the cell, an upper one by reflection."""
    if atom.upper == 1:
        return lowerbeta_log(q, p, 1 - atom.lower, 0, atom.logs)
    high = lowerbeta_log(p, q, atom.upper, atom.logs, 0)
    return high if atom.lower == 0 else high - lowerbeta_log(p, q, atom.lower, atom.logs, 0)


def _complete(p: Expr, q: Expr) -> Expr:
    return gamma(p) * gamma(q) / gamma(p + q)
