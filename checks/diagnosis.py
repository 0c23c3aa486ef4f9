"""Which known mistake a wrong mean is the mean of."""

from __future__ import annotations

import numpy as np

from checks.evidence.arrays import Array
from checks.mistakes import MISTAKES, distinct
from derive.proof import Proof


def diagnose(lower: Array, upper: Array, proof: Proof, aimed: bool = False) -> dict[str, str] | None:
    """The one mistake whose exact mean lies between the bounds ``[p]``, if there is just one.

    Known are the means that the proof holds. Mistakes that share a mean here cannot be told apart, and
    none of them is named. Where it is not the gradient that was ``aimed`` at, mistakes of such estimators
    are looked through as well.
    """
    known = [name for name in MISTAKES if aimed or MISTAKES[name].target is None]
    survivors = distinct([name for name in known if _fits(name, lower, upper, proof)])
    if len(survivors) != 1:
        return None
    return {"mistake": survivors[0], "says": f"your mean equals the gradient {MISTAKES[survivors[0]].says}"}


def _fits(name: str, lower: Array, upper: Array, proof: Proof) -> bool:
    stated = proof.statistics.get(name)
    if stated is None or any(stated.mean.get(parameter) is None for parameter in proof.wrt):
        return False
    mean = np.array([stated.mean[parameter] for parameter in proof.wrt], dtype=float)
    return bool(((lower <= mean) & (mean <= upper)).all())
