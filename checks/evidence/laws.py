"""How Torch's random operations are made of base noise, so that chosen values can take its place.

A draw is an affine or quantile transformation of a standard *base* variable (normal, uniform or
exponential), or one of finitely many values; a Poisson draw counts as such. Gamma and Dirichlet draws,
which Torch makes by rejection, are put at quantiles of their laws. Its own arguments (a mean, a rate,
probabilities) are read at the moment it is called: they may depend on earlier draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from checks import tails

Base = Literal["normal", "uniform", "exponential", "finite"]


class Unreplayable(Exception):
    """A random operation, or a way of using it, whose noise cannot be put at chosen values."""


@dataclass(frozen=True, slots=True)
class Served:
    """How one call is served: its base law, and the value and weight that a base value stands for.

    ``atoms`` counts the values of a finite law, 0 otherwise. ``value(base)`` is elementwise in the shape of
    the draw; ``weight(base)``, for finite laws, is the probability of each element's value. ``lost`` is by
    how many columns the base is narrower than the draw: one for a law on a simplex.
    """

    base: Base
    value: Callable[[Tensor], Tensor]
    atoms: int = 0
    weight: Callable[[Tensor], Tensor] | None = None
    lost: int = 0


Arguments = Mapping[str, Any]
# The chance of a Poisson variable's values that are left out.
TAIL = 1e-40


def _identity(base: Tensor) -> Tensor:
    return base


def _randn(_: Arguments) -> Served:
    return Served("normal", _identity)


def _rand(_: Arguments) -> Served:
    return Served("uniform", _identity)


def _normal(args: Arguments) -> Served:
    mean, std = args.get("mean", 0.0), args.get("std", 1.0)
    return Served("normal", lambda z: mean + std * z)


def _log_normal(args: Arguments) -> Served:
    return Served("normal", lambda z: torch.exp(args["mean"] + args["std"] * z))


def _uniform(args: Arguments) -> Served:
    low, high = args["from"], args["to"]
    return Served("uniform", lambda u: low + (high - low) * u)


def _exponential(args: Arguments) -> Served:
    return Served("exponential", lambda e: e / args["lambd"])


def _cauchy(args: Arguments) -> Served:
    return Served("exponential", lambda e: args["median"] + args["sigma"] * tails.cauchy(e))


def _standard_gamma(args: Arguments) -> Served:
    """The quantile of the law: what the operation's own gradient makes of a sample is the code's affair."""
    shape = args["self"].detach().to(torch.float64)
    return Served("normal", lambda z: tails.gamma(shape.expand(z.shape).numpy(), z))


def _dirichlet(args: Arguments) -> Served:
    """A stick that is broken, column after column: each piece is a beta part of what is left.

    Within the limits that Torch keeps to itself, so that no sample lies on the simplex's boundary.
    """
    alpha = args["self"].detach().to(torch.float64)
    limits = torch.finfo(args["self"].dtype)
    if alpha.shape[-1] < 2:
        raise Unreplayable("a Dirichlet law of one number has nothing to draw")

    def value(z: Tensor) -> Tensor:
        shapes = alpha.expand(*z.shape[:-1], alpha.shape[-1])
        left = torch.ones(z.shape[:-1], dtype=torch.float64)
        pieces = []
        for k in range(z.shape[-1]):
            own, others = shapes[..., k], shapes[..., k + 1 :].sum(-1)
            part, rest = tails.beta(own.numpy(), others.numpy(), z[..., k].contiguous())
            pieces.append(left * part)
            left = left * rest
        return torch.stack([*pieces, left], dim=-1).clamp(limits.tiny, 1.0 - limits.eps / 2.0)

    return Served("normal", value, lost=1)


def _bernoulli(args: Arguments) -> Served:
    p = args["p"] if "p" in args else args["self"].clone()
    return Served("finite", _identity, 2, lambda k: torch.where(k > 0.5, p, 1.0 - p).expand(k.shape))


def _randint(args: Arguments) -> Served:
    low, high = args.get("low", 0), args["high"]
    return Served("finite", lambda k: k + low, high - low, lambda k: torch.full_like(k, 1.0 / (high - low)))


def _random(args: Arguments) -> Served:
    if args.get("to") is None:
        raise Unreplayable("random_() without a bound has 2**53 values")
    return _randint({"low": args.get("from", 0), "high": args["to"]})


def _multinomial(args: Arguments) -> Served:
    if args["num_samples"] > 1 and not args["replacement"]:
        raise Unreplayable("multinomial without replacement: its samples depend on one another")
    p = args["self"] / args["self"].sum(-1, keepdim=True)
    return Served("finite", _identity, p.shape[-1], lambda k: torch.gather(p, -1, k.to(torch.int64)))


def _binomial(args: Arguments) -> Served:
    count, p = (args[name].detach().to(torch.float64) for name in ("count", "prob"))

    def weight(k: Tensor) -> Tensor:
        k = k.to(torch.float64)
        left = (count - k).clamp(min=0.0)
        ways = torch.lgamma(count + 1.0) - torch.lgamma(k + 1.0) - torch.lgamma(left + 1.0)
        chance = torch.exp(ways + torch.xlogy(k, p) + torch.special.xlog1py(left, -p))
        return torch.where(k <= count, chance, 0.0).expand(k.shape)

    return Served("finite", _identity, int(count.max()) + 1, weight)


def _poisson(args: Arguments) -> Served:
    rate = args["self"].detach().to(torch.float64)

    def weight(k: Tensor) -> Tensor:
        k = k.to(torch.float64)
        return torch.exp(torch.xlogy(k, rate) - rate - torch.lgamma(k + 1.0)).expand(k.shape)

    return Served("finite", _identity, _most_counts(float(rate.max())), weight)


def _most_counts(rate: float) -> int:
    """How many values a Poisson variable takes, but for a tail of chance ``TAIL``.

    So little that no integrand with a mean is noticed there.
    """
    from scipy import special

    beyond = np.ceil(rate) + np.arange(20.0 * math.sqrt(rate) + 200.0)
    return int(beyond[np.argmax(special.pdtrc(beyond, rate) < TAIL)]) + 1


_SERVERS: dict[str, Callable[[Arguments], Served]] = {
    "randn": _randn,
    "randn_like": _randn,
    "normal": _normal,
    "normal_": _normal,
    "log_normal_": _log_normal,
    "rand": _rand,
    "rand_like": _rand,
    "uniform_": _uniform,
    "uniform": _uniform,
    "exponential_": _exponential,
    "exponential": _exponential,
    "cauchy_": _cauchy,
    "bernoulli": _bernoulli,
    "bernoulli_": _bernoulli,
    "randint": _randint,
    "randint_like": _randint,
    "random_": _random,
    "multinomial": _multinomial,
    "binomial": _binomial,
    "poisson": _poisson,
    "_standard_gamma": _standard_gamma,
    "_sample_dirichlet": _dirichlet,
}


@cache
def is_random(operation: Any) -> bool:
    """Whether the operation draws from a generator."""
    return torch.Tag.nondeterministic_seeded in operation.tags


def serve(operation: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Served:
    """How this call is made of base noise; raises ``Unreplayable`` for operations that are not known here."""
    name = operation.overloadpacket.__name__
    if name not in _SERVERS:
        raise Unreplayable(f"it draws with '{name}', whose noise cannot be replayed")
    return _SERVERS[name](bind(operation, args, kwargs))


def bind(operation: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Arguments:
    """All arguments by their names in the operation's schema, defaults included."""
    names = [a.name for a in operation._schema.arguments]
    given = dict(zip(names, args, strict=False)) | dict(kwargs)
    defaults = {a.name: a.default_value for a in operation._schema.arguments if a.has_default_value()}
    return defaults | given
