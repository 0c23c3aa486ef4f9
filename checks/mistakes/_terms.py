"""What the statistics and the code of many mistakes share: terms of the rule, and paths of one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise, score_function
from checks.mistakes._affine import affine_parts, location_of, scale_of, why_not_affine

if TYPE_CHECKING:
    from sympy import Expr, Symbol
    from torch import Generator, Tensor

    from checks.problem import Problem, Theta
    from derive.expectation import Expectation
    from derive.terms import Law


def on_samples(expectation: Expectation, value: Callable[[Symbol], Expr]) -> Statistic:
    """``value(theta)`` for each parameter, in samples of the law itself."""
    family = expectation.family
    return Statistic(tuple(value(theta) for theta in expectation.wrt), family.law, family.samples)


def on_noise(expectation: Expectation, value: Callable[[Symbol], Expr], law: Law | None = None) -> Statistic:
    """``value(theta)`` for each parameter, in the noise of the transport, or in that of another ``law``."""
    values = tuple(value(theta) for theta in expectation.wrt)
    return Statistic(values, law or pathwise.transport_of(expectation).noise, expectation.family.noise)


def score(expectation: Expectation, theta: Symbol) -> Expr:
    """``d/dtheta log p(a)``."""
    return expectation.family.log_density.diff(theta)


def explicit(expectation: Expectation, theta: Symbol) -> Expr:
    """``d/dtheta g(a)`` at a sample held fixed."""
    from checks.calculus import slope

    return slope(expectation.integrand, theta)


def right(expectation: Expectation, theta: Symbol) -> Expr:
    """``g d/dtheta log p(a) + d/dtheta g(a)``: what a mistake starts from."""
    return expectation.integrand * score(expectation, theta) + explicit(expectation, theta)


def moved(expectation: Expectation, theta: Symbol) -> Expr:
    """The total derivative of ``g_theta(T_theta(b))``."""
    velocity = tuple(axis.diff(theta) for axis in pathwise.transport_of(expectation).map)
    return pathwise.along(expectation, theta, velocity)


def pushed(expectation: Expectation, body: Expr) -> Expr:
    """``body`` at ``a = T_theta(b)``."""
    image = zip(expectation.family.samples, pathwise.transport_of(expectation).map, strict=True)
    return body.xreplace(dict(image))


def along_path(expectation: Expectation, theta: Symbol, path: Expr) -> Expr:
    """The total derivative of ``g_theta(a)`` at ``a = path``, for samples of one number."""
    from checks.calculus import slope

    (a,) = expectation.family.samples
    inner = slope(expectation.integrand, a).xreplace({a: path})
    return inner * path.diff(theta) + explicit(expectation, theta).xreplace({a: path})


def line(expectation: Expectation) -> tuple[Expr, Expr, Symbol]:
    """Location, scale and noise of an affine transport of one number."""
    (location,), ((scale,),), (b,) = location_of(expectation), scale_of(expectation), expectation.family.noise
    return location, scale, b


def drawn(problem: Problem, n: int, generator: Generator) -> tuple[Theta, Tensor, Tensor]:
    """``theta``, detached samples, and their costs."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    return theta, a, problem.f(a, theta)


def lined(problem: Problem, n: int, generator: Generator) -> tuple[Theta, Tensor, Tensor, Tensor]:
    """``theta``, location, scale and noise of an affine transport of one number."""
    theta = problem.leaves(n)
    b = problem.draw_noise(n, generator)
    location, scale = affine_parts(problem, n, theta)
    return theta, location, scale, b


def why_no_explicit(expectation: Expectation) -> str | None:
    """Why there is no explicit term that could go wrong, or be told from the rest; else None."""
    if not expectation.integrand.free_symbols & set(expectation.wrt):
        return "the integrand does not depend on the parameters: there is no explicit term"
    return None


def why_not_line(expectation: Expectation) -> str | None:
    """Why there is no ``a = mu + sigma b`` of single numbers with a scale that is asked for; else None."""
    refusal = pathwise.refuses(expectation) or why_not_affine(expectation)
    if refusal is None and expectation.family.dimension > 1:
        return f"{expectation.family.name} has samples of {expectation.family.dimension} numbers"
    return refusal


def why_not_whole_line(expectation: Expectation) -> str | None:
    """The same, and why samples may leave the support when their scale is another; else None."""
    from sympy import oo

    refusal = why_not_line(expectation) or score_function.refuses(expectation)
    if refusal is None and any((s.lower, s.upper) != (-oo, oo) for s in expectation.family.support):
        return f"{expectation.family.name} does not live on the whole line"
    return refusal


def why_not_both(expectation: Expectation) -> str | None:
    """Why the score function or the pathwise estimator does not apply; else None."""
    return pathwise.refuses(expectation) or score_function.refuses(expectation)


def why_not_bernoulli(expectation: Expectation) -> str | None:
    """Families other than those of a single coin."""
    if expectation.family.name not in ("bernoulli", "bernoulli_logits"):
        return f"{expectation.family.name} is not the law of a single coin"
    return None
