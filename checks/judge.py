"""From evidence to a verdict: an estimator's mean against the exact gradient and its own exact mean."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from checks.diagnosis import diagnose
from checks.evidence.arrays import Array
from checks.evidence.exact import Exact
from checks.evidence.plan import Rates, resolution
from checks.evidence.sampling import Claim, Sampling
from checks.suite import Outcome
from checks.verdict import ByName, Verdict
from derive.proof import Proof, StatisticProof

# Torch's special functions are good to 1e-12, its trigamma to 5e-10 only; nothing smaller than this
# part of the gradient (or of a tenth of its spread) is claimed to be seen.
FLOOR = 1e-9
# The quadrature's own error estimates are upper bounds; this keeps a further distance.
MARGIN = 10.0
# Exact evidence is taken where it is at least this much finer than the resolution asked for.
FINER = 0.1


@dataclass(frozen=True, slots=True)
class Stated:
    """What is known of the estimator: arrays ``[p]`` in the order of ``wrt``, nan where nothing is known."""

    proof: Proof
    statistic: StatisticProof
    unbiased: bool
    # What the arithmetic of somebody's code may be off by, where that is known of the code itself.
    allowed: Array | None = None

    @property
    def gradient(self) -> Array:
        """What the mean is held against: of nearly all estimators the gradient itself."""
        aims = self.statistic.aims(self.proof.exact)
        return np.array([aims[name] for name in self.proof.wrt], dtype=float)

    @property
    def radius(self) -> Array:
        own = {name: said["radius"] for name, said in self.statistic.target.items()}
        known = {**self.proof.radius, **own}
        return np.array([known.get(name, 0.0) for name in self.proof.wrt], dtype=float)

    @property
    def mean(self) -> Array:
        """The estimator's own mean; of an unbiased one of which no mean is stated, the gradient."""
        own = self._array(self.statistic.mean)
        return np.where(np.isnan(own), self.gradient, own) if self.unbiased else own

    @property
    def variance(self) -> Array:
        return self._array(self.statistic.variance)

    @property
    def fourth(self) -> Array:
        return self._array(self.statistic.fourth)

    @property
    def allowance(self) -> Array:
        """The bias that the code's own arithmetic may have: its stated accuracy of the gradient's size."""
        if self.allowed is not None:
            return self.allowed
        own = np.array([self.statistic.accuracy.get(name, 0.0) for name in self.proof.wrt], dtype=float)
        spread = np.where(np.isfinite(self.variance), self.variance, 0.0)
        return own * np.sqrt(spread + np.nan_to_num(self.mean) ** 2)

    def by_name(self, values: Iterable[float]) -> dict[str, float | None]:
        """A mapping by parameter; None where a value is not a number."""
        return {n: None if math.isnan(v) else float(v) for n, v in zip(self.proof.wrt, values, strict=True)}

    def _array(self, values: ByName) -> Array:
        found = [values.get(name) for name in self.proof.wrt]
        return np.array([math.nan if v is None else v for v in found], dtype=float)


def exact_verdict(
    found: Exact, stated: Stated, relative: float, rates: Rates, floor: float = FLOOR
) -> Verdict | str:
    """The verdict of exact evidence, or why it is not fine enough to decide.

    No chance is in it: it keeps any ``rates``. ``floor`` is larger where the code rounds to fewer digits.
    """
    m = found.moments
    spread = np.sqrt(np.where(np.isfinite(m.variance), m.variance, 0.0))
    scale = np.maximum(np.abs(stated.gradient), 0.1 * spread)
    detectable = np.maximum(floor * scale, MARGIN * m.mean_error) + stated.radius
    wanted = FINER * resolution(stated.gradient, spread**2, relative)
    if not (detectable <= np.maximum(wanted, 1e-12)).all():
        return f"its quadrature did not settle: error {np.max(m.mean_error):.1e} after {m.nodes} nodes"
    detectable = detectable + stated.allowance
    bias = m.mean - stated.gradient
    refuted = bool((np.abs(bias) > detectable).any())
    as_stated = bool((np.abs(m.mean - stated.mean) <= detectable).all())
    outcome, reason = _outcome(refuted, as_stated, stated, found.describe() + _allowed(stated))
    odd = _odd_variance(found, stated)
    if odd and outcome in ("agrees", "refuted"):
        outcome, reason = "broken", odd
    return Verdict(
        outcome=outcome,
        evidence="exact",
        reason=reason,
        estimate=stated.by_name(m.mean),
        bias=stated.by_name(bias),
        detectable_bias=stated.by_name(detectable),
        variance_exact=stated.by_name(stated.variance),
        variance_estimate=stated.by_name(np.where(np.isfinite(m.variance_error), m.variance, math.nan)),
        false_fail_rate=rates.false_fail,
        false_pass_rate=rates.false_pass,
        as_stated=as_stated,
        diagnosis=_diagnosis(m.mean - detectable, m.mean + detectable, stated) if refuted else None,
    )


def _diagnosis(lower: Array, upper: Array, stated: Stated) -> dict[str, str] | None:
    return diagnose(lower, upper, stated.proof, aimed=bool(stated.statistic.target))


def _allowed(stated: Stated) -> str:
    """What is said of arithmetic that is not good to rounding."""
    if not stated.statistic.accuracy:
        return ""
    worst = max(stated.statistic.accuracy.values())
    return f"; its arithmetic is good to {worst:g} of the gradient's size, and a bias below that is its own"


def _odd_variance(found: Exact, stated: Stated) -> str | None:
    """A contradiction between the code's variance and the one that its statistic has: a bug of ours."""
    m, said = found.moments, stated.variance
    comparable = np.isfinite(said) & np.isfinite(m.variance_error)
    # A millionth: variances of statistics without a closed form are quadrature, believed to that.
    # A cost less its exact mean may be nothing but rounding, which every coordinate has its share of.
    slack = 1e-6 * np.abs(said) + MARGIN * m.variance_error + (FLOOR * np.abs(m.mean).max()) ** 2
    # An error of a part e of the size moves a second moment by 2 e, and the square of the mean by as much.
    size = np.sqrt(np.abs(np.where(comparable, said, 0.0)) + m.mean**2)
    slack = slack + 4.0 * stated.allowance * size
    with np.errstate(invalid="ignore"):
        wrong = comparable & (np.abs(m.variance - said) > slack)
    if not wrong.any():
        return None
    i = int(np.argmax(wrong))
    name = stated.proof.wrt[i]
    return f"the variance of the code for {name} is {m.variance[i]:.9g}, of its statistic {said[i]:.9g}"


def _outcome(refuted: bool, as_stated: bool, stated: Stated, basis: str) -> tuple[Outcome, str]:
    if not refuted and not as_stated and not np.isnan(stated.mean).any():
        return "broken", f"its mean is the gradient, but its statistic says otherwise; {basis}"
    if not refuted:
        return "agrees", basis
    if as_stated:
        return "refuted", f"biased by exactly as much as its statistic says; {basis}"
    return "refuted", f"its mean is neither the gradient nor that of its statistic; {basis}"


def claim(stated: Stated) -> Claim:
    """What the samples should show; without a variance for every coordinate, none is relied on."""
    variance, fourth = stated.variance, stated.fourth
    mean = np.where(np.isnan(stated.mean), stated.gradient, stated.mean)
    if np.isnan(variance).any():
        return Claim(mean, None)
    return Claim(mean, variance, None if np.isnan(fourth).any() else fourth)


def sampling_verdict(found: Sampling, stated: Stated, rates: Rates) -> Verdict:
    """The verdict of statistical evidence."""
    own_known = not np.isnan(stated.mean).any()
    as_stated = own_known and found.own == "agrees"
    reached = np.maximum(np.abs(found.upper - stated.gradient), np.abs(found.lower - stated.gradient))
    basis = f"{found.samples} samples" + (", variance estimated (asymptotic)" if found.asymptotic else "")
    outcome: Outcome = "inconclusive"
    if found.judgement == "agrees":
        outcome, reason = "agrees", f"within the resolution; {basis}"
    elif found.judgement == "refuted":
        outcome, reason = _outcome(True, as_stated, stated, basis)
    else:
        reason = f"the budget ended: the bias is below {_listed(stated, reached)}; {basis}"
    if found.spread == "refuted" and outcome in ("agrees", "refuted") and (as_stated or outcome == "agrees"):
        outcome, reason = "broken", f"the variance of the code is not the one of its statistic; {basis}"
    refuted = outcome == "refuted"
    return Verdict(
        outcome=outcome,
        evidence="sampling",
        reason=reason,
        estimate=stated.by_name(found.estimate),
        bias=stated.by_name(found.estimate - stated.gradient),
        detectable_bias=stated.by_name(reached if found.judgement == "undecided" else found.plan.delta),
        variance_exact=stated.by_name(stated.variance),
        variance_estimate=stated.by_name(found.variance),
        false_fail_rate=rates.false_fail,
        false_pass_rate=rates.false_pass,
        samples=found.samples,
        as_stated=as_stated,
        diagnosis=_diagnosis(found.lower, found.upper, stated) if refuted else None,
    )


def _listed(stated: Stated, values: Array) -> str:
    return ", ".join(f"{v:.2g} for {name}" for name, v in zip(stated.proof.wrt, values, strict=True))
