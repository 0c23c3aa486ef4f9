"""A table of elementary antiderivatives, for densities that are constant: each entry is a function of an
affine form, continuous on the whole line, so that no cell can hold a singularity."""

from __future__ import annotations

from sympy import Expr, Gt, Mul, S, Symbol, atan, cosh, erf, exp, log, pi, sqrt, tanh

from derive.family import Moment

from .place import Point, sign_at

Found = Moment | None


def antiderivative(term: Expr, x: Symbol, point: Point) -> Moment | None:
    """``F`` with ``F' = term``, and what keeps it continuous; None where the table has nothing."""
    constant, core = term.as_independent(x, as_Add=False)
    found = _function(core, x) or _over_sum(core, x, point) or _over_quadratic(core, x, point)
    return Moment(constant * found.value, found.requires) if found else None


def _function(core: Expr, x: Symbol) -> Found:
    """tanh, atan and erf of an affine form."""
    if core.func not in _TABLE or core.args[0].diff(x).has_free(x):
        return None
    u = core.args[0]
    return Moment(_TABLE[core.func](u) / u.diff(x))


_TABLE = {
    tanh: lambda u: log(cosh(u)),
    atan: lambda u: u * atan(u) - log(1 + u**2) / 2,
    erf: lambda u: u * erf(u) + exp(-(u**2)) / sqrt(pi),
}


def _over_sum(core: Expr, x: Symbol, point: Point) -> Found:
    """1/(p + q exp(u)) = d/dx (u - log(p + q exp(u)))/(p u') for positive p and q: the sigmoid."""
    if not (core.is_Pow and core.exp == -1 and core.base.is_Add):
        return None
    p, rest = core.base.as_independent(x, as_Add=True)
    q, power = rest.as_independent(x, as_Add=False)
    if not isinstance(power, exp) or power.args[0].diff(x).has_free(x) or p == 0:
        return None
    if sign_at(p, point) < 0 or sign_at(q, point) < 0:
        return None
    u = power.args[0]
    return Moment((u - log(core.base)) / (p * u.diff(x)), (Gt(p, 0), Gt(q, 0)))


def _over_quadratic(core: Expr, x: Symbol, point: Point) -> Found:
    """1/Q and x/Q for a quadratic Q without real roots: atan and log."""
    linear = core if core.is_Pow else Mul(*(f for f in core.args if f != x)) if x in core.args else S.One
    if not (linear.is_Pow and linear.exp == -1 and linear.base.is_polynomial(x)):
        return None
    base = linear.base.as_poly(x)
    if base.degree() != 2:
        return None
    a, b, c = base.all_coeffs()
    gap = (4 * a * c - b**2).expand()
    if sign_at(gap, point) <= 0:
        return None
    inverse = 2 * atan((2 * a * x + b) / sqrt(gap)) / sqrt(gap)
    value = inverse if linear == core else (log(linear.base) - b * inverse) / (2 * a)
    if linear != core and sign_at(a, point) < 0:
        return None
    return Moment(value, (Gt(gap, 0),))
