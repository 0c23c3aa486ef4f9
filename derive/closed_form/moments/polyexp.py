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
    Gt,
    Integer,
    Lt,
    Ne,
    S,
    digamma,
    exp,
    expand,
    expint,
    gamma,
    log,
    lowergamma,
    polygamma,
    uppergamma,
)
from sympy.core.relational import Relational

from derive.closed_form.realness import parts
from derive.errors import NoClosedForm, NoExpectation
from derive.family import Moment

Requires = tuple[Relational, ...]


def integral(power: Expr, logs: int, rate: Expr, lower: Expr, upper: Expr) -> Moment:
    """``integral of a**power * log(a)**logs * exp(rate*a) over (lower, upper)``, ends maybe infinite.

    With a logarithm or a power that is no natural number the interval must not cross 0; then it is
    the caller who knows on which side it lies. Raises ``NoClosedForm`` and ``NoExpectation``.
    """
    whole = power.is_Integer and power >= 0 and logs == 0
    if whole:
        return _polynomial(int(power), rate, lower, upper)
    if upper.is_nonpositive and power.is_Integer and logs == 0:
        mirrored = integral(power, 0, -rate, -upper, -lower)
        return Moment((-1) ** int(power) * mirrored.value, mirrored.requires)
    if lower.is_negative or lower is S.NegativeInfinity:
        raise NoClosedForm(f"a**({power})*log(a)**{logs} is known on positive intervals only")
    if rate == 0:
        return _power_log(power, logs, lower, upper)
    if logs:
        return _with_logs(power, logs, rate, lower, upper)
    if power.is_Integer and lower != 0:
        return _exponential_integral(int(-power), rate, lower, upper)
    return _incomplete_gamma(power, rate, lower, upper)


def _decays(rate: Expr, lower: Expr, upper: Expr) -> Requires:
    """What makes ``exp(rate*a)`` integrable at the infinite ends, else ``rate != 0``."""
    real, imaginary = parts(rate)
    if upper is S.Infinity:
        return (Lt(real, 0),)
    if lower is S.NegativeInfinity:
        return (Gt(real, 0),)
    return () if imaginary != 0 and imaginary.is_number else (Ne(imaginary if imaginary != 0 else real, 0),)


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
            value += sign * exp(expand(rate * end)) * _antiderivative(power, rate, end)
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
            raise NoExpectation("1/a has no finite integral up to 0 or infinity")
        return Moment((log(upper) ** (logs + 1) - log(lower) ** (logs + 1)) / (logs + 1))
    value = S.Zero
    requires: Requires = () if raised.is_number else (Ne(raised, 0),)
    for end, sign in ((upper, 1), (lower, -1)):
        if end == 0 or end.is_infinite:
            requires = (Gt(raised, 0) if end == 0 else Lt(raised, 0),)
            continue
        value += sign * end**raised * _log_polynomial(raised, logs, log(end))
    return Moment(value, requires)


def _log_polynomial(raised: Expr, logs: int, at: Expr) -> Expr:
    return Add(*(_falling(logs, k) * at ** (logs - k) / raised ** (k + 1) for k in range(logs + 1)))


def _incomplete_gamma(power: Expr, rate: Expr, lower: Expr, upper: Expr) -> Moment:
    """c^-(s+1) (Gamma(s+1, c l) - Gamma(s+1, c u)) for ``c = -rate``, whose real part must be positive."""
    decay, shape = -rate, power + 1
    if lower == 0 and shape.is_nonpositive:
        raise NoExpectation(f"a**({power}) is not integrable at 0 under a density that is positive there")
    if lower != 0:
        value = uppergamma(shape, decay * lower)
        value -= S.Zero if upper is S.Infinity else uppergamma(shape, decay * upper)
    else:
        value = gamma(shape) if upper is S.Infinity else lowergamma(shape, decay * upper)
    requires: Requires = (Gt(shape, 0),) if lower == 0 else ()
    real = parts(decay)[0]
    if not real.is_positive and upper is not S.Infinity and real.is_number:
        raise NoClosedForm(f"no closed form is known for a**({power})*exp({rate}*a) on a bounded interval")
    return Moment(value * decay**-shape, (*requires, Lt(-real, 0)))


def _exponential_integral(order: int, rate: Expr, lower: Expr, upper: Expr) -> Moment:
    """Powers a^-m by parts down to 1/a, whose integral is Ei (E1 for a complex rate)."""
    requires = _decays(rate, lower, upper) if upper is S.Infinity else ()
    value = S.Zero
    for end, sign in ((upper, 1), (lower, -1)):
        if not end.is_infinite:
            value += sign * _reciprocal(order, rate, end)
    return Moment(value, requires)


def _reciprocal(order: int, rate: Expr, at: Expr) -> Expr:
    """An antiderivative of ``exp(rate*a)/a**order`` that vanishes where the exponential does."""
    if order == 1:
        return Ei(rate * at) if parts(rate)[1] == 0 else -expint(1, -rate * at)
    edge = -exp(expand(rate * at)) * at ** (1 - order)
    return (edge + rate * _reciprocal(order - 1, rate, at)) / (order - 1)


def _with_logs(power: Expr, logs: int, rate: Expr, lower: Expr, upper: Expr) -> Moment:
    if lower == 0 and upper is S.Infinity:
        return whole_log_gamma(power, logs, -rate)
    if lower == 0:
        whole = whole_log_gamma(power, logs, -rate)
        rest = _with_logs(power, logs, rate, upper, S.Infinity)
        return Moment(whole.value - rest.value, (*whole.requires, *rest.requires))
    if logs > 1 or not (power.is_Integer and power >= 0):
        raise NoClosedForm(f"no closed form is known for a**({power})*log(a)**{logs}*exp({rate}*a) on a cell")
    return _one_log(int(power), rate, lower, upper)


def whole_log_gamma(power: Expr, logs: int, decay: Expr) -> Moment:
    """The integral over (0, oo) with ``exp(-decay*a)``: derivatives in s of Gamma(s+1) decay^-(s+1)."""
    shape = power + 1
    value = gamma(shape) * decay**-shape * log_moment(logs, -log(decay), shape)
    return Moment(value, (Gt(shape, 0), Gt(parts(decay)[0], 0)))


def log_moment(logs: int, offset: Expr, shape: Expr) -> Expr:
    """``M^(j)/M`` for ``M(s) = exp(offset*s) Gamma(s)`` at ``s = shape``, from the logarithm's cumulants."""
    cumulants = [offset + digamma(shape), *(polygamma(k, shape) for k in range(1, logs))]
    moments = [S.One]
    for n in range(1, logs + 1):
        moments.append(sum((comb(n - 1, k) * cumulants[k] * moments[n - 1 - k] for k in range(n)), S.Zero))
    return moments[logs]


def _one_log(power: int, rate: Expr, lower: Expr, upper: Expr) -> Moment:
    """log(a) F(a) minus the integral of F(a)/a, with F the antiderivative of a^n exp(t a)."""
    value = S.Zero
    requires: Requires = ()
    for end, sign in ((upper, 1), (lower, -1)):
        if not end.is_infinite:
            value += sign * log(end) * exp(expand(rate * end)) * _antiderivative(power, rate, end)
    for k in range(power + 1):
        coefficient = _falling(power, k) / rate ** (k + 1)
        below = integral(Integer(power - k - 1), 0, rate, lower, upper)
        value -= coefficient * below.value
        requires += below.requires
    return Moment(value, tuple(dict.fromkeys((*requires, *_decays(rate, lower, upper)))))
