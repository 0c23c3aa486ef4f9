"""The tests of fixed size that libraries ship for their estimators, as procedures: n and a tolerance.

Only sizes and tolerances are theirs; what is tested here is one and the same estimator for all of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class FixedSize:
    """Passes when ``|estimate - exact| <= atol + rtol*|exact|`` for the mean of ``n`` samples."""

    name: str
    n: int
    rtol: float = 0.0
    atol: float = 0.0

    def tolerance(self, exact: float) -> float:
        return self.atol + self.rtol * abs(exact)

    def passes(self, estimate: float, exact: float) -> bool:
        return abs(estimate - exact) <= self.tolerance(exact)

    def chance(self, exact: float, deviation: float, bias: float = 0.0) -> float:
        """The probability that it passes an estimator that is too large by the factor ``1 + bias``.

        In the normal limit, with the deviation of one sample growing by the same factor.
        """
        error = (1.0 + bias) * deviation / math.sqrt(self.n)
        limit, off = self.tolerance(exact), bias * exact
        normal = NormalDist()
        return normal.cdf((limit - off) / error) - normal.cdf((-limit - off) / error)


# From the test suites of their repositories, as they stood when they were read.
SHIPPED = (
    FixedSize("Pyro, test_subsample_gradient", 50_000, atol=0.06),
    FixedSize("Pyro, test_plate", 200_000, atol=0.06),
    FixedSize("NumPyro, test_gradient", 10_000, atol=0.02),
    FixedSize("TFP, expectation_test (score function)", 100_000, rtol=0.05),
    FixedSize("TFP, csiszar_divergence_test (score trick)", 450_000, rtol=0.05),
    FixedSize("optax, score function, linear", 500_000, rtol=1e-2, atol=1e-2),
    FixedSize("optax, score function, quadratic", 500_000, atol=0.05),
    FixedSize("StochasticAD, triples", 100_000, rtol=0.05),
    FixedSize("mc_gradients, gradient_estimators_test", 1_000_000, rtol=0.1, atol=1e-3),
    FixedSize("GenJAX, test_adev (reparametrised normal)", 300, rtol=0.05),
    FixedSize("funsor, test_samplers", 50_000, atol=0.1),
)
