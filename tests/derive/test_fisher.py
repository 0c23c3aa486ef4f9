"""Fisher information: published formulas, cross-entropies by mpmath, and what has none."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import pytest

from derive import fisher
from derive.deriving import requested
from derive.errors import NoClosedForm, NotApplicable, StepRefuted
from derive.fisher import information
from derive.numeric.balls import value

# Lehmann, Casella (1998), tables 2.5.1 and 6.3; polygamma(1, x) is the trigamma function.
PUBLISHED = {
    "normal": [["1/sigma**2", "0"], ["0", "2/sigma**2"]],
    "laplace": [["1/b**2", "0"], ["0", "1/b**2"]],
    "exponential": [["1/rate**2"]],
    "gamma": [["polygamma(1, shape)", "-1/rate"], ["-1/rate", "shape/rate**2"]],
    "beta": [
        ["polygamma(1, alpha) - polygamma(1, alpha + beta)", "-polygamma(1, alpha + beta)"],
        ["-polygamma(1, alpha + beta)", "polygamma(1, beta) - polygamma(1, alpha + beta)"],
    ],
    "lognormal": [["1/sigma**2", "0"], ["0", "2/sigma**2"]],
    "bernoulli": [["1/(p*(1 - p))"]],
    "binomial": [["n/(p*(1 - p))"]],
    "poisson": [["1/rate"]],
    "geometric": [["1/(p**2*(1 - p))"]],
    "bernoulli_logits": [["exp(logits)/(1 + exp(logits))**2"]],
}
VECTORS = {"bernoulli_product": "a[0]*a[1]", "dirichlet": "a[0]*a[1]", "multivariate_normal": "a[0]*a[1]"}


@pytest.mark.parametrize("family", PUBLISHED)
def test_the_formulas_are_the_published_ones(family: str) -> None:
    from sympy import sympify

    made = requested(family, "a**2")
    names = {s.name: s for s in made.point}
    found = information(made)
    for i, row in enumerate(PUBLISHED[family]):
        for j, text in enumerate(row):
            wanted = value(sympify(text, locals=names), made.point)[0]
            assert value(found[i, j], made.point)[0] == pytest.approx(wanted, rel=1e-14, abs=1e-15)


Density = Callable[[mpmath.mpf, mpmath.mpf, mpmath.mpf], mpmath.mpf]


def gumbel(a: mpmath.mpf, mu: mpmath.mpf, beta: mpmath.mpf) -> mpmath.mpf:
    z = (a - mu) / beta
    return -z - mpmath.exp(-z) - mpmath.log(beta)


def von_mises(a: mpmath.mpf, mu: mpmath.mpf, kappa: mpmath.mpf) -> mpmath.mpf:
    return kappa * mpmath.cos(a - mu) - mpmath.log(2 * mpmath.pi * mpmath.besseli(0, kappa))


def weibull(a: mpmath.mpf, scale: mpmath.mpf, shape: mpmath.mpf) -> mpmath.mpf:
    z = a / scale
    return mpmath.log(shape / scale) + (shape - 1) * mpmath.log(z) - z**shape


LOGS: dict[str, tuple[Density, list[float]]] = {
    "gumbel": (gumbel, [-6, 0, 4, 40]),
    "von_mises": (von_mises, [-3.14159265358979323846, 0, 3.14159265358979323846]),
    "weibull": (weibull, [0, 1, 4, 20]),
}


@pytest.mark.parametrize("family", LOGS)
def test_it_is_the_curvature_of_the_cross_entropy(family: str) -> None:
    """Minus the second differences of ``E_theta[log p_theta']`` in theta', by mpmath's own quadrature."""
    log_density, cells = LOGS[family]
    made = requested(family, "cos(a)")
    found = information(made)
    at = [mpmath.mpf(v.p) / v.q for v in (made.point[s] for s in made.wrt)]

    def entropy(*moved: mpmath.mpf) -> mpmath.mpf:
        return mpmath.quad(lambda a: mpmath.exp(log_density(a, *at)) * log_density(a, *moved), cells)

    step = mpmath.mpf("1e-4")  # errors: of a central difference, and of rounding, about 1e-8
    for i in range(2):
        for j in range(2):
            signs = [(x, y) for x in (1, -1) for y in (1, -1)]
            total = sum(
                x * y * entropy(*(v + step * (x * (k == i) + y * (k == j)) for k, v in enumerate(at)))
                for x, y in signs
            )
            assert value(found[i, j], made.point)[0] == pytest.approx(
                float(-total / (4 * step**2)), rel=1e-5, abs=1e-5
            )


def test_two_formulas_that_differ_are_a_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    right = fisher.by_scores
    monkeypatch.setattr(fisher, "by_curvature", lambda *asked: 2 * right(*asked))
    with pytest.raises(StepRefuted, match=r"E\[s s\] and -E\[d2 log p\] of poisson in rate and rate"):
        information(requested("poisson", "a"))


def test_where_the_density_has_a_kink_only_the_scores_are_used() -> None:
    made = requested("laplace", "a**2")
    mu, b = made.wrt
    assert fisher.by_curvature(made, mu, mu) is None
    assert fisher.by_curvature(made, b, b) is not None or fisher.by_scores(made, b, b) != 0


@pytest.mark.parametrize("family", ["uniform", "pareto"])
def test_a_support_that_moves_has_no_information_matrix(family: str) -> None:
    with pytest.raises(NotApplicable, match=f"the support of {family} moves with"):
        information(requested(family, "a"))


def test_an_entry_without_closed_form_is_named() -> None:
    with pytest.raises(NoClosedForm, match="no closed form is known"):
        information(requested("logistic", "a"))
