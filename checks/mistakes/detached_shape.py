"""The shape detached before the law is made: the sample follows the other parameters alone."""

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
    """``grad g . v + d/dtheta g`` with the velocity of each shape set to zero."""
    from derive.implicit import velocity_of

    family, held = expectation.family, implicit.SHAPES[expectation.family.name]
    still = (0 * family.samples[0],) * family.dimension
    values = tuple(
        implicit.along(expectation, theta, still if theta.name in held else velocity_of(family, theta))
        for theta in expectation.wrt
    )
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``Gamma(shape.detach(), rate).rsample()`` and its like."""
    from checks.problem import Theta

    family, theta = problem.proof.family, problem.leaves(n)
    held = implicit.SHAPES[family]
    law = Theta({name: leaf.detach() if name in held else leaf for name, leaf in theta.items()})
    a = implicit.from_torch(family, n, generator, law)
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families without a shape among the parameters asked for; the t law, whose noise is of two parts."""
    family = expectation.family
    if family.name not in implicit.SHAPES or family.name == "student_t":
        return f"{family.name} has no shape that Torch differentiates implicitly"
    if not {theta.name for theta in expectation.wrt} & set(implicit.SHAPES[family.name]):
        return "no shape is among the parameters asked for"
    return implicit.refuses(expectation)


MISTAKE = Mistake(
    name="detached_shape",
    of="implicit",
    says="without the part that reaches the sample through its shape: the concentration was detached",
    source="a concentration computed under no_grad, or passed as a number: Gamma(2.4, rate).rsample()",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
