"""The same gradients by libraries that estimate them, where they are installed (``gradproof[peers]``).

Each run takes ``n`` samples and returns the averaged gradient by the parameters, in the precision of ours.
Pyro has no expectation but an ELBO: its runs estimate ``E[g(a) + log q(a)]``, the entropy being part of it,
and ``wanted`` says so.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor

MU, SIGMA = 0.7, 1.3
LOGITS, COSTS = (0.4, -0.75, 7.0 / 6.0), (1.0, 2.0, 5.0)

Averaged = Callable[[int], Tensor]


@dataclass(frozen=True, slots=True)
class Peer:
    """``runs`` by what is estimated; ``says`` what a run computes; ``absent`` why it does not run."""

    name: str
    says: str = ""
    runs: tuple[tuple[str, Averaged], ...] = ()
    entropy: bool = False
    absent: str = ""


def leaves(values: Sequence[float]) -> list[Tensor]:
    return [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]


def logits() -> Tensor:
    return torch.tensor(LOGITS, dtype=torch.float64, requires_grad=True)


def gradients(*of: Tensor) -> Tensor:
    """What a backward pass left, flat."""
    found = [leaf.grad for leaf in of]
    assert all(g is not None for g in found)
    return torch.cat([g.reshape(-1) for g in found if g is not None])


def wanted(what: str, entropy: bool) -> list[float]:
    """The exact gradient of ``E[g(a)]``, or of ``E[g(a) + log q(a)]``."""
    if what.startswith("normal"):
        return [2.0 * MU, 2.0 * SIGMA - (1.0 / SIGMA if entropy else 0.0)]
    p = [math.exp(v) for v in LOGITS]
    p = [v / sum(p) for v in p]
    costs = [c + (math.log(q) if entropy else 0.0) for c, q in zip(COSTS, p, strict=True)]
    mean = sum(c * q for c, q in zip(costs, p, strict=True))
    return [q * (c - mean) for c, q in zip(costs, p, strict=True)]


def storchastic() -> Peer:
    """Storchastic: the method samples, ``add_cost`` and ``backward`` give the averaged gradient."""
    try:
        storch = _imported("storch")
    except Exception as error:
        return Peer("Storchastic", absent=_why("Storchastic", error))

    def normal(method: str) -> Averaged:
        def run(n: int) -> Tensor:
            mu, sigma = leaves((MU, SIGMA))
            a = getattr(storch.method, method)("a", n_samples=n)(torch.distributions.Normal(mu, sigma))
            storch.add_cost(a**2, "cost")
            storch.backward()
            return gradients(mu, sigma)

        return run

    def categorical(n: int) -> Tensor:
        phi, costs = logits(), torch.tensor(COSTS, dtype=torch.float64)
        law = torch.distributions.OneHotCategorical(logits=phi)
        a = storch.method.ScoreFunction("a", n_samples=n)(law)
        storch.add_cost((a * costs).sum(-1), "cost")
        storch.backward()
        return gradients(phi)

    runs = (
        ("normal, pathwise", normal("Reparameterization")),
        ("normal, score function", normal("ScoreFunction")),
        ("categorical, score function", categorical),
    )
    return Peer(
        "Storchastic",
        f"{version('storchastic')} computes the averaged gradient of E[g(a)], with its graph of plates",
        runs,
    )


def pyro() -> Peer:
    """Pyro: ``Trace_ELBO`` with the cost as a factor and the prior masked out."""
    try:
        library = _imported("pyro")
        dist = _imported("pyro.distributions")
        fakes = _imported("pyro.distributions.testing.fakes")
        infer = _imported("pyro.infer")
    except Exception as error:
        return Peer("Pyro", absent=_why("Pyro", error))

    def estimate(n: int, law: Any, prior: Any, cost: Callable[[Tensor], Tensor]) -> None:
        def model() -> None:
            with library.plate("n", n):
                library.factor("cost", -cost(library.sample("a", prior.mask(False))))

        def guide() -> None:
            with library.plate("n", n):
                library.sample("a", law)

        infer.Trace_ELBO().differentiable_loss(model, guide).backward()

    def normal(kind: Any) -> Averaged:
        def run(n: int) -> Tensor:
            mu, sigma = leaves((MU, SIGMA))
            zero, one = torch.zeros_like(mu), torch.ones_like(sigma)
            estimate(n, kind(mu, sigma), dist.Normal(zero, one), lambda a: a**2)
            return gradients(mu, sigma) / n

        return run

    def categorical(n: int) -> Tensor:
        phi, costs = logits(), torch.tensor(COSTS, dtype=torch.float64)
        prior = dist.Categorical(logits=torch.zeros_like(phi))
        estimate(n, dist.Categorical(logits=phi), prior, lambda a: costs[a])
        return gradients(phi) / n

    runs = (
        ("normal, pathwise", normal(dist.Normal)),
        ("normal, score function", normal(fakes.NonreparameterizedNormal)),
        ("categorical, score function", categorical),
    )
    says = "the averaged gradient of E[g(a) + log q(a)] by Trace_ELBO, the prior masked out"
    says = f"{version('pyro-ppl')} computes {says}"
    return Peer("Pyro", says, runs, entropy=True)


def peers() -> tuple[Peer, ...]:
    return storchastic(), pyro()


def _imported(name: str) -> Any:
    """The module; what it warns of while it is imported is not our user's concern."""
    from importlib import import_module

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module(name)


def _why(name: str, error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"{name}: skipped: not installed (pip install 'gradproof[peers]'): {error}"
    return f"{name}: skipped: it does not import here: {type(error).__name__}: {error}"
