"""The variance figures of a survey, drawn again from exact variances: a normal measure and three costs.

Mohamed, Rosca, Figurnov, Mnih, Monte Carlo Gradient Estimation in Machine Learning (2020), section 3,
figures 2 and 3: (x - k)**2, exp(-k x**2) and cos(k x) under N(1, 1), over k, which were integrated
numerically there. Here they are closed forms but for one curve, of exp(-k x**2) by the weak derivative in
sigma, whose caption says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.comparison.rows import Question, compare
from checks.comparison.text import picture
from checks.site.content import Subject
from checks.site.gallery import Gallery
from derive.cache import Cache

# Their "variance reduction" is the optimal baseline for the score function, coupling for weak derivatives.
ESTIMATORS = ("score_function", "optimal_baseline", "pathwise", "measure_valued")
AT = (("k", "3"), ("mu", "1"), ("sigma", "1"))


@dataclass(frozen=True, slots=True)
class Cost:
    """One of the costs, and the values of k on the figure's axis."""

    integrand: str
    over: str


COSTS = (
    Cost("(a - k)**2", "k=-3:3:13"),
    Cost("exp(-k*a**2)", "k=1/10,3/20,1/5,3/10,1/2,7/10,1,3/2,2,3,5,7,10"),
    Cost("cos(k*a)", "k=1/2,3/5,7/10,17/20,1,6/5,3/2,9/5,11/5,27/10,33/10,4,5"),
)


def subject(cost: Cost) -> Subject:
    """The page on which the figure of the cost stands."""
    return Subject("measure-valued", "normal", cost.integrand, AT)


def survey(cost: Cost, cache: Cache, workers: int) -> Gallery:
    """The variances of the four estimators over k, by the mean and by the standard deviation."""
    at = "mu=1,sigma=1"
    asked = (Question("normal", cost.integrand, ESTIMATORS, at, cost.over, (wrt,)) for wrt in ("mu", "sigma"))
    return Gallery(tuple(picture(compare(q, cache, workers), q.wrt[0]) for q in asked if q.wrt))
