"""Which known mistake has the mean, and where means coincide the variance, that a user's estimator has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from checks.evidence.arrays import Array
from checks.judge import Stated
from checks.mistakes import MISTAKES
from checks.user.judging import Judged
from derive.proof import Proof

# Variances of statistics without a closed form are quadrature, believed to a millionth.
SPREAD_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Match:
    """The one mistake that explains, or a remark on several that cannot be told apart."""

    diagnosis: dict[str, str] | None
    remark: str | None = None


def match(judged: Judged, stated: Stated, proof: Proof) -> Match:
    """The mistake whose exact mean is the estimator's, and no other's."""
    verdict, wrt = judged.verdict, proof.wrt
    mean = np.array([verdict.estimate[name] for name in wrt], dtype=float)
    slack = np.array([verdict.detectable_bias[name] for name in wrt], dtype=float)
    if verdict.evidence != "exact":
        return Match(dict(verdict.diagnosis) if verdict.diagnosis else None)
    fitting = [name for name in MISTAKES if _fits(_values(proof, name, "mean", wrt), mean, slack)]
    if len(fitting) > 1 and judged.known is not None and judged.known.additive:
        variance = judged.known.moments.variance
        close = SPREAD_TOLERANCE * np.maximum(variance, 1e-300) + slack**2
        alike = [name for name in fitting if _fits(_values(proof, name, "variance", wrt), variance, close)]
        fitting = alike or fitting
    if len(fitting) == 1:
        says = f"your mean equals the gradient {MISTAKES[fitting[0]].says}"
        return Match({"mistake": fitting[0], "says": says})
    if fitting:
        return Match(None, f"{_listed(fitting)} have this mean here: try another integrand to tell")
    return Match(None)


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
    return f"{', '.join(words[:-1])} and {words[-1]}"
