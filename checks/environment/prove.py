"""From a request that carries a problem file's content to a proof, whatever its kind.

It runs in a worker process like ``checks.prove``, and its result is the same plain data.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from checks.environment import black_box_proof, dynamics_proof, latent_proof, mdp_proof
from checks.environment.estimator import EXAMPLES
from checks.environment.records import record_called
from derive.environment.black_box import BlackBox
from derive.environment.kinds import Environment, read
from derive.environment.latent import Latent
from derive.environment.linear_quadratic import LinearQuadratic
from derive.proof import Proof, StatisticProof
from derive.registry import unknown

Request = Mapping[str, Any]


def prove(request: Request) -> Proof:
    """Everything that derive knows about the requested environment at its point.

    Raises ``BadProblem``, ``UnknownName`` and ``OutsideDomain`` for bad input, and ``StepRefuted`` where two
    ways to the gradient disagree (a bug of ours).
    """
    made = read(request["family"], request["environment"])
    knobs = _knobs(request["estimators"])
    at = {name: Fraction(text) for name, text in request["at"]}
    placed = made.at({name: value for name, value in at.items() if name not in knobs})
    used = {name: at.get(name, value) for name, value in knobs.items()}
    wrt = _wrt(placed, request["wrt"])
    if isinstance(placed, BlackBox):
        return black_box_proof.proof(placed, request, wrt)
    if isinstance(placed, Latent):
        return latent_proof.proof(placed, request, wrt)
    kind = dynamics_proof if isinstance(placed, LinearQuadratic) else mdp_proof
    statistics = {name: _statistic(name, placed, used) for name in request["estimators"]}
    return kind.proof(placed, request, wrt, used, statistics)


def _knobs(estimators: list[str]) -> dict[str, Fraction]:
    """The estimators' own numbers at their defaults."""
    records = [record_called(name) for name in estimators]
    return {name: Fraction(value) for r in records if r is not None for name, value in r.knobs}


def _wrt(made: Environment, asked: list[str] | None) -> tuple[str, ...]:
    for name in asked or ():
        if name not in made.parameters:
            raise unknown(name, f"parameter of {made.name}", made.parameters)
    return tuple(asked) if asked else made.parameters


def _statistic(name: str, made: Environment, knobs: Mapping[str, Fraction]) -> StatisticProof:
    record = record_called(name)
    kind = "linear_quadratic" if isinstance(made, LinearQuadratic) else "mdp"
    if record is None:
        return StatisticProof(name, refusal=f"{name} is for a law with an integrand; {made.name} is neither")
    if record.kind != kind:
        return StatisticProof(name, refusal=f"{name} is for problems such as {EXAMPLES[record.kind]}")
    if isinstance(made, LinearQuadratic):
        return dynamics_proof.statistic_of(record, made)
    assert not isinstance(made, (BlackBox, Latent))  # they make their own proofs
    return mdp_proof.statistic_of(record, made, knobs)
