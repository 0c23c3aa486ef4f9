"""The reparametrization trick over every family with a transport, and where it fails.

theta stands in the law, in the integrand and in both. The last block is refuted on purpose: a step
integrand jumps along the path, and three ways to write the estimator wrong.
"""

from __future__ import annotations

from checks.suite import CheckSpec


def _agrees(
    family: str, integrand: str, estimator: str = "pathwise", wrt: tuple[str, ...] | None = None
) -> CheckSpec:
    return CheckSpec("reparam", family, integrand, estimator, wrt=wrt)


def _refuted(family: str, integrand: str, estimator: str) -> CheckSpec:
    return CheckSpec("reparam", family, integrand, estimator, expected="refuted")


SUITE = (
    _agrees("normal", "a**2"),
    _agrees("normal", "a**2", "score_function"),
    _agrees("normal", "mu*a**2 + sigma*a"),
    _agrees("normal", "relu(a)"),
    _agrees("normal", "a*exp(a/3)"),
    _agrees("normal", "sin(a)"),
    _agrees("normal", "sigmoid(a)"),  # no closed form: enclosed by balls
    _agrees("laplace", "Abs(a - 1/3)"),
    _agrees("logistic", "a**2"),
    _agrees("gumbel", "exp(a/3)"),
    _agrees("cauchy", "log(1 + a**2)"),  # no mean, yet this expectation exists
    _agrees("student_t", "a**2", wrt=("mu", "sigma")),
    _agrees("uniform", "a**3"),
    _agrees("uniform", "relu(a - 1/2)"),
    _agrees("exponential", "a*exp(-a/2)"),
    _agrees("exponential", "rate*a**2"),
    _agrees("weibull", "a**2"),
    _agrees("lognormal", "a*log(a)"),
    _agrees("half_normal", "a**3"),
    _agrees("pareto", "log(a)"),
    _agrees("kumaraswamy", "a**2"),
    _agrees("logit_normal", "1/a"),
    _agrees("multivariate_normal", "a[0]**2*a[1]"),
    _agrees("gamma", "a**2", wrt=("rate",)),
    _agrees("gamma", "log(a)", wrt=("rate",)),  # its gradient does not vary at all
    _refuted("normal", "Heaviside(a - 1)", "pathwise"),
    _refuted("uniform", "Heaviside(a - 1/3)", "pathwise"),
    _refuted("normal", "a**2", "missing_jacobian"),
    _refuted("normal", "a**2", "detached_scale"),
)
