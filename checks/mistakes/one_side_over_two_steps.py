"""A forward difference divided by the width of a central one: about half of the gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import _differences
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g_(theta+h)(T_(theta+h)(b)) - g_theta(T_theta(b)))/(2 h)``."""
    h, draw = _differences.step(), _differences.common_draw(expectation)
    body = _differences.cost(expectation, draw)
    values = tuple((body.xreplace({theta: theta + h}) - body) / (2 * h) for theta in expectation.wrt)
    return Statistic(values, draw.law, draw.variables)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The difference over one step, divided by two."""
    noise, h = _differences.draw(problem, n, generator), problem.point["h"]
    return _differences.quotients(
        problem, lambda theta, _: _differences.cost_at(problem, noise, theta), (h, 0.0), 2 * h
    )


MISTAKE = Mistake(
    name="one_side_over_two_steps",
    of="finite_differences",
    says="halved, and plus h/4 times its second derivative: one step was taken and two were divided by",
    source="Glasserman 2003, section 7.1 (forward and central difference estimators)",
    statistic=statistic,
    estimate=estimate,
    refuses=_differences.refuses,
    knobs=(("h", "1/20"),),
    call=2,
)
