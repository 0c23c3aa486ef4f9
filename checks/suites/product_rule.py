"""The product-rule split: theta in the law, in the integrand and in both; a lost half is refuted."""

from __future__ import annotations

from checks.suite import CheckSpec


def _agrees(family: str, integrand: str, estimator: str = "score_function") -> CheckSpec:
    return CheckSpec("product-rule", family, integrand, estimator)


def _refuted(family: str, integrand: str, estimator: str) -> CheckSpec:
    return CheckSpec("product-rule", family, integrand, estimator, expected="refuted")


SUITE = (
    _agrees("normal", "mu*a**2"),
    _agrees("normal", "(a - mu)**2"),  # both terms are zero in mu
    _agrees("normal", "a*sigma + exp(a/3)*mu"),
    _agrees("exponential", "rate*a**2"),
    _agrees("exponential", "exp(-rate*a)"),
    _agrees("laplace", "Abs(a - mu)*b"),
    _agrees("gumbel", "beta*a"),
    _agrees("lognormal", "a**sigma"),
    _agrees("weibull", "a/scale"),
    _agrees("uniform", "high*a**2", "pathwise"),
    _agrees("half_normal", "sigma*a**2", "pathwise"),
    _refuted("normal", "mu*a**2 + sigma*a", "dropped_explicit_term"),
    _refuted("normal", "mu*a**2 + sigma*a", "dropped_distributional_term"),
    _refuted("exponential", "rate*a**2", "dropped_explicit_term"),
    _refuted("exponential", "rate*a**2", "dropped_distributional_term"),
    _refuted("normal", "a**2", "dropped_distributional_term"),
)
