"""The noise of a family behind the draws that a call was sent: as it is, made of others, or of a finite law.

A submission may make its samples in any way. Only where the way is seen to be one that gives the law exactly,
draw by draw, is anything returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.bridge import compile_tree
from checks.choosing import Choice, chosen
from checks.evidence.arrays import Array
from checks.grading.drawing import Law
from checks.grading.remote import RemoteSubject
from checks.grading.serving import NAMES
from checks.grading.wire import Reader
from checks.problem import Problem
from checks.quantiles import noises

# Samples in float32 are good to seven digits of their own size.
CLOSE = 1e-6
_BASES = {"normal": Law.NORMAL, "uniform": Law.UNIFORM, "exponential": Law.EXPONENTIAL}


@dataclass(frozen=True, slots=True)
class Noise:
    """``values [n]`` or ``[n, d]`` of the noise, or samples of a finite law; ``choice`` made these.

    Where there is a ``choice``, its edges remain to be looked at.
    """

    values: Tensor
    choice: Choice | None = None


def noise_of(subject: RemoteSubject, n: int) -> Noise | None:
    """What is behind the last call's samples; None where it is not seen to have the law."""
    problem = subject.problem
    # Whole numbers are drawn to seed generators, which makes no difference to what they are sent.
    served = [(request, x) for request, x in subject.served if request[0] != Law.WHOLE]
    if subject.oracle is None or not served:
        return None
    values = torch.cat([torch.from_numpy(x).reshape(-1) for _, x in served])
    points = subject.oracle.samples(n * problem.dimension)
    if problem.proof.trees.get("transport") is None:
        if points is None or len(points) != n or problem.dimension > 1:
            return None
        return _finite(problem, served, values, points)
    found = _behind(problem, served, values, points, n)
    return None if found is None else Noise(found)


def _finite(
    problem: Problem, served: list[tuple[bytes, Array]], values: Tensor, points: Tensor
) -> Noise | None:
    if _is_law(problem, served, points):
        return Noise(points)
    kinds = {request[0] for request, _ in served}
    choice = chosen(problem, NAMES.get(kinds.pop(), ""), values, points) if len(kinds) == 1 else None
    return None if choice is None else Noise(points, choice)


def _behind(
    problem: Problem, served: list[tuple[bytes, Array]], values: Tensor, points: Tensor | None, n: int
) -> Tensor | None:
    kinds = {request[0] for request, _ in served}
    law = problem.proof.trees.get("noise")
    columns = len(problem.noises) or 1
    if not isinstance(law, dict):
        return None
    direct = len(values) == n * columns
    if direct and (kinds == {_base(law, columns)} or _is_gamma(law, kinds, problem, served)):
        noise = values.reshape(n, columns) if columns > 1 else values
        with torch.no_grad():
            made = problem.transport(noise).reshape(-1)
        # Without a question, or with other ones, the estimate alone is what is compared.
        if points is None or len(points) != len(made) or _near(points, made):
            return noise
    if len(kinds) == 1 and columns == 1 and points is not None and len(points) == n:
        return _made(problem, law["family"], NAMES.get(kinds.pop(), ""), values, points)
    return None


def _made(problem: Problem, family: str, base: str, values: Tensor, points: Tensor) -> Tensor | None:
    """The noise that the samples are transports of, made of other noise in one of the usual ways."""
    with torch.no_grad():
        for noise in noises(family, base, values, len(points)):
            if _near(problem.transport(noise), points):
                return noise
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
