"""Measure-valued (weak) derivatives: dp/dtheta = c (p+ - p-), two costs and no gradient of g.

Coupled halves, and halves drawn apart; steps of the integrand do no harm. Refuted are the constant left
out, the halves swapped, and distances of the wrong scale.
"""

from __future__ import annotations

from checks.suite import CheckSpec

Names = tuple[str, ...] | None
Point = tuple[tuple[str, str], ...]


def _agrees(
    family: str, integrand: str, wrt: Names = None, estimator: str = "measure_valued", at: Point = ()
) -> CheckSpec:
    return CheckSpec("measure-valued", family, integrand, estimator, at, wrt)


def _refuted(family: str, integrand: str, estimator: str, wrt: Names = None) -> CheckSpec:
    return CheckSpec("measure-valued", family, integrand, estimator, wrt=wrt, expected="refuted")


_APART = "measure_valued_independent"
_SURVEY = (("k", "3"), ("mu", "1"), ("sigma", "1"))

SUITE = (
    _agrees("normal", "a**2", ("mu",)),
    _agrees("normal", "a**2", ("mu",), _APART),
    _agrees("normal", "a**2 + a", ("sigma",)),
    _agrees("normal", "a**2 + a", ("sigma",), _APART),
    _agrees("normal", "cos(a)", ("mu",)),
    _agrees("normal", "exp(a/2)", ("mu",)),  # monotone: the coupled halves vary more
    _agrees("normal", "exp(a/2)", ("mu",), _APART),
    _agrees("normal", "Heaviside(a - 1)", ("mu",)),  # a step does no harm
    _agrees("normal", "mu*a**2", ("mu",)),
    # The costs of the survey by Mohamed et al. 2020, figures 2 and 3, whose variances the documents draw.
    _agrees("normal", "(a - k)**2", at=_SURVEY),
    _agrees("normal", "exp(-k*a**2)", at=_SURVEY),
    _agrees("normal", "cos(k*a)", at=_SURVEY),
    _agrees("exponential", "a**2"),
    _agrees("exponential", "a**2", None, _APART),
    _agrees("gamma", "a", ("rate",)),
    _agrees("gamma", "a", ("rate",), _APART),
    _agrees("weibull", "a**2", ("scale",)),
    _agrees("weibull", "a**2", ("scale",), _APART),
    _agrees("poisson", "a**2"),
    _agrees("poisson", "a**2", None, _APART),
    _agrees("bernoulli", "(a - 1/3)**2"),
    _agrees("bernoulli_logits", "exp(a)"),
    _agrees("categorical", "table(1, 4, 2)"),
    _agrees("categorical_logits", "table(1, 9, 4)"),
    _agrees("laplace", "a**2", ("mu",)),
    _agrees("laplace", "a**2 + a", ("b",)),
    _agrees("lognormal", "log(a)**2", ("sigma",)),
    _agrees("half_normal", "a**2"),
    _agrees("pareto", "log(a)", ("alpha",)),
    _agrees("binomial", "a**2"),
    _agrees("geometric", "a**2", at=(("p", "4/5"),)),
    _refuted("laplace", "a**2", "missing_constant", ("mu",)),
    _refuted("normal", "a**2", "missing_constant", ("mu",)),
    _refuted("exponential", "a**2", "missing_constant"),
    _refuted("normal", "a**2 + a", "halves_swapped", ("sigma",)),
    _refuted("poisson", "a**2", "halves_swapped"),
    _refuted("normal", "a**2", "rayleigh_scale", ("mu",)),
)
