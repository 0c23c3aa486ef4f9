"""Moments of atoms under the normal law: tilt, complete the square, and partial moments on a cell.

For a ~ N(mu, sigma^2) the weight exp(rate*a + square*a^2) turns the density into a constant times
another normal density (the tilt), after which the moments on (l, u) obey
M_k = m M_{k-1} + (k-1) v M_{k-2} + v [a^{k-1} p(a)] at l minus the same at u.
Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 13.10.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb, factorial

from sympy import Add, Expr, Integer, S, expand, gamma, log, pi, polygamma, re, sqrt
from sympy.core.relational import Relational

from derive.closed_form.moments.conditions import HIGHEST_POWER, needs, refuse
from derive.closed_form.moments.cumulants import from_cumulants
from derive.closed_form.moments.gumbel import log_gamma_cell
from derive.closed_form.quick import error_function, exponential, greater
from derive.errors import NoExpectation
from derive.family import Atom, Moment


@lru_cache(maxsize=4096)
def normal_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ normal(mu, sigma)``.

    Requires a nonnegative integer power without logarithm; other powers and logarithms are known
    only on a half line that ends at ``mu = 0``. Raises ``NoClosedForm`` and ``NoExpectation``.
    """
    mu, sigma = parameters
    if atom.power.is_Integer and 0 <= atom.power <= HIGHEST_POWER and atom.logs == 0:
        return _polynomial(int(atom.power), atom, mu, sigma)
    if atom.lower == 0 and atom.power.is_number and atom.power <= -1:
        raise NoExpectation(_at_zero(atom.power))
    if mu == 0 and atom.rate == 0 and not (atom.lower.is_negative or atom.lower.is_infinite):
        _, deviation, constant = _tilted(atom, mu, sigma)
        half = centred(atom.power, atom.logs, deviation, atom.lower, atom.upper)
        return Moment(constant * half.value, (*half.requires, *_tilt_exists(atom, sigma)))
    raise refuse(atom, "normal")


def _tilted(atom: Atom, mu: Expr, sigma: Expr) -> tuple[Expr, Expr, Expr]:
    """``(mean, standard deviation, constant)`` of the density after the weight is absorbed."""
    if atom.square == 0:
        mean = mu + sigma**2 * atom.rate if atom.rate != 0 else mu
        return mean, sigma, exponential(expand(mu * atom.rate + sigma**2 * atom.rate**2 / 2))
    shrink = 1 - 2 * atom.square * sigma**2
    mean = (mu + sigma**2 * atom.rate) / shrink
    exponent = mu**2 * atom.square + mu * atom.rate + sigma**2 * atom.rate**2 / 2
    return mean, sigma / sqrt(shrink), exponential(expand(exponent) / shrink) / sqrt(shrink)


def _tilt_exists(atom: Atom, sigma: Expr) -> tuple[Relational, ...]:
    if atom.square == 0 or atom.square.is_negative:
        return ()
    return (greater(1 - 2 * atom.square * sigma**2, 0),)


def _polynomial(power: int, atom: Atom, mu: Expr, sigma: Expr) -> Moment:
    mean, deviation, constant = _tilted(atom, mu, sigma)
    variance = deviation**2
    value = constant * mass(atom.lower, atom.upper, mean, deviation) * whole_moment(power, mean, variance)
    for end, sign in ((atom.lower, 1), (atom.upper, -1)):
        if power and end.is_finite is not False:
            weighted = exponential(atom.rate * end + atom.square * end**2) * density(end, mu, sigma)
            value += sign * weighted * edge(power, end, mean, variance)
    return Moment(value, _tilt_exists(atom, sigma))


def density(at: Expr, mu: Expr, sigma: Expr) -> Expr:
    """The normal density."""
    return exponential(-((at - mu) ** 2) / (2 * sigma**2)) / (sigma * sqrt(2 * pi))


def mass(lower: Expr, upper: Expr, mean: Expr, deviation: Expr) -> Expr:
    """``P(lower < a < upper)`` in terms of erf, so that adjacent cells add up by themselves."""
    width = deviation * sqrt(2)
    high = S.One if upper is S.Infinity else error_function((upper - mean) / width)
    low = S.NegativeOne if lower is S.NegativeInfinity else error_function((lower - mean) / width)
    return (high - low) / 2


def whole_moment(power: int, mean: Expr, variance: Expr) -> Expr:
    """``E[a**power]``: sum over pairs of C(n, 2j) (2j-1)!! variance^j mean^(n-2j)."""
    total = S.Zero
    for j in range(power // 2 + 1):
        pairings = factorial(2 * j) // (2**j * factorial(j))
        total += comb(power, 2 * j) * pairings * variance**j * mean ** (power - 2 * j)
    return total


def edge(power: int, end: Expr, mean: Expr, variance: Expr) -> Expr:
    """The polynomial that multiplies the weight at an end in the partial-moment recursion."""
    return Add(*(c * mean**i * variance**j * end**k for (i, j, k), c in _edge_terms(power).items()))


@lru_cache(maxsize=128)
def _edge_terms(power: int) -> dict[tuple[int, int, int], int]:
    """``G_k = m G_{k-1} + (k-1) v G_{k-2} + v e^{k-1}`` by exponents of m, v and e.

    Multiplied out once in whole numbers: the recursion in expressions doubles their size each time.
    """
    if power <= 0:
        return {}
    made: dict[tuple[int, int, int], int] = {(0, 1, power - 1): 1}
    for (i, j, k), c in _edge_terms(power - 1).items():
        made[i + 1, j, k] = made.get((i + 1, j, k), 0) + c
    for (i, j, k), c in _edge_terms(power - 2).items():
        made[i, j + 1, k] = made.get((i, j + 1, k), 0) + (power - 1) * c
    return made


def centred(power: Expr, logs: int, sigma: Expr, lower: Expr, upper: Expr) -> Moment:
    """``E[a**power * log(a)**logs; lower < a < upper]`` for ``a ~ N(0, sigma^2)`` and ``lower >= 0``.

    With y = a^2/(2 sigma^2) it is (sqrt(2) sigma)^s / (2 sqrt(pi)) times a gamma integral of order
    (s+1)/2, in which log(a) = (log(2 sigma^2) + log(y))/2.
    """
    order = (power + 1) / 2
    requires = needs(greater(order, 0), else_diverges=_at_zero(power)) if lower == 0 else ()
    front = (sqrt(2) * sigma) ** power / (2 * sqrt(pi))
    offset = log(2) / 2 + log(sigma)
    if lower == 0 and upper is S.Infinity:
        cumulants = [polygamma(k - 1, order) / 2**k + (offset if k == 1 else 0) for k in range(1, logs + 1)]
        return Moment(front * gamma(order) * from_cumulants(cumulants), requires)
    low, high = lower**2 / (2 * sigma**2), upper**2 / (2 * sigma**2)
    parts = [
        comb(logs, k) * offset ** (logs - k) * log_gamma_cell(order, k, low, high) / 2**k
        for k in range(logs + 1)
    ]
    return Moment(front * Add(*parts), requires)


def _at_zero(power: Expr) -> str:
    return f"a**({power}) is not integrable at 0, where the density is positive"


def half_normal_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a = |N(0, sigma^2)|``: twice the normal moment on the positive half line."""
    (sigma,) = parameters
    one = normal_moment(atom, (S.Zero, sigma))
    return Moment(2 * one.value, one.requires)


def lognormal_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``log a ~ N(mu, sigma^2)``: powers of ``a`` are exponentials of ``log a``."""
    if atom.rate != 0:
        _refuse_exponential(atom)
    lower = S.NegativeInfinity if atom.lower == 0 else log(atom.lower)
    upper = S.Infinity if atom.upper is S.Infinity else log(atom.upper)
    return normal_moment(Atom(Integer(atom.logs), 0, atom.power, lower, upper), parameters)


def _refuse_exponential(atom: Atom) -> None:
    if atom.upper is S.Infinity and re(atom.rate).is_positive:
        raise NoExpectation(f"exp({atom.rate}*a) grows faster than any lognormal tail decays")
    raise refuse(atom, "lognormal")


def logit_normal_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``log(a/(1-a)) ~ N(mu, sigma^2)``: powers -k only, as (1 + exp(-x))^k."""
    if atom.rate != 0 or atom.logs or not (atom.power.is_Integer and atom.power <= 0):
        raise refuse(atom, "logit-normal")
    lower = S.NegativeInfinity if atom.lower == 0 else log(atom.lower / (1 - atom.lower))
    upper = S.Infinity if atom.upper == 1 else log(atom.upper / (1 - atom.upper))
    count = int(-atom.power)
    parts = [
        comb(count, k) * normal_moment(Atom(S.Zero, 0, Integer(-k), lower, upper), parameters).value
        for k in range(count + 1)
    ]
    return Moment(sum(parts, S.Zero))
