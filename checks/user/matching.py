"""Which known mistake has the mean, and where means coincide the variance, that a user's estimator has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from checks.evidence.arrays import Array
from checks.mistake import Mistake
from checks.mistakes import MISTAKES, distinct
from checks.user.judging import Judged
from checks.verdict import Verdict
from derive.proof import Proof
from derive.registry import Registry

# Variances of statistics without a closed form are quadrature, believed to a millionth.
SPREAD_TOLERANCE = 1e-5
MOST_NAMED = 3
# A bias that is known to this part of itself is seldom another's by chance. Bounds by samples are wide, and
# those of quadrature may be.
SHARP = 0.02


@dataclass(frozen=True, slots=True)
class Match:
    """The one mistake that explains, or a remark on several that cannot be told apart."""

    diagnosis: dict[str, str] | None
    remark: str | None = None


def match(
    judged: Judged,
    proof: Proof,
    mistakes: Registry[Mistake] = MISTAKES,
    what: str = "gradient",
) -> Match:
    """The one of the ``mistakes`` whose exact mean is the estimator's, and no other's."""
    wrt = proof.wrt
    lower, upper = judged.bounds or _around(judged.verdict, wrt)
    mean, slack = (lower + upper) / 2, (upper - lower) / 2
    # Those that spoil another aim than the gradient, such as the natural one, explain nothing here.
    known = [name for name in mistakes if mistakes[name].target is None]
    fitting = [name for name in known if _fits(_values(proof, name, "mean", wrt), mean, slack)]
    if judged.known is not None and judged.known.additive:
        fitting = [name for name in fitting if mistakes[name].call == 1]  # samples do not interact
        variance = judged.known.moments.variance
        spread = {name: _values(proof, name, "variance", wrt) for name in fitting}
        fitting = [name for name in fitting if not _differ_in_kind(spread[name], variance)]
        close = SPREAD_TOLERANCE * np.maximum(variance, 1e-300) + slack**2
        fitting = [name for name in fitting if _fits(spread[name], variance, close)] or fitting
    fitting = distinct(fitting, mistakes)
    off = np.abs(mean - np.array([proof.exact[name] for name in wrt], dtype=float))
    if not (slack <= SHARP * off).any():
        how = "by samples" if judged.bounds else "as far as the quadrature tells"
        return Match(None, f"{_listed(fitting)} may have this mean, {how}" if fitting else None)
    if len(fitting) == 1:
        how = "as far as samples tell, " if judged.bounds else ""
        says = f"{how}your mean equals the {what} {mistakes[fitting[0]].says}"
        return Match({"mistake": fitting[0], "says": says})
    if len(fitting) > MOST_NAMED:
        return Match(
            None, f"{len(fitting)} known mistakes have this mean here: try another integrand to tell"
        )
    if fitting:
        return Match(None, f"{_listed(fitting)} have this mean here: try another integrand to tell")
    return Match(None)


def _around(verdict: Verdict, wrt: tuple[str, ...]) -> tuple[Array, Array]:
    mean = np.array([verdict.estimate[name] for name in wrt], dtype=float)
    slack = np.array([verdict.detectable_bias[name] for name in wrt], dtype=float)
    return mean - slack, mean + slack


def _differ_in_kind(stated: Array | None, found: Array) -> bool:
    """Whether one of the two is constant in a coordinate in which the other is not."""
    if stated is None:
        return False
    scale = max(float(np.abs(found).max()), 1e-300)
    return bool(((stated > 1e-12 * scale) != (found > 1e-12 * scale)).any())


def _values(proof: Proof, name: str, what: str, wrt: tuple[str, ...]) -> Array | None:
    stated = proof.statistics.get(name)
    if stated is None:
        return None
    found = [getattr(stated, what).get(parameter) for parameter in wrt]
    return None if any(v is None for v in found) else np.array(found, dtype=float)


def _fits(values: Array | None, target: Array, slack: Array) -> bool:
    return values is not None and bool((np.abs(values - target) <= slack).all())


def _listed(names: list[str]) -> str:
    words = [name.replace("_", " ") for name in names]
    return f"{', '.join(words[:-1])} and {words[-1]}" if words[1:] else words[0]
