"""Arbitrary laws and functions, as the slides write them: P_theta, g_theta, mu_theta, sigma_theta.

They serve the statements of rules and the derivations that name no family.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Derivative, Expr, Function, Lambda, Rational, S, Subs, Symbol, exp, log, oo, sin

from .errors import NoClosedForm
from .family import Atom, Family, Moment, Parameter, Support, Transport
from .terms import NOISE, SAMPLE, Law

THETA = Symbol("theta", real=True)
G = Function("g", real=True)
MU = Function("mu", real=True)
SIGMA = Function("sigma", positive=True)

LOCATION, SCALE = MU(THETA), SIGMA(THETA)


def _no_moment(atom: Atom, _: tuple[Expr, ...]) -> Moment:
    raise NoClosedForm(f"P is an arbitrary law: E[{atom}] has no closed form")


def _law(name: str, transport: Transport | None, velocity: Expr | None = None) -> Family:
    return Family(
        name=name,
        parameters=(Parameter(THETA, Rational(7, 10)),),
        support=(Support(-oo, oo),),
        log_density=log(Function("P", positive=True)(SAMPLE, THETA)),
        transport=transport,
        moment=_no_moment,
        reference="",
        source="Kraehenbuehl and Wu, Differentiating sampling (2019)",
        velocities=() if velocity is None else ((THETA, (velocity,)),),
    )


# An arbitrary law, and one that is arbitrary but for P_theta(a) = P((a - mu)/sigma)/sigma.
ARBITRARY = _law("P", None)
LOCATION_SCALE = _law(
    "P",
    Transport(noise=Law("P", 0, 1), map=(LOCATION + SCALE * NOISE,), form="location_scale"),
    LOCATION.diff(THETA) + (SAMPLE - LOCATION) / SCALE * SCALE.diff(THETA),
)


def integrand() -> Expr:
    """``g_theta(a)``, which may depend on theta and on the sample."""
    return G(SAMPLE, THETA)


def instances() -> tuple[Callable[[Expr], Expr], ...]:
    """Concrete laws and functions in place of the arbitrary ones, for the numeric oracle.

    Two are enough to separate an identity from a coincidence; they differ in the law, in how theta
    enters it and in g.
    """
    a, t = SAMPLE, THETA
    one = _instance(
        "normal", Lambda((a, t), t * a**2 + sin(a)), Lambda(t, t**2 / 3 + t), Lambda(t, exp(t / 2))
    )
    two = _instance(
        "logistic", Lambda((a, t), sin(t * a) + a / 3), Lambda(t, 1 - t**3), Lambda(t, 1 + t**2 / 2)
    )
    return one, two


def _instance(law: str, g: Lambda, mu: Lambda, sigma: Lambda) -> Callable[[Expr], Expr]:
    def concrete(term: Expr) -> Expr:
        made = term.replace(lambda e: isinstance(e, Law) and e.name == "P", lambda e: _concrete_law(law, e))
        for function, meaning in ((G, g), (MU, mu), (SIGMA, sigma)):
            made = made.replace(function, meaning)
        return made.replace(lambda e: isinstance(e, (Derivative, Subs)), lambda e: e.doit())

    return concrete


def _concrete_law(name: str, law: Law) -> Law:
    """P(m, s) is the law at that location and scale; P(theta) moves with theta in one of its ways."""
    if len(law.parameters) == 2:
        return Law(name, *law.parameters)
    return (
        Law(name, MU(law.parameters[0]), SIGMA(law.parameters[0]))
        if law.parameters
        else Law(name, S.Zero, S.One)
    )
