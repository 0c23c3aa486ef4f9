"""NumPy's and Python's generators inside a sealed child, made of Torch's draws, which the grader serves.

So an estimator that draws with ``np.random`` or ``random`` can be replayed like any other. Only the zygote
and its children are changed, which run nothing but submissions; the grader's own process never is. Laws that
are not here draw as they always did, and the estimator is then judged by sampling.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

_F64 = torch.float64
MOST_WHOLE = 1000
_Size = Any


def serve() -> None:
    """From now on, in this process and its children."""
    for name in ("normal", "standard_normal", "uniform", "exponential", "standard_exponential", "laplace",
                 "logistic", "gumbel"):  # fmt: skip
        setattr(np.random, name, globals()[f"_{name}"])
    for name in ("random", "random_sample", "ranf", "sample"):
        setattr(np.random, name, _random)
    np.random.randn = lambda *shape: _standard_normal(shape or None)
    np.random.rand = lambda *shape: _random(shape or None)
    np.random.binomial = _binomial_or(np.random.binomial)
    np.random.choice = _choice_or(np.random.choice)
    np.random.randint = _whole_or(np.random.randint)
    np.random.poisson, np.random.geometric = _poisson, _geometric
    np.random.default_rng = _Served
    random.random = lambda: float(_random())
    random.gauss = random.normalvariate = _gauss
    random.uniform = lambda a, b: a + (b - a) * float(_random())
    random.expovariate = _expovariate
    random.choices = _choices


class _Served(np.random.Generator):
    """``np.random.default_rng``; a seed is taken, and makes no difference to the laws that are served."""

    def __init__(self, seed: Any = None) -> None:
        if isinstance(seed, np.random.BitGenerator):
            super().__init__(seed)
        else:
            super().__init__(np.random.PCG64(seed if not isinstance(seed, np.random.Generator) else None))

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: _Size = None) -> Any:
        return _normal(loc, scale, size)

    def standard_normal(self, size: _Size = None, dtype: Any = float, out: Any = None) -> Any:
        return _standard_normal(size) if out is None else super().standard_normal(size, dtype, out)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: _Size = None) -> Any:
        return _uniform(low, high, size)

    def random(self, size: _Size = None, dtype: Any = float, out: Any = None) -> Any:
        return _random(size) if out is None else super().random(size, dtype, out)

    def exponential(self, scale: Any = 1.0, size: _Size = None) -> Any:
        return _exponential(scale, size)

    def standard_exponential(self, size: _Size = None, *more: Any, **named: Any) -> Any:
        return (
            super().standard_exponential(size, *more, **named)
            if more or named
            else _standard_exponential(size)
        )

    def laplace(self, loc: Any = 0.0, scale: Any = 1.0, size: _Size = None) -> Any:
        return _laplace(loc, scale, size)

    def logistic(self, loc: Any = 0.0, scale: Any = 1.0, size: _Size = None) -> Any:
        return _logistic(loc, scale, size)

    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: _Size = None) -> Any:
        return _gumbel(loc, scale, size)

    def binomial(self, n: Any, p: Any, size: _Size = None) -> Any:
        return _binomial_or(super().binomial)(n, p, size)

    def choice(
        self, a: Any, size: _Size = None, replace: bool = True, p: Any = None, *more: Any, **named: Any
    ) -> Any:
        return _choice_or(super().choice)(a, size, replace, p, *more, **named)

    def integers(self, low: Any, high: Any = None, size: _Size = None, *more: Any, **named: Any) -> Any:
        return _whole_or(super().integers)(low, high, size, *more, **named)

    def poisson(self, lam: Any = 1.0, size: _Size = None) -> Any:
        return _poisson(lam, size)

    def geometric(self, p: Any, size: _Size = None) -> Any:
        return _geometric(p, size)


def _shape(size: _Size, *parameters: Any) -> tuple[int, ...]:
    if size is None:
        return np.broadcast_shapes(*(np.shape(p) for p in parameters))
    return (int(size),) if np.ndim(size) == 0 else tuple(int(s) for s in size)


def _plain(x: torch.Tensor) -> Any:
    return x.numpy() if x.dim() else x.item()


def _standard_normal(size: _Size = None) -> Any:
    return _plain(torch.randn(_shape(size), dtype=_F64))


def _random(size: _Size = None) -> Any:
    return _plain(torch.rand(_shape(size), dtype=_F64))


def _standard_exponential(size: _Size = None) -> Any:
    return _plain(torch.empty(_shape(size), dtype=_F64).exponential_())


def _normal(loc: Any = 0.0, scale: Any = 1.0, size: _Size = None) -> Any:
    return np.asarray(loc) + np.asarray(scale) * _standard_normal(_shape(size, loc, scale))


def _uniform(low: Any = 0.0, high: Any = 1.0, size: _Size = None) -> Any:
    return np.asarray(low) + (np.asarray(high) - low) * _random(_shape(size, low, high))


def _exponential(scale: Any = 1.0, size: _Size = None) -> Any:
    return np.asarray(scale) * _standard_exponential(_shape(size, scale))


def _laplace(loc: Any = 0.0, scale: Any = 1.0, size: _Size = None) -> Any:
    u = _random(_shape(size, loc, scale)) - 0.5
    return np.asarray(loc) - np.asarray(scale) * np.sign(u) * np.log1p(-2.0 * np.abs(u))


def _logistic(loc: Any = 0.0, scale: Any = 1.0, size: _Size = None) -> Any:
    u = np.asarray(_random(_shape(size, loc, scale)))
    return np.asarray(loc) + np.asarray(scale) * (np.log(u) - np.log1p(-u))


def _gumbel(loc: Any = 0.0, scale: Any = 1.0, size: _Size = None) -> Any:
    return np.asarray(loc) - np.asarray(scale) * np.log(_standard_exponential(_shape(size, loc, scale)))


def _binomial_or(other: Callable[..., Any]) -> Callable[..., Any]:
    """Single coins are served; more of them, as before."""

    def binomial(n: Any, p: Any, size: _Size = None) -> Any:
        if np.ndim(n) or n != 1:
            return other(n, p, size)
        p = torch.as_tensor(np.broadcast_to(np.asarray(p, dtype=float), _shape(size, p)).copy())
        return _plain(torch.bernoulli(p).to(torch.int64))

    return binomial


def _choice_or(other: Callable[..., Any]) -> Callable[..., Any]:
    """One of a list, with given chances or equal ones; without replacement, as before."""

    def choice(
        a: Any, size: _Size = None, replace: bool = True, p: Any = None, *more: Any, **named: Any
    ) -> Any:
        if more or named or not replace or np.ndim(a) > 1 or np.size(a) == 0:
            return other(a, size, replace, p, *more, **named)
        listed = np.arange(a) if np.ndim(a) == 0 else np.asarray(a)
        if not len(listed):
            return other(a, size, replace, p)
        weights = np.full(len(listed), 1.0 / len(listed)) if p is None else np.asarray(p, dtype=float)
        if weights.shape != listed.shape or abs(weights.sum() - 1.0) > 1e-8:
            return other(a, size, replace, p)  # which says what is wrong
        return listed[_indices(weights, _shape(size))]

    return choice


def _whole_or(other: Callable[..., Any]) -> Callable[..., Any]:
    """Whole numbers of a small range; of a large one, as for seeds, as before."""

    def whole(low: Any, high: Any = None, size: _Size = None, *more: Any, **named: Any) -> Any:
        ends = (0, low) if high is None else (low, high)
        if more or named or np.ndim(low) or np.ndim(high) or not 0 < ends[1] - ends[0] <= MOST_WHOLE:
            return other(low, high, size, *more, **named)
        return _plain(torch.randint(int(ends[0]), int(ends[1]), _shape(size)))

    return whole


def _indices(weights: Any, shape: tuple[int, ...]) -> Any:
    count = max(int(np.prod(shape)), 1)
    drawn = torch.multinomial(torch.as_tensor(weights, dtype=_F64), count, replacement=True)
    return drawn.numpy().reshape(shape) if shape else int(drawn[0])


def _choices(population: Any, weights: Any = None, *, cum_weights: Any = None, k: int = 1) -> list[Any]:
    if cum_weights is not None:
        weights = np.diff(np.asarray(cum_weights, dtype=float), prepend=0.0)
    given = np.ones(len(population)) if weights is None else np.asarray(weights, dtype=float)
    return [population[i] for i in _indices(given, (k,)).tolist()] if k else []


def _poisson(lam: Any = 1.0, size: _Size = None) -> Any:
    rates = np.broadcast_to(np.asarray(lam, dtype=float), _shape(size, lam)).copy()
    return _plain(torch.poisson(torch.as_tensor(rates)).to(torch.int64))


def _geometric(p: Any, size: _Size = None) -> Any:
    u = np.asarray(_random(_shape(size, p)))
    found = 1 + np.floor(np.log1p(-u) / np.log1p(-np.asarray(p))).astype(np.int64)
    return found if found.ndim else int(found)


def _gauss(mu: float = 0.0, sigma: float = 1.0) -> float:
    return float(mu + sigma * _standard_normal())


def _expovariate(lambd: float = 1.0) -> float:
    return float(_standard_exponential()) / lambd
