"""What the estimators of a black box share: f looked at through a normal law whose mean is the point."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def smoothed(expectation: Expectation, value: Callable[[Callable[[Any], Any], Any, Any], Any]) -> Statistic:
    """The statistic ``value(f, b, s)`` in standard normal noise; ``f(b)`` is the integrand at mu + s b."""
    from checks.estimator import Statistic
    from checks.estimators.pathwise import transport_of

    family, transport = expectation.family, transport_of(expectation)
    (a,), (b,), (image,) = family.samples, family.noise, transport.map

    def f(noise: Any) -> Any:
        return expectation.integrand.xreplace({a: image.xreplace({b: noise})})

    return Statistic((value(f, b, image.diff(b)),), transport.noise, family.noise)


def refuses(expectation: Expectation) -> str | None:
    """Anything but a normal law that is differentiated by its mean alone."""
    if expectation.family.name != "normal":
        return "it perturbs a point by normal noise: the law has to be normal"
    if expectation.wrt != expectation.family.symbols[:1]:
        return "it is the derivative by the point, mu, alone: add --wrt mu"
    if expectation.integrand.free_symbols & set(expectation.wrt):
        return "it only calls f, and sees nothing of a parameter inside it"
    return None


def spread_of(problem: Problem) -> Tensor:
    """The width of the noise, read off the transport."""
    import torch

    one = torch.ones(1, dtype=torch.float64)
    return (problem.transport(one) - problem.transport(0 * one)).detach()
