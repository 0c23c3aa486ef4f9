"""Estimators that differentiate through a sample ``a = A_theta(b)`` that is not the family's transport."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from checks.mistakes._affine import location_of, scale_of, why_not_affine

if TYPE_CHECKING:
    from sympy import Expr, Symbol
    from torch import Tensor

    from checks.problem import Problem
    from derive.expectation import Expectation


def total(expectation: Expectation, image: Sequence[Expr], theta: Symbol) -> Expr:
    """``d/dtheta g_theta(A_theta(b))``, as autograd would take it."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    at = dict(zip(family.samples, image, strict=True))
    moved = (
        slope(g, a).xreplace(at) * axis.diff(theta) for a, axis in zip(family.samples, image, strict=True)
    )
    return sum(moved, slope(g, theta).xreplace(at))


def rescaled(expectation: Expectation, change: Callable[[Expr], Expr]) -> tuple[Expr, ...]:
    """``mu + change(sigma) b`` for a family ``mu + sigma b`` in one dimension."""
    (location,), ((scale,),) = location_of(expectation), scale_of(expectation)
    return (location + change(scale) * expectation.family.noise[0],)


def scale_parameter(expectation: Expectation) -> Symbol:
    """The parameter that is the scale."""
    ((scale,),) = scale_of(expectation)
    return next(iter(scale.free_symbols))


def why_not_scalar(expectation: Expectation) -> str | None:
    """Why there is no single scale parameter sigma in ``a = mu + sigma b``, or None."""
    if len(expectation.family.noise) != 1:
        return f"{expectation.family.name} has no noise of one dimension"
    refused = why_not_affine(expectation)
    if refused is not None:
        return refused
    ((scale,),) = scale_of(expectation)
    return None if scale.is_Symbol else f"the scale of {expectation.family.name} is not a parameter itself"


def why_not_located(expectation: Expectation) -> str | None:
    """As ``why_not_scalar``; and there is a location parameter."""
    refused = why_not_scalar(expectation)
    if refused is not None:
        return refused
    free = location_of(expectation)[0].free_symbols & set(expectation.wrt)
    return None if free else f"{expectation.family.name} has no location among the parameters asked for"


def scale_name(problem: Problem) -> str:
    """The name of the parameter that the noise is multiplied by."""
    import torch

    theta = problem.leaves(1)
    one, nothing = (torch.full((1,), x, dtype=torch.float64) for x in (1.0, 0.0))
    scale = problem.transport(one, theta) - problem.transport(nothing, theta)
    leaves = [theta[name] for name in problem.wrt]
    slopes = torch.autograd.grad(scale.sum(), leaves, allow_unused=True, materialize_grads=True)
    return next(name for name, s in zip(problem.wrt, slopes, strict=True) if s.item() != 0)


def column(problem: Problem, name: str, rows: Tensor, factor: Tensor) -> Tensor:
    """``rows [n, p]`` with the column of one parameter multiplied by ``factor``."""
    out = rows.clone()
    out[:, problem.wrt.index(name)] *= factor.detach()
    return out
