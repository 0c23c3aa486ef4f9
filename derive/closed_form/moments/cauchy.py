"""Moments of atoms under the Cauchy law, where they exist: waves, cells, powers below one.

Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 16; for powers on the
half line the Mellin transform of 1/(x**2 + 2*x*cos(t) + 1), Gradshteyn and Ryzhik 3.252.12.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

from sympy import Abs, Add, Dummy, Expr, I, S, atan, exp, factorial, log, pi, sin, sqrt

from derive.closed_form.moments.conditions import (
    is_whole_line,
    needs,
    real_part,
    refuse,
    refuse_heavy,
    whole_number,
)
from derive.closed_form.quick import greater, less
from derive.errors import NoExpectation
from derive.family import Atom, Moment

# Each logarithm is one more derivative of a quotient of sines, whose size doubles.
_MOST_LOGS = 6


@lru_cache(maxsize=4096)
def cauchy_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ cauchy(mu, gamma)``.

    Requires: a power below 1 where the cell reaches infinity; waves on the whole line only, real
    powers and logarithms on ``a > 0`` only. Raises ``NoClosedForm`` and ``NoExpectation``.
    """
    mu, gamma = parameters
    refuse_heavy(atom, "cauchy")
    _refuse_powers(atom)
    if atom.rate == 0 and atom.lower == 0 and atom.upper is S.Infinity and (atom.power != 0 or atom.logs):
        return _half_line(atom, mu, gamma)
    n = whole_number(atom, "cauchy")
    if atom.rate == 0:
        return Moment(_cell(n, atom, mu, gamma))
    if is_whole_line(atom):
        w = -I * atom.rate
        return Moment(exp(I * mu * w - gamma * Abs(w)))
    raise refuse(atom, "cauchy", f" on ({atom.lower}, {atom.upper})")


def _refuse_powers(atom: Atom) -> None:
    """Raises ``NoExpectation`` for powers from 1 on that no exponential tames at an infinite end."""
    infinite = atom.lower is S.NegativeInfinity or atom.upper is S.Infinity
    if infinite and real_part(atom.rate) == 0 and (atom.power - 1).is_nonnegative:
        raise NoExpectation(
            f"E[a**({atom.power})] does not exist under the cauchy law: its tails fall only like 1/a**2"
        )


def _cell(n: int, atom: Atom, mu: Expr, gamma: Expr) -> Expr:
    """The binomial sum over z = (a - mu)/gamma, by division of z**k by 1 + z**2."""
    low, high = (atom.lower - mu) / gamma, (atom.upper - mu) / gamma
    if n == 0:
        return (_angle(atom.upper, high) - _angle(atom.lower, low)) / pi
    parts = [(atan(high) - atan(low)) / pi, (log(1 + high**2) - log(1 + low**2)) / (2 * pi)]
    for k in range(2, n + 1):
        parts.append((high ** (k - 1) - low ** (k - 1)) / ((k - 1) * pi) - parts[k - 2])
    return Add(*(comb(n, k) * mu ** (n - k) * gamma**k * parts[k] for k in range(n + 1)))


def _angle(end: Expr, z: Expr) -> Expr:
    if end.is_infinite:
        return pi / 2 if end is S.Infinity else -pi / 2
    return atan(z)


def _half_line(atom: Atom, mu: Expr, gamma: Expr) -> Moment:
    """``E[a**s; a > 0] = r**s sin(s*t)/sin(pi*s)``, with a derivative in s for each logarithm.

    Here r = sqrt(mu**2 + gamma**2) and t = pi/2 + atan(mu/gamma), the angle of mu + i*gamma from the left.
    """
    if atom.logs > _MOST_LOGS:
        raise refuse(atom, "cauchy")
    why = f"E[a**({atom.power}); a > 0] diverges under the cauchy law: it needs a power between -1 and 1"
    requires = needs(greater(atom.power, -1), less(atom.power, 1), else_diverges=why)
    r, t = sqrt(mu**2 + gamma**2), pi / 2 + atan(mu / gamma)
    if atom.power == 0:
        return Moment(_logarithms(atom.logs, r, t), requires)
    s = Dummy("s", positive=True)
    form = r**s * sin(s * t) / sin(pi * s)
    return Moment(form.diff(s, atom.logs).xreplace({s: atom.power}), requires)


def _logarithms(j: int, r: Expr, t: Expr) -> Expr:
    """The j-th derivative at s = 0, where the form is 0/0, from the power series of the quotient."""
    above = [t * (-1) ** m * t ** (2 * m) / factorial(2 * m + 1) for m in range(j // 2 + 1)]
    below = [pi * (-1) ** m * pi ** (2 * m) / factorial(2 * m + 1) for m in range(j // 2 + 1)]
    ratio: list[Expr] = []
    for m, top in enumerate(above):
        ratio.append((top - sum(below[m - i] * ratio[i] for i in range(m))) / pi)
    return Add(
        *(comb(j, 2 * m) * factorial(2 * m) * part * log(r) ** (j - 2 * m) for m, part in enumerate(ratio))
    )
