"""Many values of the noise in one call: by parameters with a copy for each sample, or by ``torch.vmap``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution
from torch.overrides import TorchFunctionMode

from checks.user.call import Subject
from checks.user.errors import BadResult
from checks.user.parameters import Leaves
from checks.user.returns import Layout, read


def expanded(subject: Subject, n: int, samples: int) -> Tensor:
    """``[n, p]`` per-sample gradients from one call and one backward pass, with leaves expanded to ``[n]``.

    ``samples`` is the number asked for: ``n`` for code that draws ``[n]``, 1 for code whose laws have the
    shape of theta and draw ``[1, n]``. Whether they are right is for the caller to see; raises
    ``BadResult``, or whatever the code does where expanded parameters do not suit it.
    """
    return subject.expanded(n, samples)


def vectorised(subject: Subject, n: int, size: int) -> Tensor:
    """``[size, p]`` estimates of as many independent calls with ``n`` samples, in one call under vmap."""
    return subject.vectorised(n, size)


def expanded_here(subject: Subject, n: int, samples: int) -> Tensor:
    """The same in this process."""
    theta = Leaves.at(subject.problem.point, (n,))
    result = subject.raw(theta, samples)
    if isinstance(result, Tensor) and result.dim() == 0:
        return _gradients(subject, theta, result) * n
    rows, averaged = _columns(result, n, subject.layout)
    return rows * n if averaged else rows


def vectorised_here(subject: Subject, n: int, size: int) -> Tensor:
    """The same in this process."""
    theta = Leaves.at(subject.problem.point, (size,))

    def one(values: dict[str, Tensor], zero: Tensor) -> Tensor:
        with _ManyAtOnce(zero):
            result = subject.raw(Leaves(values, theta.names), n)
        if isinstance(result, Tensor) and result.dim() == 0:
            return result
        answer = read(result, n, subject.layout)
        assert not isinstance(answer, Tensor)
        return answer.mean

    with unvalidated():
        found = torch.vmap(one, randomness="different")(dict(theta.items()), torch.zeros(size))
    return _gradients(subject, theta, found.sum()) if found.dim() == 1 else found.detach()


class _ManyAtOnce(TorchFunctionMode):
    """Three things that vmap does not do well, for every call of many.

    It refuses ``torch.empty(n).normal_()``. ``zero`` differs from call to call as far as vmap knows. What is
    filled is a copy: code that goes on with the tensor that it filled in place, not with the result, gives
    other rows than single calls do. It clamps in place call by call: Torch's gamma draws end with that.
    And it refuses ``x[mask] = 0``, as there is no telling how much is written: Torch's geometric density
    has that.
    """

    def __init__(self, zero: Tensor) -> None:
        super().__init__()
        self.zero = zero

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        if name == "clamp_":
            return args[0].copy_(args[0].clamp(*args[1:], **kwargs))
        if name == "__setitem__" and _is_mask(args[1]) and isinstance(args[2], int | float):
            args[0].masked_fill_(args[1], args[2])
            return None
        if name not in _FILLS:
            return func(*args, **kwargs)
        try:
            return func(*args, **kwargs)
        except RuntimeError:  # of a tensor that all calls share
            return func(args[0] + self.zero.to(args[0].dtype), *args[1:], **kwargs)


_FILLS = {"normal_", "uniform_", "exponential_", "cauchy_", "log_normal_", "geometric_",
          "bernoulli_", "random_"}  # fmt: skip


def _is_mask(index: Any) -> bool:
    return isinstance(index, Tensor) and index.dtype == torch.bool


def _gradients(subject: Subject, theta: Leaves, surrogate: Tensor) -> Tensor:
    if not surrogate.requires_grad:
        raise BadResult("it returned a scalar that is detached")
    by_name = theta.gradient(surrogate)
    return torch.stack([by_name[name] for name in subject.problem.wrt], dim=-1)


def _columns(result: Any, n: int, layout: Layout) -> tuple[Tensor, bool]:
    """Gradients by expanded leaves, ``[n]`` each, as columns; and whether they are shares of a mean."""
    if isinstance(result, Tensor) and result.dim() == 2 and result.shape[1] == n != result.shape[0]:
        if not layout.fits(result.shape[0]):
            raise BadResult("it returns another number of gradients")
        return torch.stack(layout.choose(result.unbind(0)), dim=-1).detach().to(torch.float64), True
    answer = read(result, n, layout)
    if isinstance(answer, Tensor) or len(answer.rows) != n:
        raise BadResult("it averages over the samples itself")
    return answer.rows, not isinstance(result, Tensor)


@contextmanager
def unvalidated() -> Iterator[None]:
    """Distributions look at the values of their arguments, which vmap forbids; they were looked at before.

    What has no rule for many at once is slower, which is nothing to warn of.
    """
    before = Distribution._validate_args
    Distribution.set_default_validate_args(False)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "There is a performance drop")
            yield
    finally:
        Distribution.set_default_validate_args(before)
