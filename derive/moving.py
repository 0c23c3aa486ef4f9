"""Ends and jumps of an integral that move with a parameter, and the boundary terms they leave."""

from __future__ import annotations

from sympy import Expr, S, Symbol

from .cells import Jump, jumps
from .context import Context
from .errors import Undecided
from .rewriting import split_density
from .step import Condition
from .terms import Int, Total
from .unfolding import explicit


def moving_ends(integral: Int | Total, wrt: Symbol) -> tuple[Expr, ...]:
    """The limits that depend on ``wrt``."""
    return tuple(end for limit in integral.limits for end in limit[1:] if wrt in end.free_symbols)


def moving_jumps(integral: Int | Total, wrt: Symbol, context: Context) -> tuple[Jump, ...] | str:
    """The jumps of the integrand whose place depends on ``wrt``; a reason where they cannot be found.

    A jump counts only strictly inside the limits at the context's point. Densities have no jumps
    inside their support.
    """
    _, rest = split_density(integral.body)
    found: list[Jump] = []
    try:
        for variable, lower, upper in integral.limits:
            inside = jumps(rest, variable, context.point, lower, upper)
            found += [j for j in inside if wrt in j.at.free_symbols and _inside(j.at, lower, upper, context)]
    except Undecided as error:
        return error.message
    return tuple(found)


def _inside(place: Expr, lower: Expr, upper: Expr, context: Context) -> bool:
    at, low, high = (e.xreplace(context.point) for e in (place, lower, upper))
    return bool(low < at) and bool(at < high)


def boundary_terms(
    integral: Int, wrt: Symbol, context: Context
) -> tuple[tuple[Expr, ...], tuple[Condition, ...]]:
    """What moving ends and jumps add to the derivative of an integral, with the conditions.

    An end ``u`` adds ``f(u) u'`` (minus at the lower end), a jump at ``c`` adds ``-(f(c+) - f(c-)) c'``.
    """
    if len(integral.limits) > 1:
        return _planar(integral, wrt, context)
    variable, lower, upper = integral.limits[0]
    terms: list[Expr] = []
    conditions: list[Condition] = []
    for end, orientation in ((upper, S.One), (lower, S.NegativeOne)):
        if wrt in end.free_symbols:
            terms.append(orientation * integral.body.xreplace({variable: end}) * end.diff(wrt))
            conditions.append(_finite_at(integral, variable, end, context))
    if context.generic:
        said = Condition(f"no jump of the integrand moves with {wrt}", "assumed")
        return tuple(terms), (*conditions, said)
    found = moving_jumps(integral, wrt, context)
    if isinstance(found, str):
        return tuple(terms), (*conditions, Condition("every moving jump is known", "assumed", found))
    density, _ = split_density(integral.body)
    for jump in found:
        weight = density.xreplace({variable: jump.at}) if density is not None else S.One
        terms.append(-jump.height * weight * jump.at.diff(wrt))
    conditions.append(Condition("every moving jump is known", "proved", f"{len(found)} found"))
    return tuple(terms), tuple(conditions)


def _planar(integral: Int, wrt: Symbol, context: Context) -> tuple[tuple[Expr, ...], tuple[Condition, ...]]:
    """Over the plane nothing may move: its boundary terms would be integrals along curves."""
    found = moving_jumps(integral, wrt, context)
    statement = f"no end and no jump moves with {wrt}"
    if isinstance(found, str):
        return (), (Condition(statement, "assumed", found),)
    still = not found and not moving_ends(integral, wrt)
    return (), (Condition(statement, "proved" if still else "failed", "read off the limits and the jumps"),)


def _finite_at(integral: Int, variable: Symbol, end: Expr, context: Context) -> Condition:
    """The integrand must have a finite value at a moving end."""
    statement = f"the integrand is finite at {variable} = {end}"
    value = explicit(integral.body).xreplace({variable: end}).subs(context.point)
    finite = value.is_finite
    if finite:
        return Condition(statement, "proved", "evaluated at the point")
    return Condition(
        statement, "failed" if finite is False or value is S.NaN else "assumed", f"it is {value}"
    )
