"""Implicit reparametrization: what makes a velocity that of the samples, and what it carries to the ends.

At a fixed level ``F_theta(a) = u`` a sample moves by ``v = da/dtheta = -(dF/dtheta)/p``. Differentiated in
the sample this is the transport equation ``dp/dtheta + div(p v) = 0``, which is stated in any dimension and
is what is proved.
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Add, Expr, Heaviside, S, Symbol, expand, gamma, loggamma, sign

from .cells import jumps
from .context import Context
from .errors import NotApplicable, Undecided
from .family import Family
from .laws import is_generic
from .normal_form import is_zero
from .step import Condition
from .terms import Int

Velocity = tuple[Expr, ...]


def velocity_of(family: Family, wrt: Symbol) -> Velocity:
    """How a sample moves with ``wrt`` while its noise stays; zero for a constant that is no parameter.

    Raises ``NotApplicable`` where the family says nothing of it.
    """
    found = dict(family.velocities).get(wrt)
    if found is not None:
        return found
    if wrt not in family.symbols:
        return (S.Zero,) * family.dimension
    if family.lattice:
        raise NotApplicable(
            f"{family.name} has no velocity: its samples are whole numbers, and their distribution function "
            "is a step function",
            "use the score function",
        )
    what = f"how a sample of {family.name} moves with {wrt} is not known"
    raise NotApplicable(what, "use the score function")


def transported(family: Family, wrt: Symbol, velocity: Velocity) -> Condition:
    """The transport equation, divided by the density: ``d log p/dtheta + v.grad log p + div v = 0``."""
    v = ", ".join(map(str, velocity))
    statement = f"dp/d{wrt} + div(p v) = 0 for v = {v}"
    if is_generic(family.law):
        return Condition(statement, "assumed", "the hypothesis P_theta(a) = P((a - mu)/sigma)/sigma")
    return _transported(family.log_density, family.samples, wrt, velocity, statement)


@lru_cache(maxsize=256)
def _transported(
    log_density: Expr, samples: tuple[Symbol, ...], wrt: Symbol, velocity: Velocity, statement: str
) -> Condition:
    terms = [v * log_density.diff(a) + v.diff(a) for a, v in zip(samples, velocity, strict=True)]
    left = Add(log_density.diff(wrt), *terms)
    if is_zero(left):
        return Condition(statement, "proved", "the normal form of its quotient by the density is 0")
    numbers = {s: S(7 + i) / (17 + 3 * i) for i, s in enumerate(sorted(left.free_symbols, key=str))}
    if abs(left.xreplace(numbers).evalf(30)) > 1e-15:
        return Condition(statement, "failed", f"the two sides differ by {left} times the density")
    return Condition(statement, "assumed", f"the normal form leaves {left}")


def levelled(family: Family, wrt: Symbol, velocity: Velocity) -> Condition:
    """That nothing flows through the ends: there the level ``F`` is 0 or 1, whatever theta is.

    With an integrand g for which ``E|g dlog p/dtheta|`` and ``E|g' v|`` are finite, ``g p v`` then tends to
    0 as well: its slope is integrable, so it has a limit c, and were c not 0 then ``|g|`` would grow like
    ``c/(p v)``, of which ``|g' p v|`` has no finite integral.
    """
    if family.dimension > 1:
        return _closed_faces(family, velocity)
    statement = "F_theta is 0 and 1 at the ends of the support, whatever theta is: p v vanishes there"
    if is_generic(family.law):
        return Condition(statement, "assumed")
    if family.cdf is None:
        return Condition(statement, "assumed", "no distribution function is at hand")
    (a,), (axis,) = family.samples, family.support
    is_cdf = _same(family.cdf.diff(a), family.log_density, a)
    below = family.cdf.subs(a, axis.lower)
    if is_cdf and below == 0:
        return Condition(statement, "proved", f"F' = p, F = 0 at {axis.lower}, and p has integral 1")
    return Condition(statement, "assumed", f"F at {axis.lower} is {below}")


@lru_cache(maxsize=64)
def _same(slope: Expr, log_density: Expr, a: Symbol) -> bool:
    """Whether ``slope = exp(log_density)``: their quotient does not move, and is 1 at one place."""
    from sympy import exp

    density = exp(expand(log_density)).replace(loggamma, lambda u: _log_gamma(u))
    moved = slope.diff(a) - slope * log_density.diff(a)
    return is_zero(slope - density) or is_zero(moved / slope)


def _log_gamma(u: Expr) -> Expr:
    from sympy import log

    return log(gamma(u))


def _closed_faces(family: Family, velocity: Velocity) -> Condition:
    """On the simplex: the component across each face vanishes on it, like the coordinate times its log."""
    statement = "no velocity crosses a face of the simplex"
    a0, a1 = family.samples
    v0, v1 = velocity
    across = (v0.subs(a0, 0), v1.subs(a1, 0), expand((v0 + v1).subs(a0, 1 - a1)))
    if all(is_zero(part) for part in across):
        return Condition(statement, "proved", "each component vanishes on its own face")
    return Condition(statement, "assumed", f"on the faces it is {across}")


def continuous(integral: Int, body: Expr, context: Context) -> Condition:
    """That the integrand has no jump in the sample: each would add a term of its own."""
    variables = integral.variables
    statement = f"{body} has no jump in {', '.join(map(str, variables))}"
    if context.generic:
        return Condition(statement, "assumed")
    if len(variables) > 1:
        stepping = body.has(Heaviside, sign)
        return Condition(statement, "failed" if stepping else "proved", "read off its functions")
    ((x, lower, upper),) = integral.limits
    try:
        found = jumps(body, x, context.point, lower, upper)
    except Undecided as error:
        return Condition(statement, "assumed", error.message)
    if found:
        where = f"it jumps by {found[0].height} at {x} = {found[0].at}"
        return Condition(statement, "failed", f"{where}: that part would be lost")
    return Condition(statement, "proved", "its cells agree at every bend")
