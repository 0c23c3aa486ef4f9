"""Moments of laws on 0, 1, 2, ... by their probability generating functions.

With ``G(z) = E[z**a]`` and Stirling numbers of the second kind S(n, k),
``E[a**n z**a] = sum over k of S(n, k) z**k G^(k)(z)``; here ``z = exp(rate)``, complex for a wave.
Source: Johnson, Kemp, Kotz, Univariate Discrete Distributions, sections 1.2.7, 3.3, 4.3, 5.3.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sympy import Add, Expr, Mul, S, exp
from sympy.core.relational import Relational

from derive.closed_form.moments.conditions import HIGHEST_POWER, needs, real_part, refuse
from derive.closed_form.quick import less
from derive.family import Atom, Moment


@lru_cache(maxsize=4096)
def poisson_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ poisson(rate)``, ``G(z) = exp(rate (z - 1))``.

    Like the other rules here it knows ``a**n exp(t*a)`` over the whole support; raises ``NoClosedForm``.
    """
    (rate,) = parameters
    n, z = _read(atom, "poisson"), exp(atom.rate)
    return Moment(exp(rate * (z - 1)) * _sum(n, lambda k: (rate * z) ** k))


@lru_cache(maxsize=4096)
def binomial_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ binomial(n, p)``, ``G(z) = (1 - p + p z)**n``."""
    trials, p = parameters
    n, z = _read(atom, "binomial"), exp(atom.rate)
    base = 1 - p + p * z

    def derivative(k: int) -> Expr:
        falling = Mul(*(trials - i for i in range(k)))
        return S.Zero if falling == 0 else falling * (p * z) ** k * base ** (trials - k)

    return Moment(_sum(n, derivative))


@lru_cache(maxsize=4096)
def geometric_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ geometric(p)``, ``G(z) = p/(1 - (1 - p) z)``; it needs ``(1 - p) |z| < 1``."""
    (p,) = parameters
    return _negative_binomial(atom, S.One, p, 1 - p, "geometric")


@lru_cache(maxsize=4096)
def negative_binomial_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ negative_binomial(r, p)``, ``G(z) = ((1 - p)/(1 - p z))**r``; ``p |z| < 1``."""
    r, p = parameters
    return _negative_binomial(atom, r, 1 - p, p, "negative_binomial")


def _negative_binomial(atom: Atom, r: Expr, stop: Expr, go: Expr, name: str) -> Moment:
    n, z = _read(atom, name), exp(atom.rate)
    requires: tuple[Relational, ...] = ()
    # A wave, or an exponential that falls, asks for no more than the mass does.
    if atom.rate != 0 and not real_part(atom.rate).is_nonpositive:
        why = f"E[exp({atom.rate}*a)] diverges under the {name} law: it needs {go}*exp({atom.rate}) < 1"
        requires = needs(less(go * exp(real_part(atom.rate)), 1), else_diverges=why)

    def derivative(k: int) -> Expr:
        rising = Mul(*(r + i for i in range(k)))
        if atom.rate == 0:
            return rising * (go / stop) ** k
        below = 1 - go * z
        return rising * (go * z / below) ** k * stop**r * below ** (-r)

    return Moment(_sum(n, derivative), requires)


def _read(atom: Atom, name: str) -> int:
    """The power of an atom over the whole support; refuses logarithms, other powers and mere parts."""
    whole = atom.power.is_Integer and 0 <= atom.power <= HIGHEST_POWER
    if not whole or atom.logs or atom.square != 0 or atom.lower != 0:
        raise refuse(atom, name)
    return int(atom.power)


def _sum(n: int, derivative: Callable[[int], Expr]) -> Expr:
    """``sum of S(n, k) z**k G^(k)(z)`` from the function of k that stands behind S(n, k)."""
    return Add(*(count * derivative(k) for k, count in enumerate(_stirling(n)) if count))


@lru_cache(maxsize=64)
def _stirling(n: int) -> tuple[int, ...]:
    """Stirling numbers of the second kind, S(n, 0) to S(n, n): S(n, k) = S(n-1, k-1) + k S(n-1, k)."""
    if n == 0:
        return (1,)
    last = (*_stirling(n - 1), 0)
    return tuple(k * last[k] + (last[k - 1] if k else 0) for k in range(n + 1))
