"""The child's own code rehearsed on estimators of each form, with an integrand that is answered here."""

# mypy: disallow-untyped-calls=False
# Much of Torch that is called here has no annotations.

from __future__ import annotations

import contextlib
from typing import Any

import torch
from torch import Tensor

from checks.grading.asking import answering
from checks.grading.child import Asked, Served
from checks.grading.drawing import Drawing
from checks.grading.wire import packed
from checks.user.errors import BadResult

_POINT = {"mu": 0.5, "sigma": 2.0}


def rehearse() -> None:
    """Take every path once that a submission will take; raises where one is broken."""
    for function in (_pathwise, _score, _per_sample):
        subject = Served(function, _problem(), answering(_square, 1), Drawing(_draw))
        subject.call(4)
        # Not every form suits them; those that do not end in an exception, which is a path as well.
        with contextlib.suppress(RuntimeError, BadResult):
            subject.expanded(5, 5)
        with contextlib.suppress(RuntimeError, BadResult):
            subject.vectorised(2, 3)


def _problem() -> Any:
    return Asked(_POINT, tuple(_POINT), 1)


def _square(order: tuple[int, ...], a: Tensor, theta: Tensor) -> Tensor:
    """mu * a**2 and its derivatives by a, mu and sigma, of order zero and one."""
    mu, _ = theta.unbind(-1)
    a, mu = torch.broadcast_tensors(a, mu)
    zero = torch.zeros_like(a)
    table = {(): (mu * a**2, 2 * mu * a, a**2, zero), (0,): (2 * mu * a, 2 * mu, 2 * a, zero)}
    return torch.stack(table.get(order, (zero,) * 4)).detach()


def _draw(request: bytes, shape: tuple[int, ...]) -> Tensor:
    packed(torch.zeros(1).numpy())
    return torch.full(shape, 0.25, dtype=torch.float64)


def _pathwise(f: Any, theta: Any, n: int) -> Tensor:
    law = torch.distributions.Normal(theta.mu, theta.sigma)
    found: Tensor = f(law.rsample((n,))).mean()
    return found


def _score(f: Any, theta: Any, n: int) -> Tensor:
    law = torch.distributions.Normal(theta.mu, theta.sigma, validate_args=False)
    a = (theta.mu + theta.sigma * torch.randn(n, dtype=torch.float64)).detach()
    found: Tensor = (f(a).detach() * law.log_prob(a) + f(a)).mean()
    return found


def _per_sample(f: Any, theta: Any, n: int) -> Tensor:
    b = torch.randn(n, dtype=torch.float64)

    def one(values: Tensor, b: Tensor) -> Tensor:
        found: Tensor = f(values[0] + values[1] * b)
        return found

    values = torch.stack([theta.mu, theta.sigma]).detach()
    return torch.func.vmap(torch.func.grad(one), in_dims=(None, 0))(values, b)
