"""The product-rule split: theta in the law, in the integrand and in both; a lost half is refuted.

Integrals and sums. No reparametrization of a discrete law exists: its quantile transport is a step function
of theta, and the derivative through it lacks exactly the distributional term.
"""

from __future__ import annotations

from checks.suite import CheckSpec

Point = tuple[tuple[str, str], ...]
Names = tuple[str, ...] | None


def _agrees(
    family: str, integrand: str, estimator: str = "score_function", at: Point = (), wrt: Names = None
) -> CheckSpec:
    return CheckSpec("product-rule", family, integrand, estimator, at, wrt)


def _refuted(family: str, integrand: str, estimator: str, at: Point = (), wrt: Names = None) -> CheckSpec:
    return CheckSpec("product-rule", family, integrand, estimator, at, wrt, expected="refuted")


_T = (("t", "9/20"),)


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
    # A finite sum: theta in the law, in g, and in both.
    _agrees("bernoulli", "(a - t)**2", at=_T, wrt=("p", "t")),
    _agrees("bernoulli", "(a - p)**2"),
    _agrees("bernoulli_logits", "logits*a"),
    _agrees("categorical", "table(1, 9, 4)"),
    _agrees("categorical", "p[0]*table(1, 4, p[1])"),
    _agrees("categorical_logits", "logits[0]*table(1, 9, 4)"),
    _agrees("binomial", "p*a**2"),
    _agrees("bernoulli_product", "a[0]*a[1] + p[2]*a[2]"),
    # An infinite one, differentiated term by term.
    _agrees("poisson", "(a - rate)**2"),  # the explicit term is zero
    _agrees("poisson", "rate*Heaviside(a - 3/2)"),
    _agrees("geometric", "p*a"),
    _agrees("negative_binomial", "r*a + p*a**2"),
    # The derivative through the quantile transport: zero for g free of theta, else the explicit term alone.
    _refuted("bernoulli", "(a - t)**2", "step_transport", _T, ("p",)),
    _refuted("bernoulli_logits", "logits*a", "step_transport"),
    _refuted("categorical", "table(1, 9, 4)", "step_transport"),
    _refuted("categorical_logits", "logits[0]*table(1, 9, 4)", "step_transport"),
    _refuted("binomial", "p*a**2", "step_transport"),
    _refuted("poisson", "(a - rate)**2", "step_transport"),
    _refuted("geometric", "p*a", "step_transport"),
    _refuted("poisson", "rate*Heaviside(a - 3/2)", "dropped_explicit_term"),
    _refuted("bernoulli_logits", "logits*a", "dropped_distributional_term"),
    _refuted("categorical", "p[0]*table(1, 4, p[1])", "dropped_explicit_term"),
)
