"""The noise of a family behind the draws that a call was sent: as it is, by quantiles, or of a finite law.

A submission may make its samples in any way. Only where the way is seen to be one that gives the law exactly,
draw by draw, is anything returned.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.bridge import compile_tree
from checks.evidence.arrays import Array
from checks.grading.drawing import Law
from checks.grading.remote import RemoteSubject
from checks.grading.wire import Reader
from checks.problem import Problem

# Samples in float32 are good to seven digits of their own size.
CLOSE = 1e-6
_BASES = {"normal": Law.NORMAL, "uniform": Law.UNIFORM, "exponential": Law.EXPONENTIAL}
# What is sent, as uniform numbers.
_UNIFORM: dict[int, Callable[[Tensor], Tensor]] = {
    Law.NORMAL: torch.special.ndtr,
    Law.UNIFORM: lambda u: u,
    Law.EXPONENTIAL: lambda e: -torch.expm1(-e),
}


def _laplace(b: Tensor) -> Tensor:
    return torch.where(b < 0, 0.5 * torch.exp(b), 1.0 - 0.5 * torch.exp(-b))


# Distribution functions of the standard noises, at the noise that a uniform number was made into.
_QUANTILES: dict[str, Callable[[Tensor], Tensor]] = {
    "uniform": lambda b: b,
    "normal": torch.special.ndtr,
    "exponential": lambda b: -torch.expm1(-b),
    "logistic": torch.sigmoid,
    "gumbel": lambda b: torch.exp(-torch.exp(-b)),
    "laplace": _laplace,
    "cauchy": lambda b: 0.5 + torch.atan(b) / math.pi,
}


def noise_of(subject: RemoteSubject, n: int) -> Tensor | None:
    """The noise ``[n]`` or ``[n, d]`` of the last call's samples, or the samples of a finite law."""
    problem = subject.problem
    # Whole numbers are drawn to seed generators, which makes no difference to what they are sent.
    served = [(request, x) for request, x in subject.served if request[0] != Law.WHOLE]
    if subject.oracle is None or not served:
        return None
    values = torch.cat([torch.from_numpy(x).reshape(-1) for _, x in served])
    asked = subject.oracle.asked
    points = torch.cat([x.reshape(-1) for x in asked]) if asked else None
    if problem.proof.trees.get("transport") is None:
        if points is None or len(points) != n or problem.dimension > 1:
            return None
        return points if _is_law(problem, served, points) else None
    return _behind(problem, served, values, points, n)


def _behind(
    problem: Problem, served: list[tuple[bytes, Array]], values: Tensor, points: Tensor | None, n: int
) -> Tensor | None:
    kinds = {request[0] for request, _ in served}
    law = problem.proof.trees.get("noise")
    columns = len(problem.noises) or 1
    if not isinstance(law, dict) or len(values) != n * columns:
        return None
    if kinds == {_base(law, columns)} or _is_gamma(law, kinds, problem, served):
        noise = values.reshape(n, columns) if columns > 1 else values
        with torch.no_grad():
            made = problem.transport(noise).reshape(-1)
        # Without a question, or with other ones, the estimate alone is what is compared.
        usual = points is None or len(points) != len(made) or _near(points, made)
        return noise if usual else None
    if len(kinds) == 1 and columns == 1 and points is not None and len(points) == n:
        u = _UNIFORM.get(kinds.pop())
        return None if u is None else _by_quantiles(problem, law["family"], u(values), points)
    return None


def _is_gamma(
    law: dict[str, Any], kinds: set[int], problem: Problem, served: list[tuple[bytes, Array]]
) -> bool:
    """Whether the noise is gamma, of the shape at the point, and was drawn so."""
    if law["family"] != "gamma" or kinds != {Law.GAMMA}:
        return False
    shape = compile_tree(law["parameters"][0])(problem.point).item()
    return all(_all_are(Reader(memoryview(request[1:])).array(), shape) for request, _ in served)


def _base(law: dict[str, Any], columns: int) -> Law | None:
    """The law of the entries of the noise, where they are independent and standard."""
    if law["family"] != "multivariate_normal":
        return _BASES.get(law["family"])
    identity = [float(i == j) for i in range(columns) for j in range(i + 1)]
    given = [float(Fraction(tree[1])) for tree in law["parameters"] if tree[0] == "num"]
    return Law.NORMAL if given == [0.0] * columns + identity else None


def _by_quantiles(problem: Problem, family: str, u: Tensor, points: Tensor) -> Tensor | None:
    """The noise behind samples that were made of uniform numbers, through an affine transport."""
    function = _QUANTILES.get(family)
    with torch.no_grad():
        at = torch.tensor([0.0, 1.0, 3.0], dtype=torch.float64)
        zero, one, three = problem.transport(at).tolist()
    if function is None or not math.isclose(three - zero, 3 * (one - zero), rel_tol=1e-12):
        return None
    noise = (points - zero) / (one - zero)
    p = function(noise)
    return noise if _near(p, u) or _near(p, 1.0 - u) else None


def _is_law(problem: Problem, served: list[tuple[bytes, Array]], points: Tensor) -> bool:
    """Whether the samples are the values that were drawn, from the family's own law."""
    drawn = torch.cat([torch.from_numpy(x).reshape(-1) for _, x in served])
    if len(drawn) != len(points) or not torch.equal(drawn, points):
        return False
    return all(_has_masses(problem, request) for request, _ in served)


def _has_masses(problem: Problem, request: bytes) -> bool:
    reader = Reader(memoryview(request))
    (law,) = reader.numbers("B")
    if law == Law.BERNOULLI:
        p = reader.array().reshape(-1)
        weights = np.stack([1.0 - p, p], axis=-1)
    elif law == Law.MULTINOMIAL:
        _, replacement = reader.numbers("IB")
        given = reader.array()
        if not replacement:
            return False
        weights = np.atleast_2d(given / given.sum(-1, keepdims=True))
    elif law in (Law.POISSON, Law.BINOMIAL):
        return _counts(problem, law, reader)
    else:
        return False
    support = torch.arange(weights.shape[-1], dtype=torch.float64)
    with torch.no_grad():
        masses = torch.exp(problem.log_density(support)).numpy()
    return bool(np.isclose(masses.sum(), 1.0, atol=CLOSE) and (np.abs(weights - masses) <= CLOSE).all())


def _counts(problem: Problem, law: int, reader: Reader) -> bool:
    """Whether the parameters of the draw are those of the point."""
    name = problem.proof.family
    if (law, name) == (Law.POISSON, "poisson"):
        return _all_are(reader.array(), problem.point.get("rate"))
    if (law, name) == (Law.BINOMIAL, "binomial"):
        counts, p = reader.array(), reader.array()
        return _all_are(counts, problem.point.get("n")) and _all_are(p, problem.point.get("p"))
    return False


def _all_are(values: Array, wanted: float | None) -> bool:
    return wanted is not None and bool((np.abs(values - wanted) <= CLOSE * abs(wanted)).all())


def _near(x: Tensor, y: Tensor) -> bool:
    return bool(torch.allclose(x, y, rtol=CLOSE, atol=CLOSE))
