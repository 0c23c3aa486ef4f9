"""Integrals of a^s log(a)^j exp(t a) over an interval, by antiderivatives: for densities that are
constant or exponential on each piece of their support.

Whole powers integrate by parts to exp(t a) times a polynomial; other powers to incomplete gamma
functions, negative whole powers to exponential integrals; a logarithm is a derivative in s.
Source: Abramowitz, Stegun, 5.1 and 6.5; Gradshteyn, Ryzhik, 2.32 and 4.35.
"""

from __future__ import annotations

from math import comb, factorial

from sympy import (
    Add,
    Ei,
    Expr,
    I,
    Integer,
    S,
    expand,
    expint,
    gamma,
    log,
    polygamma,
)
from sympy.core.relational import Relational

from derive.closed_form.intake import real_and_imaginary
from derive.closed_form.moments.conditions import needs
from derive.closed_form.moments.cumulants import from_cumulants
from derive.closed_form.moments.gaussian_weight import gaussian_integral
from derive.closed_form.moments.gumbel import log_gamma_cell
from derive.closed_form.quick import exponential, greater, less, unequal
from derive.errors import NoClosedForm, NoExpectation
from derive.family import Atom, Moment

Requires = tuple[Relational, ...]


def integral(atom: Atom, rate: Expr) -> Moment:
    """The integral of an atom over its cell with ``rate`` in place of its own; ends may be infinite.

    With a logarithm or a power that is no natural number the interval must not cross 0; then it is
    the caller who knows on which side it lies. Raises ``NoClosedForm`` and ``NoExpectation``.
    """
    if atom.square != 0:
        return gaussian_integral(atom, rate)
    return _integral(atom.power, atom.logs, rate, atom.lower, atom.upper)


def _integral(power: Expr, logs: int, rate: Expr, lower: Expr, upper: Expr) -> Moment:
    whole = power.is_Integer and power >= 0 and logs == 0
    if whole:
        return _polynomial(int(power), rate, lower, upper)
    if power.is_Integer and power < 0 and logs == 0:
        return _negative_power(int(-power), rate, lower, upper)
    if lower.is_negative or lower is S.NegativeInfinity:
        raise NoClosedForm(f"a**({power})*log(a)**{logs} is known on positive intervals only")
    if rate == 0:
        return _power_log(power, logs, lower, upper)
    if power.is_Integer and power >= 0 and logs == 1 and lower != 0:
        return _one_log(int(power), rate, lower, upper)
    return _gamma_integral(power, logs, rate, lower, upper)


def _decays(rate: Expr, lower: Expr, upper: Expr) -> Requires:
    """What makes ``exp(rate*a)`` integrable at the infinite ends, else ``rate != 0``."""
    real, imaginary = real_and_imaginary(rate)
    if upper is S.Infinity:
        return (less(real, 0),)
    if lower is S.NegativeInfinity:
        return (greater(real, 0),)
    if imaginary != 0:
        return () if imaginary.is_number else (unequal(imaginary, 0),)
    return (unequal(real, 0),)


def _polynomial(power: int, rate: Expr, lower: Expr, upper: Expr) -> Moment:
    if rate == 0:
        if lower.is_infinite or upper.is_infinite:
            raise NoExpectation(f"a**{power} has no finite integral up to infinity")
        return Moment((upper ** (power + 1) - lower ** (power + 1)) / (power + 1))
    if lower.is_infinite and upper.is_infinite:
        raise NoExpectation(f"exp({rate}*a) has no finite integral over the whole line")
    value = S.Zero
    for end, sign in ((upper, 1), (lower, -1)):
        if not end.is_infinite:
            value += sign * exponential(expand(rate * end)) * _antiderivative(power, rate, end)
    return Moment(value, _decays(rate, lower, upper))


def _antiderivative(power: int, rate: Expr, at: Expr) -> Expr:
    """The polynomial P with (exp(t a) P(a))' = a^n exp(t a): sum of (-1)^k n!/(n-k)! a^(n-k) / t^(k+1)."""
    return Add(*(_falling(power, k) * at ** (power - k) / rate ** (k + 1) for k in range(power + 1)))


def _falling(n: int, k: int) -> Integer:
    """``(-1)^k n!/(n-k)!``, what k integrations by parts leave of a power or of a logarithm's power."""
    return Integer((-1) ** k * (factorial(n) // factorial(n - k)))


def _power_log(power: Expr, logs: int, lower: Expr, upper: Expr) -> Moment:
    """By parts: a^(s+1) sum of (-1)^k j!/(j-k)! log^(j-k) / (s+1)^(k+1); log^(j+1)/(j+1) at s = -1."""
    raised = power + 1
    if raised == 0:
        if lower == 0 or upper.is_infinite:
            raise NoExpectation("log(a)/a has no finite integral up to 0 or infinity")
        return Moment((log(upper) ** (logs + 1) - log(lower) ** (logs + 1)) / (logs + 1))
    value = S.Zero
    requires: Requires = () if raised.is_number else (unequal(raised, 0),)
    for end, sign in ((upper, 1), (lower, -1)):
        if end == 0 or end.is_infinite:
            requires = (greater(raised, 0) if end == 0 else less(raised, 0),)
            continue
        value += sign * end**raised * _log_polynomial(raised, logs, log(end))
    return Moment(value, requires)


def _log_polynomial(raised: Expr, logs: int, at: Expr) -> Expr:
    return Add(*(_falling(logs, k) * at ** (logs - k) / raised ** (k + 1) for k in range(logs + 1)))


def _gamma_integral(power: Expr, logs: int, rate: Expr, lower: Expr, upper: Expr) -> Moment:
    """With y = c a, ``c = -rate``: c^-(s+1) times gamma integrals in which log(a) = log(y) - log(c)."""
    decay, order = -rate, power + 1
    real, _ = real_and_imaginary(decay)
    if upper is not S.Infinity and real.is_nonpositive:
        raise NoClosedForm(f"no closed form is known for a**({power})*exp({rate}*a) on a bounded cell")
    requires = (less(-real, 0),)
    if lower == 0:
        requires += needs(greater(order, 0), else_diverges=f"a**({power}) is not integrable at 0")
    front = decay**-order
    if lower == 0 and upper is S.Infinity:
        cumulants = [polygamma(k - 1, order) - (log(decay) if k == 1 else 0) for k in range(1, logs + 1)]
        return Moment(front * gamma(order) * from_cumulants(cumulants), requires)
    far = S.Infinity if upper is S.Infinity else decay * upper
    terms = [
        comb(logs, k) * (-log(decay)) ** (logs - k) * log_gamma_cell(order, k, decay * lower, far)
        for k in range(logs + 1)
    ]
    return Moment(front * Add(*terms), requires)


def _negative_power(order: int, rate: Expr, lower: Expr, upper: Expr) -> Moment:
    """Powers a^-m by parts down to 1/a, whose integral is log (rate 0), Ei (real rate) or E1.

    Right on either side of 0: both ends have the same sign, and Ei is real on both half lines.
    """
    if lower == 0 or upper == 0:
        raise NoExpectation(f"a**(-{order}) is not integrable at 0")
    unbounded = lower.is_infinite or upper.is_infinite
    if rate == 0 and order == 1:
        if unbounded:
            raise NoExpectation("1/a has no finite integral up to infinity")
        return Moment(log(upper / lower))
    if rate == 0:
        return Moment((lower ** (1 - order) - upper ** (1 - order)) / (order - 1))
    requires = _decays(rate, lower, upper)
    value = S.Zero
    for end, sign in ((upper, 1), (lower, -1)):
        if not end.is_infinite:
            value += sign * _reciprocal(order, rate, end)
    return Moment(value, requires)


def _reciprocal(order: int, rate: Expr, at: Expr) -> Expr:
    """An antiderivative of ``exp(rate*a)/a**order`` that vanishes where the exponential does."""
    if order == 1:
        return Ei(rate * at) if not rate.has(I) else -expint(1, -rate * at)
    edge = -exponential(expand(rate * at)) * at ** (1 - order)
    return (edge + rate * _reciprocal(order - 1, rate, at)) / (order - 1)


def _one_log(power: int, rate: Expr, lower: Expr, upper: Expr) -> Moment:
    """By parts, log(a) F(a) minus the integral of F(a)/a, with F the antiderivative of a^n exp(t a)."""
    value = S.Zero
    for end, sign in ((upper, 1), (lower, -1)):
        if not end.is_infinite:
            value += sign * log(end) * exponential(expand(rate * end)) * _antiderivative(power, rate, end)
    requires = _decays(rate, lower, upper)
    for k in range(power + 1):
        below = _integral(Integer(power - k - 1), 0, rate, lower, upper)
        value -= _falling(power, k) / rate ** (k + 1) * below.value
        requires += below.requires
    return Moment(value, tuple(dict.fromkeys(requires)))
