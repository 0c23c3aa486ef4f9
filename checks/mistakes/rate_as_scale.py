"""A rate taken for a scale: the standard sample is multiplied by it in place of divided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import implicit
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total derivative along ``a = rate b`` with b of rate 1."""
    from derive.implicit import velocity_of

    family = expectation.family
    (a,), (b,) = family.samples, family.noise
    rate = family.symbols[-1]
    assert family.transport is not None  # both families have one
    noise = family.transport.noise
    standard = {rate: 1, a: b}
    values = []
    for theta in expectation.wrt:
        moved = b if theta == rate else rate * velocity_of(family, theta)[0].subs(standard)
        values.append(implicit.along(expectation, theta, (moved,)).xreplace({a: rate * b}))
    return Statistic(tuple(values), noise, family.noise)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``Gamma(shape, 1/rate)``: the second argument of numpy's sampler is a scale, Torch's is a rate."""
    from torch import distributions

    theta = problem.leaves(n)
    scale = 1.0 / theta.rate
    with implicit.drawing_from(generator):
        if problem.proof.family == "gamma":
            a = distributions.Gamma(theta.shape, scale).rsample(_missing(theta.shape + scale, n))
        else:
            a = distributions.Exponential(scale).rsample(_missing(scale, n))
    return problem.gradients(problem.f(a, theta), theta)


def _missing(parameters: torch.Tensor, n: int) -> torch.Size:
    """The sample shape that makes ``[n]`` of a batch of ``n``, or of none."""
    import torch

    return torch.Size(() if parameters.dim() else (n,))


def refuses(expectation: Expectation) -> str | None:
    """Families without a rate."""
    if expectation.family.name not in ("gamma", "exponential"):
        return f"{expectation.family.name} has no rate that could be taken for a scale"
    return implicit.refuses(expectation)


MISTAKE = Mistake(
    name="rate_as_scale",
    of="implicit",
    says="of another law: the rate was taken for a scale, so that the sample was multiplied by it",
    source="numpy.random.Generator.gamma takes a scale, torch.distributions.Gamma a rate",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    accuracy=implicit.accuracy,
)
