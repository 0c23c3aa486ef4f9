"""Variances of whole estimates, put on one scale: ``n`` times that of the estimate of ``n`` samples.

Of an estimator whose samples are independent that is the variance of one of them, whatever ``n`` is. Where
samples meet, as in leave-one-out, it depends on ``n``, and two estimators are compared at the same one.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from torch import Generator, Tensor

from checks.evidence.arrays import Array
from checks.evidence.exact import NoExactEvidence, examine
from checks.grading.findings import stated_as
from checks.grading.identity import LEAVE_ONE_OUT
from checks.mistakes import estimator_called
from checks.problem import Problem
from derive.errors import DeriveError
from derive.proof import Proof


def spread(proof: Proof, name: str, n: int) -> Array:
    """``n`` times the variance of that estimator's estimates of ``n`` samples; nan where it is not known."""
    if name == LEAVE_ONE_OUT:
        return _leave_one_out(_Key(proof), n)
    each = estimator_called(name).call
    found: Array = each * stated_as(proof, name).variance
    return found


class _Key:
    """A proof as the key of a cache: the object itself."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.proof is self.proof

    def __hash__(self) -> int:
        return id(self.proof)


def _leave_one_out(key: _Key, n: int) -> Array:
    """It is a U-statistic of pairs: its variances at 2 and 3 samples give that at any number.

    ``Var_n = (4 (n - 2) z_1 + 2 z_2) / (n (n - 1))`` (Hoeffding 1948, section 5).
    """
    two, three = _moments(key)
    of_pairs, of_one = two, (6.0 * three - 2.0 * two) / 4.0
    return (4.0 * (n - 2) * of_one + 2.0 * of_pairs) / (n - 1) if n > 1 else np.full_like(two, np.nan)


@lru_cache(maxsize=64)
def _moments(key: _Key) -> tuple[Array, Array]:
    """The variances of the estimates of two and of three samples, by quadrature of our own code."""
    problem = Problem(key.proof)
    try:
        found = [examine(partial(_rows, problem, k), len(problem.wrt)).moments.variance for k in (2, 3)]
    except (NoExactEvidence, DeriveError):
        found = [np.full(len(problem.wrt), np.nan)] * 2
    return found[0], found[1]


def _rows(problem: Problem, copies: int, n: int, generator: Generator) -> Tensor:
    """``n`` estimates of so many samples, ``[n, p]``."""
    theta, a = problem.leaves(n, copies), problem.sample(n, generator, copies)
    cost = problem.f(a, theta)
    others = (cost.sum(1, keepdim=True) - cost) / (copies - 1)
    surrogate = (cost - others).detach() * problem.log_density(a, theta) + cost
    return problem.gradients(surrogate.mean(1), theta)
