"""The score function at a sample and at its mirror image, whose noise has the opposite sign.

``(h(T(b)) + h(T(-b)))/2`` with ``h = g d log p + dg``: unbiased, as ``-b`` has the law of ``b`` (of uniform
noise ``1 - b``). Of a location 0 ``h`` is odd where ``g`` is even, and the pair cancels; where ``g`` is odd
both are the same, and the second is wasted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import pathwise, score_function

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation
    from derive.terms import Law

    Both = tuple[Expr, Expr]

# Laws that are symmetric about 0 where their location is 0, which is the parameter of this index.
CENTRE = {"normal": 0, "laplace": 0, "logistic": 0, "cauchy": 0, "student_t": 1}


def statistic(expectation: Expectation) -> Statistic:
    """``(h(T(b)) + h(T(-b)))/2`` with ``h = g d log p + dg``."""
    return paired(expectation, lambda cost, score: (cost[0] * score[0] + cost[1] * score[1]) / 2)


def paired(expectation: Expectation, combined: Callable[[Both, Both], Expr]) -> Statistic:
    """``combined(costs, scores)`` of both samples, and the mean of both explicit terms."""
    from checks.calculus import slope

    transport = pathwise.transport_of(expectation)
    family, g = expectation.family, expectation.integrand
    places = images(expectation)

    def both(body: Expr) -> Both:
        one, other = (body.xreplace(place) for place in places)
        return one, other

    def value(theta: Symbol) -> Expr:
        explicit = both(slope(g, theta))
        score = both(family.log_density.diff(theta))
        return combined(both(g), score) + (explicit[0] + explicit[1]) / 2

    return Statistic(tuple(map(value, expectation.wrt)), transport.noise, family.noise)


def images(expectation: Expectation) -> tuple[dict[Symbol, Expr], dict[Symbol, Expr]]:
    """The sample of noise ``b`` and that of its mirror image."""
    family, transport = expectation.family, pathwise.transport_of(expectation)
    mirrored = {b: _mirror(b, transport.noise) for b in family.noise}
    one = dict(zip(family.samples, transport.map, strict=True))
    return one, {a: image.xreplace(mirrored) for a, image in one.items()}


def _mirror(b: Symbol, noise: Law) -> Expr:
    return 1 - b if noise.name == "uniform" else -b


def pair(problem: Problem, n: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Both samples, without a graph."""
    import torch

    b = problem.draw_noise(n, generator)
    noise = problem.proof.trees["noise"]
    assert isinstance(noise, dict)
    with torch.no_grad():
        return problem.transport(b), problem.transport(1.0 - b if noise["family"] == "uniform" else -b)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate the mean of ``stop_gradient(g) log p(a) + g(a)`` over the pair."""
    theta = problem.leaves(n)
    pairs = ((a, problem.f(a, theta)) for a in pair(problem, n, generator))
    one, other = (cost.detach() * problem.log_density(a, theta) + cost for a, cost in pairs)
    return problem.gradients((one + other) / 2, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where score function or transport do not apply, and noise that is no mirror image of itself."""
    refusal = score_function.refuses(expectation) or _no_transport(expectation)
    if refusal is not None:
        return refusal
    noise = pathwise.transport_of(expectation).noise
    if not _is_mirrored(noise, expectation.family.dimension):
        return f"the noise of {expectation.family.name} is {noise}, which is no mirror image of itself"
    return None


def _is_mirrored(noise: Law, dimension: int) -> bool:
    if noise.name == "multivariate_normal":
        return not any(noise.parameters[:dimension])
    if noise.name == "uniform":
        return noise.parameters == (0, 1)
    return noise.name in CENTRE and noise.parameters[CENTRE[noise.name]] == 0


def _no_transport(expectation: Expectation) -> str | None:
    """A sample that is made of no noise; parameters of the noise itself do no harm to a score."""
    from derive.errors import NotApplicable

    try:
        pathwise.transport_of(expectation)
    except NotApplicable as error:
        return error.message
    return None


ESTIMATOR = Estimator(
    name="antithetic_score",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="what score_function requires; a sample made of noise whose law is its own mirror image",
    source="Hammersley, Morton 1956, A new Monte Carlo technique: antithetic variates; Owen, Monte Carlo "
    "theory, methods and examples, section 8.2",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    call=2,
)
