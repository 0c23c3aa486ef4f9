"""From a request that carries a decision process to the proof of its return's second derivative.

The entries are exact fractions, by recursion and over all trajectories. The derivation is that of an
arbitrary law: the trajectories have one, and the return does not depend on the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from checks.higher_order.records import environment_record
from checks.prove import route_proof
from derive.environment.hessian import by_paths, by_recursion, pairs
from derive.environment.kinds import read
from derive.environment.mdp import Mdp, Row
from derive.environment.paths import MOST_PATHS, moments
from derive.errors import NotApplicable, StepRefuted
from derive.proof import Proof, RouteProof, StatisticProof
from derive.registry import unknown
from derive.routes import ROUTES, derive
from derive.setting import generic_setting

ROUTE = "score_function_twice"
# Digits of a fraction that anybody reads.
LONGEST_TEXT = 40


def prove(request: Mapping[str, Any]) -> Proof:
    """Everything that is known of the second derivative at the point.

    Raises ``NotApplicable`` for a problem that is no decision process, ``UnknownName`` and ``OutsideDomain``
    for bad input, and ``StepRefuted`` where two ways to an entry disagree (a bug of ours).
    """
    made = read(request["family"], request["environment"])
    if not isinstance(made, Mdp):
        help = "`python cli.py list problems` names those of the kind mdp"
        raise NotApplicable(f"second derivatives of {made.name}, which is no decision process", help)
    mdp = made.at({name: Fraction(text) for name, text in request["at"]})
    parameters = _parameters(mdp, request["wrt"])
    names = [_name(mdp, *pair) for pair in pairs(mdp)]
    kept = [k for k, pair in enumerate(pairs(mdp)) if {mdp.parameters[i] for i in pair} <= set(parameters)]
    exact = {names[k]: x for k, x in enumerate(_exact(mdp)) if k in kept}
    return Proof(
        family=request["family"],
        integrand="return",
        at={name: str(value) for name, value in mdp.point.items()},
        wrt=tuple(exact),
        gradient={name: str(x) if len(str(x)) <= LONGEST_TEXT else None for name, x in exact.items()},
        exact={name: float(x) for name, x in exact.items()},
        radius=dict.fromkeys(exact, 0.0),
        requires=mdp.unreachable(),
        routes={ROUTE: _route()},
        statistics={name: _statistic(name, mdp, names, kept) for name in request["estimators"]},
        trees={"environment": dict(request["environment"])},
        parameters=parameters,
    )


def _parameters(mdp: Mdp, asked: list[str] | None) -> tuple[str, ...]:
    for name in asked or ():
        if name not in mdp.parameters:
            raise unknown(name, f"parameter of {mdp.name}", mdp.parameters)
    return tuple(name for name in mdp.parameters if not asked or name in asked)


def _name(mdp: Mdp, i: int, j: int) -> str:
    return f"{mdp.parameters[i]},{mdp.parameters[j]}"


def _exact(mdp: Mdp) -> Row:
    """By recursion, held against all trajectories where they can be enumerated."""
    found = by_recursion(mdp)
    if mdp.trajectories <= MOST_PATHS and by_paths(mdp) != found:
        help = "this is a bug in gradproof; please report it"
        raise StepRefuted(f"the second derivative of {mdp.name} by enumeration is another", {}, help)
    return found


def _route() -> RouteProof:
    """The derivation for an arbitrary law and integrand."""
    context = generic_setting(location_scale=False)
    (theta,) = context.expectation.wrt
    return route_proof(ROUTE, {"theta,theta": derive(ROUTES[ROUTE], context, theta, theta)})


def _statistic(name: str, mdp: Mdp, names: list[str], kept: list[int]) -> StatisticProof:
    record = environment_record(name)
    if record is None:
        return StatisticProof(name, refusal=f"{name} is not for second derivatives of a decision process")
    if mdp.trajectories > MOST_PATHS:
        return StatisticProof(name, source=f"{mdp.trajectories} trajectories: not enumerated")
    found = moments(mdp, lambda m, path: record.statistic(m, path, {}))

    def by_name(row: Row) -> dict[str, float | None]:
        return {names[k]: float(row[k]) for k in kept}

    return StatisticProof(
        estimator=name,
        mean=by_name(found.mean),
        variance=by_name(found.variance),
        fourth=by_name(found.fourth),
        source=f"enumeration of {mdp.trajectories} trajectories",
    )
