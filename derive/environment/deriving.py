"""The derivations of environments, for ``derive``: of a problem file, or of an arbitrary process."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from sympy import Rational, Symbol

from derive.environment.black_box import BlackBox, as_law
from derive.environment.dynamics import dynamics_context, dynamics_walk
from derive.environment.files import is_problem
from derive.environment.kinds import environment
from derive.environment.linear_quadratic import LinearQuadratic
from derive.environment.mdp import Mdp
from derive.environment.process import THETA, generic_context
from derive.environment.walk import context_of, walk
from derive.errors import NotApplicable
from derive.registry import unknown
from derive.step import Derivation

CHECKS = ("policy-gradient", "environment")
Names = tuple[str, ...] | None


def derivations(
    check: str,
    family: str | None,
    integrand: str | None,
    wrt: Names = None,
    at: Mapping[str, Rational] | None = None,
) -> tuple[Derivation, ...]:
    """The policy gradient of a process, the gradient through a simulator, or that of a smoothed function.

    Without a family, ``policy-gradient`` is of an arbitrary process and ``environment`` of a simulator of two
    steps. Raises what reading and placing a problem raises.
    """
    if family is None:
        if check == "policy-gradient":
            return (walk("policy_gradient", generic_context(), THETA),)
        family = "lq2"
    if not is_problem(family):
        raise NotApplicable(
            f"{family} is a law", f"derive score-function --family {family} derives its gradient"
        )
    made = environment(family).at({name: Fraction(v.p, v.q) for name, v in (at or {}).items()})
    names = _directions(made.name, made.parameters, wrt)
    if isinstance(made, Mdp):
        return tuple(walk("policy_gradient", context_of(made, n), Symbol(n, real=True)) for n in names)
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
