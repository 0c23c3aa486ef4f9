"""An entropy bonus left in the cost: what is differentiated is E[g] plus the entropy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake
from checks.mistakes._terms import drawn, on_samples, right, score

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g - log p(a)) d/dtheta log p(a) + d/dtheta g(a)``."""
    log_p = expectation.family.log_density
    return on_samples(
        expectation, lambda theta: right(expectation, theta) - log_p * score(expectation, theta)
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The cost minus the log-density, both detached, in the surrogate."""
    theta, a, cost = drawn(problem, n, generator)
    log_p = problem.log_density(a, theta)
    return problem.gradients((cost - log_p).detach() * log_p + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply, and parameters that only shift the law."""
    family = expectation.family
    density = [family.log_density.subs({a: a + theta for a in family.samples}) for theta in expectation.wrt]
    moving = [theta for theta, p in zip(expectation.wrt, density, strict=True) if theta in p.free_symbols]
    if not moving and family.dimension == 1:
        return "the entropy does not depend on the parameters asked for: they shift the law"
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="entropy_left_in",
    of="score_function",
    says="plus d/dtheta of the entropy: a bonus -log p was left in the cost",
    source="google-deepmind/open_spiel issue 962 (entropy in a policy loss)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
