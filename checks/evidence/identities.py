"""What every estimator of a gradient of E[g] satisfies, whatever g is: checked without a closed form.

``d/dtheta E[1] = 0``, so a constant cost gives the mean zero (for a score: E[score] = 0); the gradient is
linear in the cost, so for the same draws an estimator without a nonlinear baseline is as well; a constant
added to the cost changes no mean. Each finding names what it found. None of them is a verdict: a control
variate fitted to the same samples is not linear, and may be meant so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from checks.evidence import student
from checks.evidence.arrays import Array
from checks.evidence.plan import FALSE_FAIL

# A cost as a function of samples and parameters.
Cost = Callable[[Tensor, Mapping[str, Tensor]], Tensor]
# The estimates of a cost for the same noise, ``[rows, p]``.
Estimates = Callable[[Cost], Array]
# Rounding of two ways to compute one number.
SAME = 1e-8


def other_cost(a: Tensor, _: object, columns: int) -> Tensor:
    """A bounded smooth cost that no integrand is a multiple of."""
    value = torch.cos(1.7 * a + 0.3)
    return value if columns == 1 else value.sum(-1)


def linearity(estimates: Estimates, cost: Cost, other: Cost, same: float = SAME) -> str | None:
    """Whether the estimate for the sum of two costs is the sum of their estimates, at the same noise."""
    g, h = estimates(cost), estimates(other)
    both = estimates(lambda a, t: cost(a, t) + other(a, t))
    double = estimates(lambda a, t: 2.0 * cost(a, t))
    scale = max(float(np.abs(x).max(initial=0.0)) for x in (g, h, both, double))
    allowed = same * max(scale, 1.0)
    if not (np.abs(double - 2.0 * g) <= allowed).all():
        power = _power(g, double, allowed)
        found = f": twice the cost gives {2**power} times the gradient" if power else ""
        return f"it is not linear in the cost for the same draws{found}"
    if not (np.abs(both - g - h) <= allowed).all():
        return "it is not linear in the cost for the same draws: est(g + h) is not est(g) + est(h)"
    return None


def _power(once: Array, twice: Array, allowed: float) -> int | None:
    """The k with ``twice = 2**k once``, if there is one."""
    for k in (0, 2, 3):
        if (np.abs(twice - 2.0**k * once) <= 2.0**k * allowed).all():
            return k
    return None


def dependence(estimates: Estimates, cost: Cost, other: Cost, same: float = SAME) -> str | None:
    """Whether the estimate depends on the cost, and on its scale, at all."""
    g = estimates(cost)
    allowed = same * max(float(np.abs(g).max(initial=0.0)), 1.0)
    if not g.any() or not (np.abs(estimates(lambda a, t: 2.0 * cost(a, t)) - g) <= allowed).all():
        return None
    if (np.abs(estimates(other) - g) <= allowed).all():
        return "it does not depend on the cost: another cost gives the same"
    return "twice the cost gives the same: it does not depend on the scale of the cost"


def constant_cost(mean: Array, slack: Array, names: tuple[str, ...]) -> str | None:
    """Whether the exact ``mean [p]`` for the cost 1 is zero up to ``slack [p]``."""
    wrong = np.abs(mean) > slack
    if not wrong.any():
        return None
    listed = ", ".join(f"{m:.6g} for {name}" for m, name, bad in zip(mean, names, wrong) if bad)
    return f"with the constant cost 1 its mean is {listed}, not 0 (E[score] = 0 is violated)"


def constant_cost_sampled(estimates: Array, names: tuple[str, ...]) -> str | None:
    """The same from calls ``[calls, p]``, by a t-test with a false alarm of ``FALSE_FAIL``."""
    evidence = student.log_evidence(student.unrounded(estimates, np.array(SAME)), np.ones(estimates.shape[1]))
    # Without spread one call decides.
    still = (estimates.std(0) == 0) & (np.abs(estimates.mean(0)) > SAME)
    wrong = still | (evidence >= np.log(estimates.shape[1] / FALSE_FAIL))
    if not wrong.any():
        return None
    listed = " and ".join(name for name, bad in zip(names, wrong) if bad)
    return f"with the constant cost 1 its mean for {listed} is not 0 (E[score] = 0 is violated)"


def permutation(
    estimate: Callable[[Array], Array], noise: Array, order: list[int], same: float = SAME
) -> str | None:
    """Whether the estimate is the same with its samples in another ``order`` of the columns of ``noise``."""
    one, two = estimate(noise), estimate(noise[:, order])
    if (np.abs(one - two) <= same * np.maximum(np.abs(one).max(initial=0.0), 1.0)).all():
        return None
    return "its result depends on the order of the samples"
