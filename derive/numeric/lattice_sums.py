"""Rigorous enclosures of sums over laws on whole numbers, by adding balls and bounding the rest.

Beyond an outcome N the mass falls at least like ``p(N) r**(k - N)`` with a ratio r that is proved, and what
it weighs is bounded far out by its germ. The product is a decreasing function: its sum is below its integral.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import arb, ctx
from sympy import DiracDelta, Dummy, Expr, Rational, S, Symbol, exp, log, polygamma

from derive.cells import split
from derive.errors import Undecided
from derive.lattice import count, outcomes
from derive.laws import log_density, support_of
from derive.terms import Law

from .balls import Point, real, show
from .majorant import horizon, straight

# Outcomes that are added one by one, some 50 microseconds each.
MOST_TERMS = 1 << 14
_FIRST = 16
# A ratio this close to one would need too many terms.
_RATIO = 0.98


def enclose_sum(body: Expr, law: Law, variables: tuple[Symbol, ...], point: Point, digits: int = 15) -> arb:
    """A ball that is proved to hold ``E_{variables ~ law}[body]`` at ``point``, of radius ``10**-digits``.

    The radius is relative to the value, or to 1 where that is smaller. ``body`` is meant at the outcomes
    only: it may jump between them. Raises ``Undecided`` where the rest cannot be bounded.
    """
    bits = int(3.33 * digits) + 64
    with ctx.workprec(bits):
        size = count(law, point)
        if size is not None and size > MOST_TERMS:
            raise Undecided(f"{law} has {size} outcomes, too many to be added one by one")
        wanted = arb(10) ** -digits
        last, rest = (size, arb(0)) if size is not None else _cut(body, law, variables[0], point, wanted)
        terms = body * exp(log_density(law, *variables))
        total = arb(0)
        for outcome in outcomes(law, point, last):
            total += real(terms, {**point, **dict(zip(variables, outcome, strict=True))}, bits)
        found = total + arb(0, rest.upper())
    if not found.is_finite() or found.rad() > wanted * arb(abs(found.mid())).max(arb(1)):
        raise Undecided(f"the sum did not converge at {show(point)}: it is {found.str(18)}")
    return found


def enclose_slope(
    body: Expr, law: Law, variables: tuple[Symbol, ...], wrt: Symbol, point: Point, digits: int = 15
) -> arb:
    """A ball that holds ``d/d wrt E_{variables ~ law}[body]``, the interchange being settled.

    At the outcomes themselves ``body`` must not bend in ``wrt``, which the interchange demands.
    """
    explicit = body.diff(wrt).replace(DiracDelta, lambda *_: S.Zero)
    score = log_density(law, *variables).diff(wrt)
    return enclose_sum(explicit + body * score, law, variables, point, digits)


def _cut(body: Expr, law: Law, x: Symbol, point: Point, wanted: arb) -> tuple[int, arb]:
    """How many outcomes are added, and a bound of what the others come to."""
    fixed = body.xreplace(dict(point))
    far = split(fixed, x, S.NegativeInfinity, S.Infinity, {}).cells[-1]
    lower = int(support_of(law)[0].lower.xreplace(dict(point)))
    bend = 0.0 if far.lower is S.NegativeInfinity else float(far.lower)
    start = max(lower + _FIRST, int(bend) + 1)
    while start < MOST_TERMS:
        ratio = _ratio(law, x, start, point)
        if ratio < _RATIO:
            break
        start *= 2
    else:
        raise Undecided(f"the mass of {law} falls too slowly")
    first = real(exp(log_density(law, x)), {**point, x: Rational(start)}, ctx.prec)
    # A rate that is a little too small, by more than a double is off, bounds all the same.
    falls = Rational(int(-float(ratio.log().upper()) * 1e6) - 1, 10**6)
    allowed = wanted / (arb(100) * first.abs_upper().max(arb("1e-300")))
    parts = [part.xreplace({x: x + start}) * exp(-falls * x) for part in _majorants(far.body)]
    found = [horizon(straight(part, x, 1), allowed, 1.0) for part in parts]
    # Terms up to the last start are added: those after it lie below the integrals from there on.
    rest = sum((one.rest for one in found), arb(0))
    return start - lower + max(one.start for one in found) + 1, arb((rest * first).abs_upper())


def _majorants(body: Expr) -> list[Expr]:
    """Functions with known germs whose moduli add up to at least that of ``body``.

    ``log u - 1/u < digamma(u) < log u`` for positive u (DLMF 5.11.2), so what is linear in a digamma is at
    most its value at the logarithm and its slope over u.
    """
    found = sorted((f for f in body.atoms(polygamma) if f.args[0] == 0 and f.args[1].free_symbols), key=str)
    if not found:
        return [body]
    held = Dummy("digamma", real=True)
    slope = body.xreplace({found[0]: held}).diff(held)
    if len(found) > 1 or held in slope.free_symbols:
        raise Undecided(
            f"no bound on {body} is known", "a digamma is bounded where it stands once, by itself"
        )
    inside = found[0].args[1]
    return [body.xreplace({found[0]: log(inside)}), slope / inside]


def _ratio(law: Law, x: Symbol, start: int, point: Point) -> arb:
    """A bound of ``p(k + 1)/p(k)`` for all k from ``start`` on: the ratios of these laws are monotone in k.

    ``(k + r) q/(k + 1)``, ``q`` and ``rate/(k + 1)`` tend to q, q and 0 from one side, so the bound is the
    larger of the ratio at the start and the limit; the limit is that of the law.
    """
    log_mass = log_density(law, x)
    here = real(exp(log_mass.xreplace({x: x + 1}) - log_mass), {**point, x: Rational(start)}, ctx.prec)
    limit = _LIMITS.get(law.name)
    if limit is None:
        raise Undecided(f"no bound on the tail of {law} is known")
    return here.max(real(limit(law), point, ctx.prec))


_LIMITS: dict[str, Callable[[Law], Expr]] = {
    "poisson": lambda law: S.Zero,
    "geometric": lambda law: 1 - law.parameters[0],
    "negative_binomial": lambda law: law.parameters[1],
}
