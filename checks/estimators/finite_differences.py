"""Central finite differences on common random numbers: two evaluations of the cost, nothing differentiated.

The mean is ``(J(theta + h) - J(theta - h))/(2 h)``, which misses the gradient by ``h**2/6`` times the third
derivative and more. Common noise keeps the variance bounded as h shrinks where the cost is smooth along the
path; at a jump, and of whole numbers, it grows like ``1/h``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _differences

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g_(theta+h)(T_(theta+h)(b)) - g_(theta-h)(T_(theta-h)(b)))/(2 h)``."""
    h, draw = _differences.step(), _differences.common_draw(expectation)
    body = _differences.cost(expectation, draw)
    values = tuple(
        (body.xreplace({theta: theta + h}) - body.xreplace({theta: theta - h})) / (2 * h)
        for theta in expectation.wrt
    )
    return Statistic(values, draw.law, draw.variables)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Both ends on the same noise."""
    noise, h = _differences.draw(problem, n, generator), problem.point["h"]
    return _differences.quotients(
        problem, lambda theta, _: _differences.cost_at(problem, noise, theta), (h, -h), 2 * h
    )


def refuses(expectation: Expectation) -> str | None:
    """No common noise, or a step out of the domain."""
    return _differences.refuses(expectation)


ESTIMATOR = Estimator(
    name="finite_differences",
    approximates="(J(theta + h) - J(theta - h))/(2 h), the gradient up to h**2/6 of its second derivative",
    requires="samples made of common noise, at theta + h and theta - h; g is only called",
    source="Glasserman 2003, Monte Carlo Methods in Financial Engineering, section 7.1",
    route="direct",
    unbiased=False,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("h", "1/20"),),
    call=2,
)
