"""Implicit reparametrization: samples move with theta by ``-(dF/dtheta)/p``, without an inverse of F."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from checks.estimator import Draw, Estimator, Statistic
from checks.estimators import score_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem, Theta
    from derive.expectation import Expectation

# Torch's implicit gradients are series, asymptotic forms and rational approximations, in float64 as well.
# Measured over shapes from 1/10 to 200 at 200 quantiles each: at most 4e-4 in the root mean square (gamma
# 2e-4, beta 4e-4), up to 1e-2 at single samples far out (tests/checks/test_implicit.py repeats it).
TORCH = 1e-3
# What Torch differentiates by those, by family.
SHAPES = {"gamma": ("shape",), "beta": ("alpha", "beta"), "student_t": ("nu",),
          "dirichlet": ("alpha[0]", "alpha[1]", "alpha[2]")}  # fmt: skip


def statistic(expectation: Expectation) -> Statistic:
    """``grad g . v + d/dtheta g`` at ``a ~ P_theta``; of the t law along its two draws, as Torch has it."""
    from derive.implicit import velocity_of

    family = expectation.family
    if family.name == "student_t":
        return _student(expectation)
    values = tuple(along(expectation, theta, velocity_of(family, theta)) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def along(expectation: Expectation, theta: Symbol, velocity: tuple[Expr, ...]) -> Expr:
    """``grad g . velocity + d g/d theta``, as autograd would take it."""
    from sympy import factor_terms

    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    moved = (slope(g, a) * v for a, v in zip(family.samples, velocity, strict=True))
    return factor_terms(sum(moved, slope(g, theta)))


def _student(expectation: Expectation) -> Statistic:
    """``a = mu + sigma x/sqrt(z/(nu/2))`` with x normal and z gamma of shape nu/2, which knows of nu."""
    from sympy import Symbol, sqrt

    from derive.special import gamma_velocity
    from derive.terms import Law

    (a,), (nu, mu, sigma) = expectation.family.samples, expectation.family.symbols
    x, z = Symbol("x", real=True), Symbol("z", positive=True)
    half = nu / 2
    path = mu + sigma * x * sqrt(half / z)
    velocities = {
        mu: path.diff(mu),
        sigma: path.diff(sigma),
        nu: path.diff(nu) + path.diff(z) * gamma_velocity(half, z) / 2,
    }
    values = tuple(
        along(expectation, theta, (velocities.get(theta, 0 * a),)).xreplace({a: path})
        for theta in expectation.wrt
    )
    return Statistic(values, Law("normal", 0, 1), (x,), (Draw(Law("gamma", half, 1), (z,)),))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``g`` through ``rsample`` where Torch has one, else through the level written by hand."""
    theta = problem.leaves(n)
    a = samples(problem, n, generator, theta)
    return problem.gradients(problem.f(a, theta), theta)


def samples(problem: Problem, n: int, generator: torch.Generator, theta: Theta) -> torch.Tensor:
    """``n`` samples with the graph of implicit reparametrization."""
    family = problem.proof.family
    if family in SHAPES:
        return from_torch(family, n, generator, theta)
    a = problem.sample(n, generator)
    return _on_circle(problem, a, theta) if family == "von_mises" else _by_level(problem, a, theta)


def from_torch(family: str, n: int, generator: torch.Generator, theta: Theta) -> torch.Tensor:
    """``torch.distributions`` as anyone writes it, drawing from ``generator``."""
    from torch import distributions

    laws: dict[str, Callable[[], distributions.Distribution]] = {
        "gamma": lambda: distributions.Gamma(theta.shape, theta.rate),
        "beta": lambda: distributions.Beta(theta.alpha, theta.beta),
        "student_t": lambda: distributions.StudentT(theta.nu, theta.mu, theta.sigma),
        "dirichlet": lambda: distributions.Dirichlet(theta.alpha),
    }
    law = laws[family]()
    with drawing_from(generator):
        a = law.rsample() if law.batch_shape else law.rsample(torch_size(n))
    return a[..., :-1] if family == "dirichlet" else a


def torch_size(n: int) -> torch.Size:
    """``[n]`` as ``rsample`` wants it."""
    import torch

    return torch.Size((n,))


@contextmanager
def drawing_from(generator: torch.Generator) -> Iterator[None]:
    """``torch.distributions`` takes no generator: meanwhile Torch's own is in the state of this one."""
    import torch

    before = torch.random.get_rng_state()
    torch.random.set_rng_state(generator.get_state())
    try:
        yield
    finally:
        generator.set_state(torch.random.get_rng_state())
        torch.random.set_rng_state(before)


def _by_level(problem: Problem, a: torch.Tensor, theta: Theta) -> torch.Tensor:
    """``a - (F_theta(a) - stop_gradient(F_theta(a)))/p``: its value is a, its slope ``-(dF/dtheta)/p``."""
    level = problem.level(a, theta)
    density = problem.log_density(a, theta).exp().detach()
    return a - (level - level.detach()) / density


def _on_circle(problem: Problem, a: torch.Tensor, theta: Theta) -> torch.Tensor:
    """The same by series of Bessel functions, which Torch lacks; good to about 1e-13 (``checks.circle``)."""
    import math

    import numpy as np
    import torch

    from checks.circle import Circle

    circle = Circle(problem.point["mu"], problem.point["kappa"])
    x = a.numpy()
    density = circle.density(x)
    velocities = {
        "mu": (density - circle.density(np.array(-math.pi))) / density,
        "kappa": -circle.level_slope(x) / density,
    }
    moved = a
    for name in problem.wrt:
        if name in velocities:
            moved = moved + torch.from_numpy(velocities[name]) * (theta[name] - theta[name].detach())
    return moved


def accuracy(expectation: Expectation) -> dict[str, float]:
    """That of Torch's own implicit gradients, for the shapes that it differentiates by them."""
    shapes = SHAPES.get(expectation.family.name, ())
    return {theta.name: TORCH for theta in expectation.wrt if theta.name in shapes}


def refuses(expectation: Expectation) -> str | None:
    """Whole numbers, ends that move, and families of which no velocity is known.

    As for the pathwise estimator, a jump of the integrand is no refusal: the estimator is then biased by
    exactly the part that its statistic lacks.
    """
    from derive.errors import NotApplicable
    from derive.implicit import velocity_of

    moving = score_function.refuses(expectation)
    if moving is not None:
        return moving
    try:
        for theta in expectation.wrt:
            velocity_of(expectation.family, theta)
    except NotApplicable as error:
        return error.message
    return None


ESTIMATOR = Estimator(
    name="implicit",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a distribution function with a known slope in theta, on a support that stays; no jumps of g",
    source="Figurnov, Mohamed, Mnih 2018, Implicit reparameterization gradients, equations 4 and 5",
    route="implicit",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    accuracy=accuracy,
)
