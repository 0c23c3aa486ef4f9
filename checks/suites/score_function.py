"""The score-function estimator: it needs no smooth integrand, but support and density must not move apart.

Discontinuous integrands are its home; a moving end of the support is refused by the derivation.
"""

from __future__ import annotations

from checks.suite import CheckSpec


def _agrees(
    family: str, integrand: str, wrt: tuple[str, ...] | None = None, at: tuple[tuple[str, str], ...] = ()
) -> CheckSpec:
    return CheckSpec("score-function", family, integrand, "score_function", at, wrt)


def _refuted(family: str, integrand: str, estimator: str, wrt: tuple[str, ...] | None = None) -> CheckSpec:
    return CheckSpec("score-function", family, integrand, estimator, wrt=wrt, expected="refuted")


def _natural(family: str, integrand: str, wrt: tuple[str, ...] | None = None) -> CheckSpec:
    """The natural gradient, whose mean is held against the inverse Fisher information times the gradient."""
    return CheckSpec("score-function", family, integrand, "natural_gradient", wrt=wrt)


SUITE = (
    _agrees("normal", "a**2"),
    _agrees("normal", "Heaviside(a - 1)"),
    _agrees("normal", "a*Heaviside(a - 1/2)"),
    _agrees("normal", "cos(2*a)"),
    _agrees("normal", "exp(a/2)"),
    _agrees("laplace", "a**2", wrt=("b",)),
    _agrees("logistic", "Heaviside(a - 1)"),
    _agrees("gumbel", "a"),
    _agrees("cauchy", "Heaviside(a - 1)"),
    _agrees("student_t", "a**2"),  # nu as well: the score reaches parameters that no transport reaches
    _agrees("exponential", "a**2"),
    _agrees("exponential", "Heaviside(a - 1)"),
    _agrees("weibull", "log(a)"),
    _agrees("lognormal", "sqrt(a)"),
    _agrees("half_normal", "log(a)"),
    _agrees("pareto", "a", wrt=("alpha",)),
    _agrees("kumaraswamy", "log(a)"),
    _agrees("logit_normal", "Heaviside(a - 1/2)"),
    _agrees("multivariate_normal", "a[0]*a[1]"),
    _agrees("gamma", "a"),
    _agrees("gamma", "Heaviside(a - 1)"),
    _agrees("gamma", "log(a)*a"),
    _agrees("beta", "log(a)"),
    _agrees("beta", "Heaviside(a - 1/3)"),
    _agrees("dirichlet", "a[0]*a[2]"),
    _agrees("dirichlet", "log(a[1])"),
    _agrees("von_mises", "cos(a)"),
    _agrees("von_mises", "a**2"),  # no closed form: enclosed by balls
    _agrees("bernoulli", "(a - t)**2", ("p",), (("t", "9/20"),)),
    _agrees("bernoulli_logits", "exp(a)"),
    _agrees("categorical", "table(1, 4, 2)"),
    _agrees("categorical_logits", "table(1, 9, 4)"),
    _agrees("categorical_logits", "Abs(a - 1)"),
    _agrees("binomial", "a**2"),
    _agrees("binomial", "Heaviside(a - 5/2)"),
    _agrees("binomial", "cos(a)"),
    _agrees("poisson", "a**2"),
    _agrees("poisson", "exp(a/3)"),
    _agrees("poisson", "relu(a - 2)"),
    _agrees("poisson", "log(1 + a)"),  # no closed form: the sum is enclosed by balls
    _agrees("geometric", "a**2"),
    _agrees("geometric", "sin(a)"),
    _agrees("negative_binomial", "a"),  # r too: its score holds a digamma
    _agrees("negative_binomial", "exp(a/4)", ("p",)),
    _agrees("bernoulli_product", "a[0]*a[1]*a[2]"),
    _refuted("bernoulli_logits", "exp(a)", "sign_of_score"),
    _refuted("poisson", "a**2", "sign_of_score"),
    _refuted("normal", "a**2", "sign_of_score"),
    _refuted("exponential", "a", "sign_of_score"),
    _refuted("uniform", "a**2", "moving_support", wrt=("high",)),
    _natural("normal", "a**2"),
    _natural("normal", "mu*a**2 + sigma*a"),
    _natural("gamma", "a"),
    _natural("poisson", "a**2"),
    _natural("categorical_logits", "table(1, 9, 4)", ("logits[0]", "logits[2]")),
    _refuted("normal", "a**2", "fisher_not_inverted"),
    _refuted("poisson", "a**2", "fisher_left_out"),
    _refuted("normal", "a**2", "natural_for_plain"),
)
