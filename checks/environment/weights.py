"""What estimators of objectives of several samples share: log-weights of K samples, in SymPy and in Torch.

``w_k = p(x, a_k)/q(a_k)``; the objective is ``log mean_k w_k``, whose slope by ``log w_k`` is the normalised
weight ``w_k/sum_j w_j``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sympy import Expr, Symbol
    from torch import Tensor

    from checks.estimator import Statistic
    from checks.problem import Parameters, Problem, Theta
    from derive.environment.copies import Copies
    from derive.expectation import Expectation

# pull(shares, k): the factor of the k-th log-weight's derivative, from the normalised weights.
Pull = Callable[[Any, int], Any]


def family_of(expectation: Expectation) -> Copies | None:
    """The law of the K samples; None where the expectation is no objective of weights."""
    from derive.environment.copies import Copies

    return expectation.family if isinstance(expectation.family, Copies) else None


def along_paths(expectation: Expectation, pull: Pull, explicit: bool) -> Statistic:
    """``sum_k pull_k d log w_k`` along each sample's path, and where theta stands in q if ``explicit``."""
    from checks.calculus import slope
    from checks.estimator import Statistic
    from checks.estimators.pathwise import transport_of

    family, transport = family_of(expectation), transport_of(expectation)
    assert family is not None  # refused before
    image = dict(zip(family.samples, transport.map, strict=True))
    weights = family.shares
    values = []
    for theta in expectation.wrt:
        total = 0 * theta
        for k, (a, log_w) in enumerate(zip(family.samples, family.log_weights, strict=True)):
            moved = slope(log_w, a) * image[a].diff(theta)
            held = slope(log_w, theta) if explicit else 0
            total += pull(weights, k) * (moved + held)
        values.append(total.xreplace(image))
    return Statistic(tuple(values), transport.noise, family.noise, closed=family.size == 1)


def sampled_paths(problem: Problem, n: int, generator: Any) -> tuple[Theta, Tensor]:
    """``theta`` and K samples ``[n, K]`` that follow it."""
    theta = problem.leaves(n)
    return theta, rows(problem.transport(problem.draw_noise(n, generator), theta))


def rows(a: Tensor) -> Tensor:
    """``[n, K]`` also of one sample each."""
    return a.unsqueeze(-1) if a.dim() == 1 else a


def log_weights(problem: Problem, a: Tensor, theta: Parameters) -> Tensor:
    """``log w_k`` ``[n, K]`` of samples ``[n, K]``."""
    return _by_sample(problem, "log_weight", a, theta)


def log_encoder(problem: Problem, a: Tensor, theta: Parameters) -> Tensor:
    """``log q(a_k)`` ``[n, K]``."""
    return _by_sample(problem, "log_encoder", a, theta)


def _by_sample(problem: Problem, name: str, a: Tensor, theta: Parameters) -> Tensor:
    import torch

    from checks.bridge import compile_tree

    tree = problem.proof.trees[name]
    assert isinstance(tree, list)
    function = compile_tree(tree)
    return torch.stack([function({**theta, "a": column}) for column in a.unbind(-1)], dim=-1)


def why_no_weights(expectation: Expectation, least: int = 1) -> str | None:
    """An expectation that is no objective of at least so many samples."""
    family = family_of(expectation)
    if family is None:
        return "it is for the objectives of a latent-variable model, such as those of latent_normal"
    if family.size < least:
        return f"it takes at least {least} samples, as in iwae({least})"
    return None


def why_no_paths(expectation: Expectation, least: int = 1) -> str | None:
    """The same, or an encoder whose samples are no function of fixed noise."""
    from checks.estimators import pathwise

    return why_no_weights(expectation, least) or pathwise.refuses(expectation)


def signals(family: Copies, own: bool) -> tuple[Expr, ...]:
    """VIMCO's: the objective less what it is with one log-weight replaced by the mean of the others'.

    With ``own`` the mean is over all, the log-weight itself among them, as it must not be.
    """
    from sympy import Add, exp, log

    found = family.log_weights
    whole = log(Add(*map(exp, found)))
    made = []
    for k in range(len(found)):
        others = [other for j, other in enumerate(found) if j != k]
        filled = Add(*found) / len(found) if own else Add(*others) / len(others)
        made.append(whole - log(Add(*map(exp, (*others, filled)))))
    return tuple(made)


def by_signals(expectation: Expectation, own: bool) -> Statistic:
    """``sum_k signal_k d log q(a_k) + sum_k share_k d log w_k`` at samples held fixed."""
    from checks.calculus import slope
    from checks.estimator import Statistic

    family = family_of(expectation)
    assert family is not None  # refused before
    values = tuple(
        sum(
            signal * _score(family, a, theta) + share * slope(log_w, theta)
            for signal, share, a, log_w in zip(
                signals(family, own), family.shares, family.samples, family.log_weights, strict=True
            )
        )
        for theta in expectation.wrt
    )
    return Statistic(values, family.law, family.samples, closed=family.lattice)


def _score(family: Copies, a: Symbol, theta: Symbol) -> Expr:
    from derive.terms import SAMPLE

    return family.single.log_density.diff(theta).xreplace({SAMPLE: a})


def signalled(problem: Problem, n: int, generator: Any, own: bool) -> Tensor:
    """The code of the same, by the surrogate ``sum_k stop_gradient(signal_k) log q(a_k) + log sum_k w_k``."""
    import torch

    theta = problem.leaves(n)
    a = rows(problem.sample(n, generator))
    log_w, log_q = log_weights(problem, a, theta), log_encoder(problem, a, theta)
    size = log_w.shape[-1]
    whole = torch.logsumexp(log_w, dim=-1)
    total = log_w.sum(-1, keepdim=True)
    filled = (total / size).expand_as(log_w) if own else (total - log_w) / (size - 1)
    left_out = torch.stack(
        [torch.logsumexp(_replaced(log_w, filled, k), dim=-1) for k in range(size)], dim=-1
    )
    signal = (whole.unsqueeze(-1) - left_out).detach()
    return problem.gradients((signal * log_q).sum(-1) + whole, theta)


def _replaced(log_w: Tensor, filled: Tensor, k: int) -> Tensor:
    """The log-weights with the k-th one filled in."""
    import torch

    columns = [(filled if i == k else log_w)[:, i] for i in range(log_w.shape[-1])]
    return torch.stack(columns, dim=-1)
