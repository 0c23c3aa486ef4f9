"""Pathwise with a control variate: the noise less its known mean, times the coefficient of least variance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _baselines, pathwise

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``X - sum_i beta_i (b_i - E[b_i])`` of the pathwise ``X``, ``beta_i = E[X (b_i - E[b_i])]/Var(b_i)``.

    For coordinates of the noise that are independent of each other no linear combination has less variance.
    """
    plain = pathwise.statistic(expectation)
    means = {b: mean_of(b, expectation) for b in plain.variables}
    constants: list[tuple[str, Expr]] = [(f"E[{b}]", mean) for b, mean in means.items()]
    values = []
    for theta, value in zip(expectation.wrt, plain.values, strict=True):
        for b, mean in means.items():
            best = coefficient(value, b, mean, expectation)
            constants.append((f"{theta}/{b}", best))
            value -= best * (b - mean)
        values.append(value)
    return replace(plain, values=tuple(values), constants=tuple(constants))


def coefficient(value: Expr, b: Symbol, mean: Expr, expectation: Expectation) -> Expr:
    """``Cov(X, b)/Var(b)`` at the point."""
    return mean_of(value * (b - mean), expectation) / mean_of((b - mean) ** 2, expectation)


def mean_of(body: Expr, expectation: Expectation) -> Expr:
    """``E[body]`` over the noise of the transport, at the point."""
    noise = pathwise.transport_of(expectation).noise
    return _baselines.mean_under(body, noise, expectation.family.noise, expectation.point)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The pathwise gradient, and the centred noise taken from it by each parameter's own coefficients."""
    return controlled(problem, n, generator, centred=True)


def controlled(problem: Problem, n: int, generator: torch.Generator, centred: bool) -> torch.Tensor:
    """With the noise as it comes where it is not ``centred``."""
    import torch

    theta, known = problem.leaves(n), problem.constants
    b = problem.draw_noise(n, generator)
    found = problem.gradients(problem.f(problem.transport(b, theta), theta), theta)
    for name, column in zip(problem.noises, (b,) if b.dim() == 1 else b.unbind(-1), strict=True):
        moved = column - known[f"E[{name}]"] if centred else column
        beta = torch.tensor([known[f"{wrt}/{name}"] for wrt in problem.wrt], dtype=torch.float64)
        found = found - moved.unsqueeze(-1) * beta
    return found


def refuses(expectation: Expectation) -> str | None:
    """Where pathwise does not apply, or the noise has no variance, or none that the estimator has with it."""
    from derive.errors import DeriveError, NoExpectation

    refusal = pathwise.refuses(expectation)
    if refusal is not None:
        return refusal
    plain = pathwise.statistic(expectation)
    try:
        for b in plain.variables:
            mean_of(b**2, expectation)
            for value in plain.values:
                mean_of(value * b, expectation)
    except NoExpectation as error:
        return f"the noise has no covariance with the gradient: {error.message}"
    except DeriveError as error:
        return f"the coefficient of the noise is not known: {error.message}"
    return None


ESTIMATOR = Estimator(
    name="pathwise_control_variate",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="what pathwise requires; noise with a known mean and a finite variance",
    source="Geffner, Domke 2018, Using Large Ensembles of Control Variates, section 3; Miller et al. 2017",
    route="pathwise",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
