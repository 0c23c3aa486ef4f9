"""What is known of an objective of several samples: its gradient, exactly, and what estimators have instead.

An objective ``E[log mean_k w_k]`` is an expectation under the law of K independent samples, and is derived
like any other. Of a normal encoder there is no closed form for two samples and more: the gradient is then
integrated in the plane along two routes, which have to agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sympy import Expr, Symbol

from checks.estimators import pathwise, score_function
from checks.joint import Joint
from checks.moments import placed
from checks.prove import proof_of
from derive.environment.copies import Copies, objective
from derive.environment.latent import Latent
from derive.errors import StepRefuted, Undecided
from derive.expectation import Expectation
from derive.numeric.balls import value
from derive.numeric.estimate import Estimate
from derive.plain import to_plain
from derive.proof import Proof

# Error estimates are themselves estimates: a difference counts from ten times the error on.
SLACK = 10.0


def proof(latent: Latent, request: Mapping[str, Any], wrt: tuple[str, ...]) -> Proof:
    """The proof of the objective's gradient, with the weight of one sample for the Torch code."""
    made = objective(latent, request["integrand"], wrt)
    assert isinstance(made.family, Copies)
    known = proof_of(made, tuple(request["estimators"]), request["fourth"], number)
    trees = {
        **known.trees,
        "latent": dict(request["environment"]),
        "log_weight": to_plain(made.family.log_weight),
        "log_encoder": to_plain(made.family.single.log_density),
    }
    return replace(known, family=request["family"], integrand=request["integrand"], trees=trees)


def number(gradient: Expr | None, wrt: Symbol, made: Expectation) -> tuple[float, float]:
    """The value of the closed form; without one that of two quadratures, and what they may be off by.

    Raises ``Undecided`` where they do not settle, and ``StepRefuted`` where they contradict each other.
    """
    if gradient is not None:
        return value(gradient, made.point)
    alone = replace(made, wrt=(wrt,))
    one, other = (_mean(kind, alone) for kind in (pathwise, score_function))
    gap = abs(one.value - other.value)
    allowed = SLACK * (one.error + other.error)
    if not allowed < float("inf"):
        raise Undecided(f"the integrals of d/d{wrt} {made.term} did not settle")
    if gap > allowed:
        raise StepRefuted(
            f"d/d{wrt} is {one.value:.12g} along the path and {other.value:.12g} by the score",
            {},
            "this is a bug in gradproof; please report it",
        )
    # The path varies less than the score and is integrated with a smaller error.
    return one.value, SLACK * one.error + gap


def _mean(kind: Any, made: Expectation) -> Estimate:
    statistic = kind.statistic(made)
    joint = Joint(tuple(placed(draw, made.point) for draw in statistic.draws))
    return joint.estimate(statistic.values[0].xreplace(made.point))
