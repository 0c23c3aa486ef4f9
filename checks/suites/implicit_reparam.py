"""Implicit reparametrization: shapes that no elementary map moves, and families whose maps it must reproduce.

The code is torch.distributions as anyone writes it, whose implicit gradients are approximations: that
accuracy is allowed for. Refuted are samples without a graph, a detached shape, a path through an accepted
proposal, a rate taken for a scale, an angle that is only shifted, standardised noise whose law is taken as
fixed, and steps of the integrand.
"""

from __future__ import annotations

from checks.suite import CheckSpec


def _agrees(
    family: str, integrand: str, estimator: str = "implicit", wrt: tuple[str, ...] | None = None
) -> CheckSpec:
    return CheckSpec("implicit-reparam", family, integrand, estimator, wrt=wrt)


def _refuted(family: str, integrand: str, estimator: str, wrt: tuple[str, ...] | None = None) -> CheckSpec:
    return CheckSpec("implicit-reparam", family, integrand, estimator, wrt=wrt, expected="refuted")


SUITE = (
    _agrees("gamma", "a"),
    _agrees("gamma", "log(a)"),
    _agrees("gamma", "log(a)", "score_function"),
    _agrees("gamma", "shape*a**2 + rate*a"),
    _agrees("gamma", "exp(-a/2)"),
    _agrees("gamma", "relu(a - 1)"),
    _agrees("beta", "a"),
    _agrees("beta", "a*log(a)"),
    _agrees("beta", "log(1 - a)"),
    _agrees("dirichlet", "a[0]*a[1]"),
    _agrees("dirichlet", "log(a[2])"),
    _agrees("von_mises", "cos(a)"),
    _agrees("von_mises", "a"),  # it does not close on the circle: samples near the ends must stay
    _agrees("student_t", "a**2"),  # nu as well, through the gamma variable below the normal one
    _agrees("student_t", "a**3", wrt=("nu",)),
    # Standardised noise whose law keeps a score.
    _agrees("gamma", "shape*a**2 + rate*a", "generalized_reparametrization"),
    _agrees("beta", "a*log(a)", "generalized_reparametrization"),
    _agrees("lognormal", "sigma*a", "generalized_reparametrization"),  # which keeps none: pathwise
    # Families with a map of their own: the same velocity from the distribution function alone.
    _agrees("normal", "mu*a**2"),
    _agrees("normal", "mu*a**2", "pathwise"),
    _agrees("logistic", "a**2"),
    _agrees("logistic", "a**2", "pathwise"),
    _agrees("kumaraswamy", "a**2", wrt=("a1",)),
    _agrees("kumaraswamy", "a**2", "pathwise", wrt=("a1",)),
    _refuted("gamma", "log(a)", "dropped_distributional_term"),
    _refuted("gamma", "log(a)", "accepted_proposal"),
    _refuted("gamma", "a**2", "accepted_proposal", ("shape",)),
    _refuted("gamma", "a", "rate_as_scale"),
    _refuted("gamma", "a", "detached_shape"),
    _refuted("beta", "a*log(a)", "detached_shape"),
    _refuted("dirichlet", "a[0]*a[1]", "detached_shape"),
    _refuted("von_mises", "a", "shifted_angle", ("mu",)),
    _refuted("gamma", "Heaviside(a - 1)", "implicit"),
    _refuted("gamma", "shape*a**2 + rate*a", "noise_law_taken_as_fixed"),
)
