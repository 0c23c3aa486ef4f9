"""What is known of a Markov decision process: its gradient three ways, and every estimator's moments."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sympy import Symbol

from checks.environment.estimator import EnvironmentEstimator, Knobs
from checks.environment.records import record_called
from derive.environment.bellman import gradient, gradient_by_step
from derive.environment.mdp import Mdp, Row
from derive.environment.paths import MOST_PATHS, gradient_by_paths, moments
from derive.environment.reading import mdp_of
from derive.environment.recursion import along, is_affordable, moments_by_recursion
from derive.environment.symbolic import closed_gradient
from derive.errors import StepRefuted
from derive.proof import Proof, RouteProof, StatisticProof

# Contributions of single steps are shown up to this horizon.
SHOWN_STEPS = 8
# Digits of a fraction that anybody reads.
LONGEST_TEXT = 40
# Derivations are made for so many parameters: each is judged by enumeration.
MOST_DERIVED = 9


def process(name: str, data: Mapping[str, Any], at: Mapping[str, Fraction]) -> Mdp:
    """The process at the point; raises what reading and placing raise."""
    made = mdp_of(name, dict(data))
    return made.at(at) if at else made


def exact_gradient(mdp: Mdp) -> tuple[dict[str, Fraction], dict[str, str | None]]:
    """The gradient by the Bellman recursion and its text, held against enumeration and the closed form.

    There is no text where it would be too long to read.

    Raises ``StepRefuted`` where two of them differ: a bug of ours.
    """
    found = gradient(mdp)
    texts = {name: _text(value) for name, value in zip(mdp.parameters, found, strict=True)}
    if mdp.trajectories <= MOST_PATHS:
        _must_equal("enumeration", found, gradient_by_paths(mdp))
        closed = closed_gradient(mdp)
        if closed is not None:
            _must_equal("the closed form", found, closed.at_point)
            texts = {name: str(form) for name, form in zip(mdp.parameters, closed.forms, strict=True)}
    return dict(zip(mdp.parameters, found, strict=True)), texts


def _text(value: Fraction) -> str | None:
    return str(value) if len(str(value)) <= LONGEST_TEXT else None


def _must_equal(what: str, one: Row, two: Row) -> None:
    if one != two:
        help = "this is a bug in gradproof; please report it"
        raise StepRefuted(f"the policy gradient by {what} is {two}, by the Bellman recursion {one}", {}, help)


def statistic_of(record: EnvironmentEstimator, mdp: Mdp, knobs: Knobs) -> StatisticProof:
    """The exact moments: by enumeration, else by recursion; nothing is said where neither can be had.

    Where both can, they have to agree.
    """
    made = record.recursion(mdp, knobs) if record.recursion else None
    by_recursion = moments_by_recursion(mdp, made) if made is not None and is_affordable(mdp) else None
    if mdp.trajectories > MOST_PATHS:
        return _of_recursion(record, mdp, by_recursion)
    if made is None:
        drawn = mdp.drawn if record.off_policy else mdp
        found = moments(drawn, lambda _, path: record.statistic(mdp, path, knobs))
    else:
        found = moments(mdp, lambda m, path: along(m, path, made))
    if by_recursion is not None and by_recursion != (found.mean, found.variance):
        help = "this is a bug in gradproof; please report it"
        raise StepRefuted(f"the moments of {record.name} by enumeration are not those by recursion", {}, help)
    return StatisticProof(
        estimator=record.name,
        mean=_by_name(mdp, found.mean),
        variance=_by_name(mdp, found.variance),
        fourth=_by_name(mdp, found.fourth),
        source=f"enumeration of {mdp.trajectories} trajectories",
    )


def _of_recursion(record: EnvironmentEstimator, mdp: Mdp, known: tuple[Row, Row] | None) -> StatisticProof:
    if known is None:
        return StatisticProof(record.name, source=f"{mdp.trajectories} trajectories: not enumerated")
    mean, variance = known
    return StatisticProof(
        estimator=record.name,
        mean=_by_name(mdp, mean),
        variance=_by_name(mdp, variance),
        source="recursion over states and times",
    )


def terms(mdp: Mdp) -> dict[str, dict[str, dict[str, Any]]]:
    """What each step contributes to the gradient, as text and number by parameter."""
    if mdp.horizon > SHOWN_STEPS:
        return {}
    return {
        f"step_{t}": {
            name: {"text": str(x), "value": float(x)} for name, x in zip(mdp.parameters, row, strict=True)
        }
        for t, row in enumerate(gradient_by_step(mdp))
    }


def _by_name(mdp: Mdp, row: Row) -> dict[str, float | None]:
    return {name: float(x) for name, x in zip(mdp.parameters, row, strict=True)}


def proof(
    mdp: Mdp,
    request: Mapping[str, Any],
    wrt: tuple[str, ...],
    knobs: Knobs,
    statistics: dict[str, StatisticProof],
) -> Proof:
    """The proof of the policy gradient at the point."""
    exact, texts = exact_gradient(mdp)
    at = {**mdp.point, **knobs}
    return Proof(
        family=request["family"],
        integrand="return",
        at={name: str(value) for name, value in at.items()},
        wrt=wrt,
        gradient={name: texts[name] for name in wrt},
        exact={name: float(exact[name]) for name in wrt},
        radius=dict.fromkeys(wrt, 0.0),
        requires=mdp.unreachable(),
        routes=routes(mdp, wrt, request["estimators"]),
        statistics=statistics,
        trees={"environment": dict(request["environment"])},
        terms=terms(mdp),
    )


def routes(mdp: Mdp, wrt: tuple[str, ...], estimators: list[str]) -> dict[str, RouteProof]:
    """The derivations that justify the estimators, for the first parameters.

    Those of the other parameters are the same word for word.
    """
    from checks.prove import route_proof
    from derive.environment.walk import ROUTES, context_of, walk

    wanted = {r.route for r in map(record_called, estimators) if r is not None} & set(ROUTES)
    contexts = {Symbol(name, real=True): context_of(mdp, name) for name in wrt[:MOST_DERIVED]}
    return {
        route: route_proof(route, {s: walk(route, context, s) for s, context in contexts.items()})
        for route in sorted(wanted)
    }
