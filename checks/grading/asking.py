"""The integrand inside a sealed child: its values and derivatives are asked of the grader.

``f(a)`` is differentiable to any order, by autograd and under ``torch.func``: each answer holds the value
and all first derivatives, by the columns of the sample and by the parameters; higher ones are asked for when
they are needed. The child never knows the integrand, and the grader sees every point.
"""

# mypy: disallow-untyped-calls=False
# ``Function.apply`` has no annotations.

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from checks.user.widths import NARROW

# (which derivative, points [*, d] or [*], parameters [*, P]) -> [1 + d + P, *]: it and its first derivatives.
Ask = Callable[[tuple[int, ...], Tensor, Tensor], Tensor]


def answering(ask: Ask, columns: int) -> Callable[[Tensor, Mapping[str, Tensor]], Tensor]:
    """The integrand of samples with so many ``columns``, for ``checks.oracle.Oracle``."""

    def answer(a: Tensor, theta: Mapping[str, Tensor]) -> Tensor:
        if a.dtype in NARROW:  # which whoever watches the operations is to see
            return answered(a, theta)
        with _unseen():
            return answered(a, theta)

    def answered(a: Tensor, theta: Mapping[str, Tensor]) -> Tensor:
        stacked = torch.stack(list(theta.values()), dim=-1)
        found = _Jet.apply(ask, columns, (), a.to(torch.float64), stacked)[0]
        return found.to(a.dtype) if a.is_floating_point() else found

    return answer


def _unseen() -> AbstractContextManager[None]:
    """Within it, operations are not shown to Python: ours are in float64, draw nothing, and are many."""
    return torch._C._DisableTorchDispatch()


class _Jet(torch.autograd.Function):
    """A derivative of the integrand and its own first derivatives, as separate outputs."""

    @staticmethod
    def forward(
        ask: Ask, columns: int, order: tuple[int, ...], a: Tensor, theta: Tensor
    ) -> tuple[Tensor, ...]:
        return ask(order, a, theta).unbind(0)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        ctx.ask, ctx.columns, ctx.order, a, theta = inputs
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(a, theta, *output)
        ctx.save_for_forward(a, theta, *output)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Any, ...]:
        given = [(k, grad) for k, grad in enumerate(grads) if grad is not None]
        if not given:
            return (None,) * 5
        with _unseen():
            return _Jet._gradients(ctx, given)

    @staticmethod
    def _gradients(ctx: Any, given: list[tuple[int, Tensor]]) -> tuple[Any, ...]:
        a, theta, *out = ctx.saved_tensors
        shares = [[grad * slope for slope in _slopes(ctx, k, a, theta, out)] for k, grad in given]
        parts = [torch.stack(same).sum(0) if len(same) > 1 else same[0] for same in zip(*shares)]
        by_sample = parts[0] if ctx.columns == 1 else torch.stack(parts[: ctx.columns], dim=-1)
        by_theta = torch.stack(parts[ctx.columns :], dim=-1)
        return None, None, None, by_sample.sum_to_size(a.shape), by_theta.sum_to_size(theta.shape)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> tuple[Tensor | None, ...]:
        _, _, *out = ctx.saved_tensors
        by_sample, by_theta = tangents[3], tangents[4]
        found: Tensor | None = None
        columns = () if by_sample is None else (by_sample,) if ctx.columns == 1 else by_sample.unbind(-1)
        names = () if by_theta is None else by_theta.unbind(-1)
        for slope, tangent in [*zip(out[1:], columns), *zip(out[1 + ctx.columns :], names)]:
            found = slope * tangent if found is None else found + slope * tangent
        # The further outputs are there for backward passes; no tangent of theirs is ever looked at.
        return (found, *(torch.zeros_like(x) for x in out[1:]))

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[Any, ...], ask: Ask, columns: int, order: tuple[int, ...], *both: Tensor
    ) -> tuple[tuple[Tensor, ...], tuple[int, ...]]:
        """The batch in front, and the dimensions of both behind it equally many."""
        fixed = (int(columns > 1), 1)  # how many dimensions at the end are no samples
        moved = [x if dim is None else x.movedim(dim, 0) for x, dim in zip(both, in_dims[3:])]
        ranks = [x.dim() - f - (dim is not None) for x, f, dim in zip(moved, fixed, in_dims[3:])]
        for i, dim in enumerate(in_dims[3:]):
            missing = max(ranks) - ranks[i]
            if dim is not None and missing:
                shape = moved[i].shape
                moved[i] = moved[i].reshape(shape[0], *[1] * missing, *shape[1:])
        out = _Jet.apply(ask, columns, order, *moved)
        return out, (0,) * len(out)


# Torch reads it in every call, which takes longer than the call.
vars(_Jet)["forward"].__func__.__signature__ = inspect.signature(_Jet.forward)


def _slopes(ctx: Any, k: int, a: Tensor, theta: Tensor, out: list[Tensor]) -> list[Tensor]:
    """The first derivatives of output ``k``: at hand for the first, of another order for the others."""
    if k == 0:
        return out[1:]
    further = _Jet.apply(ctx.ask, ctx.columns, (*ctx.order, k - 1), a, theta)
    return list(further[1:])
