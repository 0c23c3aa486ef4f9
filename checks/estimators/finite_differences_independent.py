"""Central finite differences on independent samples: the variance grows like ``1/h**2`` as the step shrinks.

The mean is that of ``finite_differences``; the variance is ``(Var g + Var g')/(4 h**2)``, of the costs g at
``theta + h`` and g' at ``theta - h``, because nothing is common to the two that could cancel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Draw, Estimator, Statistic
from checks.estimators import _differences

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Parameters, Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g_(theta+h)(a) - g_(theta-h)(a'))/(2 h)`` with ``a ~ P_(theta+h)`` and ``a' ~ P_(theta-h)``.

    Where samples are made of noise, that of the two ends serves every theta.
    """
    h = _differences.step()
    if expectation.family.lattice:
        ends = [(_end(expectation, theta, h), _end(expectation, theta, -h)) for theta in expectation.wrt]
        values = tuple((up - down) / (2 * h) for (up, _), (down, _) in ends)
        first, *more = (draw for pair in ends for _, draw in pair)
        return Statistic(values, first.law, first.variables, tuple(more))
    first, other = (_differences.common_draw(expectation, end) for end in ("", "_other"))
    up, down = (_differences.cost(expectation, draw) for draw in (first, other))
    values = tuple(
        (up.xreplace({theta: theta + h}) - down.xreplace({theta: theta - h})) / (2 * h)
        for theta in expectation.wrt
    )
    return Statistic(values, first.law, first.variables, (other,))


def _end(expectation: Expectation, theta: Symbol, shift: Expr) -> tuple[Expr, Draw]:
    """The cost at ``theta + shift`` in a sample of the law there, and that sample's draw."""
    from sympy import Symbol

    from derive.terms import Law

    family, moved = expectation.family, {theta: theta + shift}
    (a,) = family.samples
    sample = Symbol(f"a_{theta}{'+' if shift == _differences.step() else '-'}", real=True)
    law = Law(family.name, *(p.xreplace(moved) for p in family.symbols))
    return expectation.integrand.xreplace(moved).xreplace({a: sample}), Draw(law, (sample,))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Each end on samples of its own."""
    h = problem.point["h"]
    if problem.support:
        return _differences.quotients(problem, _sampled(problem, n, generator), (h, -h), 2 * h)
    noises = [_differences.draw(problem, n, generator) for _ in range(2)]
    return _differences.quotients(
        problem, lambda theta, i: _differences.cost_at(problem, noises[i], theta), (h, -h), 2 * h
    )


def _sampled(problem: Problem, n: int, generator: torch.Generator) -> _differences.Costs:
    """The costs of fresh outcomes under the moved law."""
    from checks.draws import choices

    def costs(theta: Parameters, _: int) -> torch.Tensor:
        masses = _differences.masses(problem, theta)
        return problem.f(choices(masses, (n,), generator), theta)

    return costs


def refuses(expectation: Expectation) -> str | None:
    """Where common noise is refused; samples of several numbers, and jumps, on two continuous draws."""
    from sympy import Heaviside, Piecewise, sign

    family = expectation.family
    refusal = _differences.refuses(expectation)
    if refusal is not None or family.lattice:
        return refusal
    if family.dimension > 1:
        return f"{family.name} has samples of several numbers: two of them are too many draws"
    if expectation.integrand.has(Heaviside, Piecewise, sign):
        return "the integrand jumps, or is given by cases: quadrature over two draws would overlook the jump"
    return None


ESTIMATOR = Estimator(
    name="finite_differences_independent",
    approximates="(J(theta + h) - J(theta - h))/(2 h), the gradient up to h**2/6 of its second derivative",
    requires="what finite_differences requires",
    source="Glasserman 2003, Monte Carlo Methods in Financial Engineering, section 7.1",
    route="direct",
    unbiased=False,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("h", "1/20"),),
    call=2,
)
