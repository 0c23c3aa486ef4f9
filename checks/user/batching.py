"""Many values of the noise in one call: by parameters with a copy for each sample, or by ``torch.vmap``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution

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

    def one(values: dict[str, Tensor]) -> Tensor:
        result = subject.raw(Leaves(values, theta.names), n)
        if isinstance(result, Tensor) and result.dim() == 0:
            return result
        answer = read(result, n, subject.layout)
        assert not isinstance(answer, Tensor)
        return answer.mean

    with unvalidated():
        found = torch.vmap(one, randomness="different")(dict(theta.items()))
    return _gradients(subject, theta, found.sum()) if found.dim() == 1 else found.detach()


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
    """Distributions look at the values of their arguments, which vmap forbids; they were looked at before."""
    before = Distribution._validate_args
    Distribution.set_default_validate_args(False)
    try:
        yield
    finally:
        Distribution.set_default_validate_args(before)
