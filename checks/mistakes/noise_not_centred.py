"""A control variate whose known mean is not added back: the noise as it comes, for noise with a mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.estimators import pathwise_control_variate as right
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``X - sum_i beta_i b_i``."""
    made = right.statistic(expectation)
    known = dict(made.constants)
    values = tuple(
        value - sum(known[f"{theta}/{b}"] * known[f"E[{b}]"] for b in made.variables)
        for theta, value in zip(expectation.wrt, made.values, strict=True)
    )
    return replace(made, values=values)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The pathwise gradient less ``beta * b``."""
    return right.controlled(problem, n, generator, centred=False)


def refuses(expectation: Expectation) -> str | None:
    """Noise of mean zero, of which there is nothing to add back."""
    refusal = right.refuses(expectation)
    noise = expectation.family.noise
    if refusal is None and all(right.mean_of(b, expectation) == 0 for b in noise):
        return "the mean of the noise is zero: there is nothing to add back"
    return refusal


MISTAKE = Mistake(
    name="noise_not_centred",
    of="pathwise_control_variate",
    says="less beta E[b]: the known mean of the control variate b was not added back",
    source="Geffner, Domke 2018, section 3 (a control variate has expectation zero)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
