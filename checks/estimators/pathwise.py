"""The pathwise (reparametrization) estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation
    from derive.family import Transport


def statistic(expectation: Expectation) -> Statistic:
    """The total derivative of ``g_theta(T_theta(b))`` at noise ``b`` held fixed."""
    transport = transport_of(expectation)
    velocities = {theta: tuple(axis.diff(theta) for axis in transport.map) for theta in expectation.wrt}
    values = tuple(along(expectation, theta, velocities[theta]) for theta in expectation.wrt)
    return Statistic(values, transport.noise, expectation.family.noise)


def along(expectation: Expectation, theta: Symbol, velocity: tuple[Expr, ...]) -> Expr:
    """``d g/d theta + sum_i d g/d a_i velocity_i`` at ``a = T_theta(b)``, as autograd would take it."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    image = dict(zip(family.samples, transport_of(expectation).map, strict=True))
    explicit = slope(g, theta).xreplace(image)
    moved = (slope(g, a).xreplace(image) * v for a, v in zip(family.samples, velocity, strict=True))
    return sum(moved, explicit)


def transport_of(expectation: Expectation) -> Transport:
    """The family's transport; raises ``NotApplicable`` where it has none."""
    from derive.errors import NotApplicable

    if expectation.family.transport is None:
        raise NotApplicable(f"{expectation.family.name} has no transport")
    return expectation.family.transport


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``g(T_theta(b))`` through the sample."""
    theta = problem.leaves(n)
    b = problem.draw_noise(n, generator)
    cost = problem.f(problem.transport(b, theta), theta)
    return problem.gradients(cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """No transport, or a parameter of the noise itself.

    A jump of the integrand is not refused here: the estimator then runs and is biased by exactly the
    distributional part of the derivative, which its statistic lacks.
    """
    transport = expectation.family.transport
    if expectation.family.lattice:
        return (
            f"samples of {expectation.family.name} are whole numbers: a map of fixed noise into whole "
            "numbers that is continuous in theta is constant in it"
        )
    if transport is None:
        return f"{expectation.family.name} has no transport: its samples are no function of fixed noise"
    held = set().union(*(p.free_symbols for p in transport.noise.parameters)) & set(expectation.wrt)
    if held:
        names = " and ".join(sorted(map(str, held)))
        return f"{names} is a parameter of the noise {transport.noise}, which must not depend on theta"
    return None


ESTIMATOR = Estimator(
    name="pathwise",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a transport a = T_theta(b) of fixed noise, and an integrand without jumps in a",
    source="Kingma and Welling 2014; Mohamed, Rosca, Figurnov, Mnih 2020, section 5",
    route="pathwise",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
