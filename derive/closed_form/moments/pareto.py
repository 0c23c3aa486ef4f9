"""Moments of atoms under the Pareto law: powers and logarithms, and exponentials that do not grow.

With density alpha*scale**alpha*a**(-alpha-1) every cell is an integral of a**(-delta-1) log(a)**j.
Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 20; DLMF 8.2.2 for the
incomplete gamma function that the exponential brings.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb, factorial

from sympy import Add, Expr, S, log
from sympy.core.relational import Relational

from derive.closed_form.moments.conditions import HIGHEST_POWER, needs, real_part, refuse, refuse_heavy
from derive.closed_form.quick import greater, unequal
from derive.family import Atom, Moment
from derive.special import uppergamma_log


@lru_cache(maxsize=4096)
def pareto_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ pareto(scale, alpha)``.

    Requires ``alpha > power`` where the cell is infinite and no exponential falls, and a rate whose
    real part is known to be negative or zero. Raises ``NoClosedForm`` and ``NoExpectation``.
    """
    scale, alpha = parameters
    refuse_heavy(atom, "pareto")
    real = real_part(atom.rate)
    if atom.logs > HIGHEST_POWER or not real.is_nonpositive:
        raise refuse(atom, "pareto")
    falls = real.is_negative is True
    requires = () if falls else _exists(atom, alpha)
    if atom.rate == 0 and (alpha - atom.power).is_zero:
        j = atom.logs + 1
        return Moment(alpha * scale**alpha * (log(atom.upper) ** j - log(atom.lower) ** j) / j)
    beyond = _power_beyond if atom.rate == 0 else _exponential_beyond
    near = beyond(atom, atom.lower, scale, alpha)
    far = S.Zero if atom.upper is S.Infinity else beyond(atom, atom.upper, scale, alpha)
    return Moment(near - far, requires)


def _exists(atom: Atom, alpha: Expr) -> tuple[Relational, ...]:
    """``alpha > power`` for an infinite cell; a bounded one must not divide by their difference."""
    if atom.upper is S.Infinity:
        why = f"E[a**({atom.power})] diverges under the pareto law: it needs {alpha} > {atom.power}"
        return needs(greater(alpha, atom.power), else_diverges=why)
    distinct = unequal(alpha, atom.power)
    return (distinct,) if atom.rate == 0 and distinct not in (S.true, S.false) else ()


def _power_beyond(atom: Atom, c: Expr, scale: Expr, alpha: Expr) -> Expr:
    """``E[a**power log(a)**j; a > c]``, the integral of a**(-delta-1) log(a)**j by parts j times."""
    delta, j = alpha - atom.power, atom.logs
    terms = (factorial(j) // factorial(i) * alpha * log(c) ** i / delta ** (j - i + 1) for i in range(j + 1))
    survival = S.One if c == scale else (scale / c) ** alpha
    return survival * c**atom.power * Add(*terms)


def _exponential_beyond(atom: Atom, c: Expr, scale: Expr, alpha: Expr) -> Expr:
    """The same with exp(-p*a): y = p*a turns it into upper incomplete gamma integrals."""
    s, p, j = atom.power - alpha, -atom.rate, atom.logs
    terms = (comb(j, i) * (-log(p)) ** (j - i) * uppergamma_log(s, p * c, i) for i in range(j + 1))
    return alpha * (p * scale) ** alpha * p ** (-atom.power) * Add(*terms)
