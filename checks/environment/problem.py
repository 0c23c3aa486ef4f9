"""The problem that a proof is about, ready for Torch, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from checks.environment.episodes import MdpProblem
from checks.environment.simulator import SimulatorProblem
from derive.environment.kinds import read
from derive.environment.linear_quadratic import LinearQuadratic
from derive.environment.mdp import Mdp
from derive.proof import Proof

Environment = MdpProblem | SimulatorProblem


def environment_of(proof: Proof) -> Environment | None:
    """The environment at the point of its proof; None where the proof is about a law with an integrand.

    A black box is such a law too: its noise.
    """
    data: Any = proof.trees.get("environment")
    if not isinstance(data, Mapping):
        return None
    made = read(proof.family, dict(data))
    at = {name: Fraction(text) for name, text in proof.at.items()}
    placed = made.at({name: value for name, value in at.items() if name in made.point})
    knobs = {name: float(value) for name, value in at.items() if name not in made.point}
    if isinstance(placed, LinearQuadratic):
        return SimulatorProblem(placed, knobs)
    assert isinstance(placed, Mdp)  # a black box has no entry of this name
    return MdpProblem(placed, tuple(proof.parameters or proof.wrt), knobs)
