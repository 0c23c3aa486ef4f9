"""The derivations of environments, for ``derive``: of a problem file, or of an arbitrary process."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from sympy import Rational, Symbol

from derive.environment.black_box import BlackBox, as_law
from derive.environment.dynamics import dynamics_context, dynamics_walk
from derive.environment.files import is_problem
from derive.environment.kinds import environment
from derive.environment.latent import Latent
from derive.environment.linear_quadratic import LinearQuadratic
from derive.environment.mdp import Mdp
from derive.environment.process import THETA, generic_context
from derive.environment.walk import context_of, walk
from derive.errors import NotApplicable
from derive.registry import unknown
from derive.step import Derivation

CHECKS = ("policy-gradient", "environment", "multi-sample")
# What stands for a check without a family.
USUAL = {"environment": "lq2", "multi-sample": "latent_coin"}
Names = tuple[str, ...] | None


def derivations(
    check: str,
    family: str | None,
    integrand: str | None,
    wrt: Names = None,
    at: Mapping[str, Rational] | None = None,
) -> tuple[Derivation, ...]:
    """The gradient of a process, through a simulator, of a smoothed function, or of several samples' weights.

    Without a family, ``policy-gradient`` is of an arbitrary process, ``environment`` of a simulator of two
    steps, and ``multi-sample`` of a coin as the latent. Raises what reading and placing a problem raises.
    """
    if family is None:
        if check == "policy-gradient":
            return (walk("policy_gradient", generic_context(), THETA),)
        family = USUAL[check]
    if not is_problem(family):
        raise NotApplicable(
            f"{family} is a law", f"derive score-function --family {family} derives its gradient"
        )
    made = environment(family).at({name: Fraction(v.p, v.q) for name, v in (at or {}).items()})
    names = _directions(made.name, made.parameters, wrt)
    if isinstance(made, Mdp):
        return tuple(walk("policy_gradient", context_of(made, n), Symbol(n, real=True)) for n in names)
    if isinstance(made, Latent):
        return _bounded(made, integrand or made.integrand, names)
    if isinstance(made, LinearQuadratic):
        return (dynamics_walk(dynamics_context(made)),)
    return _smoothed(made, integrand or made.integrand, names)


def _directions(name: str, known: tuple[str, ...], asked: Names) -> tuple[str, ...]:
    for one in asked or ():
        if one not in known:
            raise unknown(one, f"parameter of {name}", known)
    return asked or known


def _smoothed(box: BlackBox, integrand: str, names: tuple[str, ...]) -> tuple[Derivation, ...]:
    """By the mean of the normal law through which f is looked at."""
    from derive.deriving import derivations as of_a_law

    law = as_law(box, integrand, names)
    exact = {name: Rational(value.numerator, value.denominator) for name, value in law.point.items()}
    return of_a_law("score-function", law.family, law.integrand, law.wrt, exact)


def _bounded(model: Latent, text: str, names: tuple[str, ...]) -> tuple[Derivation, ...]:
    """By the score of the samples, or along their paths where the encoder has a transport."""
    from derive.deriving import context_of as of_expectation
    from derive.environment.copies import objective
    from derive.routes import ROUTES, derive

    context = of_expectation(objective(model, text, names))
    route = "score_function" if context.expectation.family.transport is None else "pathwise"
    return tuple(derive(ROUTES[route], context, s) for s in context.expectation.wrt)
