"""Gumbel-softmax: the gradient of a relaxed objective, exact for that one, and biased for the sampled choice.

A biased estimator is expected to be refuted by exactly its exact bias. The bias vanishes with the
temperature and the variance grows; at high temperatures both vanish, and the gradient with them. Relaxed
laws of their own are differentiated without bias.
"""

from __future__ import annotations

from checks.suite import CheckSpec


def _agrees(family: str, integrand: str, estimator: str = "pathwise", *at: tuple[str, str]) -> CheckSpec:
    return CheckSpec("gumbel-softmax", family, integrand, estimator, at)


def _refuted(family: str, integrand: str, *at: tuple[str, str]) -> CheckSpec:
    return CheckSpec("gumbel-softmax", family, integrand, "gumbel_softmax", at, expected="refuted")


def _hard(family: str, integrand: str, *at: tuple[str, str]) -> CheckSpec:
    estimator = "straight_through_gumbel_softmax"
    return CheckSpec("gumbel-softmax", family, integrand, estimator, at, expected="refuted")


def _wrong(family: str, integrand: str, estimator: str) -> CheckSpec:
    return CheckSpec("gumbel-softmax", family, integrand, estimator, expected="refuted")


_HOT, _WARM, _COLD = ("tau", "5"), ("tau", "1"), ("tau", "1/10")


SUITE = (
    # The relaxed objective itself: the binary Concrete law has a transport and a density.
    _agrees("relaxed_bernoulli_logits", "a**2"),
    _agrees("relaxed_bernoulli_logits", "exp(a)", "score_function"),
    _agrees("relaxed_bernoulli", "(a - 9/20)**2", "pathwise", _WARM),
    _agrees("relaxed_bernoulli", "p*sin(a)", "score_function"),
    # For the coin that it relaxes, at four temperatures; at 1 with a closed form.
    _refuted("bernoulli", "(a - 9/20)**2", _COLD),
    _refuted("bernoulli", "(a - 9/20)**2"),
    _refuted("bernoulli", "(a - 9/20)**2", _WARM),
    _refuted("bernoulli", "(a - 9/20)**2", _HOT),
    _refuted("bernoulli_logits", "exp(a)"),
    _refuted("bernoulli_logits", "logits*a**2"),
    _refuted("bernoulli", "table(1, 3)"),  # linear on one-hot vectors, and biased all the same
    _refuted("bernoulli_product", "a[0]*a[1] + p[2]*a[2]", _WARM),
    _refuted("categorical_logits", "table(1, 4, 2)"),
    _refuted("categorical_logits", "table(1, 4, 2)", _WARM),
    _refuted("categorical", "table(1, 9, 4)", _WARM),
    _refuted("categorical", "p[0]*table(1, 4, 2)", _WARM),
    _hard("bernoulli", "(a - 9/20)**2"),
    _hard("bernoulli", "(a - 9/20)**2", _WARM),
    _hard("categorical_logits", "table(1, 4, 2)"),
)
