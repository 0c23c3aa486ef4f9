"""Do the points at which the integrand was asked follow the law? Their exact moments, by replayed noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from torch import Generator, Tensor

from checks.evidence.exact import NoExactEvidence, examine
from checks.problem import Problem
from checks.user.call import Subject
from checks.user.errors import UserError
from checks.user.probing import Probe
from derive.errors import NotApplicable

# Moments of a law by quadrature, of two codes: what rounding leaves.
SAME = 1e-6


def departure(subject: Subject, seen: Probe) -> str | None:
    """In what the samples that ``f`` was asked at differ from the law, in mean or standard deviation.

    Only for code that asks once, at ``n`` points of one dimension: others may ask elsewhere on purpose.
    """
    problem = subject.problem
    if seen.asked is None or seen.asked.dim() != 1 or problem.dimension > 1 or seen.hidden:
        return None
    try:
        theirs = _moments(lambda n, _: _asked(subject, n))
        ours = _moments(lambda n, generator: problem.sample(n, generator))
    except (NoExactEvidence, UserError, NotApplicable):
        return None
    wrong = [i for i in (0, 1) if abs(theirs[i] - ours[i]) > SAME * max(abs(ours[i]), ours[1], 1e-9)]
    if not wrong:
        return None
    names = ("mean", "standard deviation")
    said = [f"their {names[i]} is {_named(theirs[i], problem)}, not {ours[i]:.6g}" for i in wrong]
    law = f"{problem.proof.family}({', '.join(problem.point)})"
    return f"the samples do not follow {law}: {' and '.join(said)}"


def _asked(subject: Subject, n: int) -> Tensor:
    subject.call(n)
    assert subject.oracle is not None
    asked = subject.oracle.asked[0]
    if asked.shape != (n,):
        raise NoExactEvidence(f"f was asked at {list(asked.shape)} points for {n} samples")
    return asked


def _moments(sample: Callable[[int, Generator], Tensor]) -> tuple[float, float]:
    """Exact mean and standard deviation of independent samples."""
    found = examine(lambda n, generator: sample(n, generator).reshape(n, 1), 1).moments
    return float(found.mean[0]), math.sqrt(float(found.variance[0]))


def _named(value: float, problem: Problem) -> str:
    """The value, and a formula in the parameters that it equals, if one simple formula does."""
    if abs(value) < SAME:
        return "0"
    fits = [text for text, x in _formulas(problem.point) if abs(x - value) <= SAME * max(abs(value), 1e-9)]
    return f"{value:.6g} = {fits[0]}" if len(fits) == 1 else f"{value:.6g}"


def _formulas(point: Mapping[str, float]) -> list[tuple[str, float]]:
    found = [("1", 1.0)]
    for name, x in point.items():
        found += [(name, x), (f"{name}**2", x * x), (f"exp({name})", math.exp(min(x, 50.0)))]
        found += [(f"exp({name}/2)", math.exp(min(x / 2, 50.0)))]
        if x > 0:
            found += [(f"sqrt({name})", math.sqrt(x)), (f"1/{name}", 1 / x), (f"log({name})", math.log(x))]
            found += [(f"1/sqrt({name})", 1 / math.sqrt(x)), (f"2*{name}", 2 * x)]
    return found
