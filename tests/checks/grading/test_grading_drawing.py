"""What is seen of a submission's operations: all of its own, and none of those around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from checks.evidence.laws import is_random
from checks.grading.asking import answering
from checks.grading.child import Asked, Served
from checks.grading.drawing import Drawing

POINT = {"mu": 0.5, "sigma": 2.0}
N = 6


def square(order: tuple[int, ...], a: Tensor, theta: Tensor) -> Tensor:
    """mu * a**2 and its derivatives by a, mu and sigma."""
    a, mu = torch.broadcast_tensors(a, theta[..., 0])
    zero = torch.zeros_like(a)
    table = {(): (mu * a**2, 2 * mu * a, a**2, zero), (0,): (2 * mu * a, 2 * mu, 2 * a, zero)}
    return torch.stack(table.get(order, (zero,) * 4)).detach()


class Counting(Drawing):
    """Counts the operations that it sees, by name."""

    def __init__(self, draw: Callable[[bytes, tuple[int, ...]], Tensor]) -> None:
        super().__init__(draw)
        self.seen: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen[func.overloadpacket.__name__] += 1
        return super().__torch_dispatch__(func, types, args, kwargs)


def called(function: Any, n: int = N) -> tuple[Counting, list[bytes], Tensor]:
    """The mode after a call, the draws that were asked for, and the estimate."""
    asked: list[bytes] = []

    def draw(request: bytes, shape: tuple[int, ...]) -> Tensor:
        asked.append(request)
        return torch.full(shape, 0.25, dtype=torch.float64)

    mode = Counting(draw)
    subject = Served(function, Asked(POINT, tuple(POINT), 1), answering(square, 1), mode)
    return mode, asked, subject.call(n).mean


def pathwise(f: Any, theta: Any, n: int) -> Tensor:
    found: Tensor = f(theta.mu + theta.sigma * torch.randn(n, dtype=torch.float64)).mean()
    return found


def test_operations_around_a_call_are_not_seen() -> None:
    mode, asked, estimate = called(pathwise)
    assert len(asked) == 1
    # d/dmu of mu * (mu + sigma b)**2 at b = 1/4 is a**2 + 2 mu a, and by sigma 2 mu a b, with a = 1.
    assert torch.allclose(estimate, torch.tensor([2.0, 0.25], dtype=torch.float64))
    assert mode.seen["randn"] == mode.seen["mean"] == 1
    assert not mode.seen["equal"]  # were the parameters edited
    assert not mode.seen["clone"]  # the parameters
    assert not mode.seen["unbind"]  # the answer
    assert mode.seen["stack"] <= 1  # the gradients; not those of the integrand
    assert not mode.narrow
    assert not mode.rough
    assert not mode.entered


def narrow_inside(f: Any, theta: Any, n: int) -> Tensor:
    found: Tensor = f(theta.mu + theta.sigma * torch.randn(n).double()).mean()
    return found


def narrow_question(f: Any, theta: Any, n: int) -> Any:
    a = torch.from_numpy(np.ones(n, dtype=np.float32))
    return [f(a).double().sum() * 0.0 + theta.mu.detach(), torch.zeros((), dtype=torch.float64)]


def narrow_answer(f: Any, theta: Any, n: int) -> Any:
    return [float(x) for x in torch.autograd.grad(pathwise(f, theta, n).float(), [theta.mu, theta.sigma])]


def rough_gradient(f: Any, theta: Any, n: int) -> Tensor:
    a = torch._standard_gamma(theta.sigma.expand(n))
    found: Tensor = f(a).mean()
    return found


@pytest.mark.parametrize(
    ("function", "narrow", "rough"),
    [
        (pathwise, False, False),
        (narrow_inside, True, False),
        (narrow_question, True, False),
        (narrow_answer, True, False),
        (rough_gradient, False, True),
    ],
    ids=["float64", "narrow draws", "narrow question", "narrow surrogate", "approximate derivative"],
)
def test_what_a_submission_computes_in_is_seen(function: Any, narrow: bool, rough: bool) -> None:
    mode, _, _ = called(function)
    assert (mode.narrow, mode.rough) == (narrow, rough)


class Noisy(torch.autograd.Function):
    """The identity, whose gradient is noise."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        return grad * torch.rand(grad.shape, dtype=torch.float64)


def noisy_backward(f: Any, theta: Any, n: int) -> Tensor:
    found: Tensor = Noisy.apply(pathwise(f, theta, n))
    return found


def drawing_result(f: Any, theta: Any, n: int) -> Any:
    f(torch.zeros(n, dtype=torch.float64))
    return torch.rand(2, dtype=torch.float64)


@pytest.mark.parametrize(
    ("function", "draws"),
    [(pathwise, 1), (noisy_backward, 2), (drawing_result, 1)],
    ids=["in the call", "in its backward pass", "as its result"],
)
def test_draws_are_served_wherever_they_are_made(function: Any, draws: int) -> None:
    _, asked, _ = called(function)
    assert len(asked) == draws


@pytest.mark.parametrize("way", ["expanded", "vectorised"])
def test_draws_of_many_calls_at_once_are_served_once(way: str) -> None:
    shapes: list[tuple[int, ...]] = []

    def draw(request: bytes, shape: tuple[int, ...]) -> Tensor:
        shapes.append(shape)
        return torch.full(shape, 0.25, dtype=torch.float64)

    mode = Drawing(draw)
    subject = Served(pathwise, Asked(POINT, tuple(POINT), 1), answering(square, 1), mode)
    rows = subject.expanded(5, 5) if way == "expanded" else subject.vectorised(3, 5)
    assert shapes == [(5,) if way == "expanded" else (5, 3)]
    assert torch.allclose(rows, torch.tensor([2.0, 0.25], dtype=torch.float64).expand(5, 2))
    assert not mode.entered


def test_operations_are_told_apart_the_second_time_as_well() -> None:
    for _ in range(2):
        mode, asked, _ = called(rough_gradient)
        assert mode.rough
        assert len(asked) == 1
    assert is_random(torch.ops.aten.randn.default)
    assert not is_random(torch.ops.aten._standard_gamma_grad.default)
