"""Straight-through: exact where the cost is affine in the sample, and biased by a known amount elsewhere."""

from __future__ import annotations

from checks.suite import CheckSpec


def _agrees(family: str, integrand: str) -> CheckSpec:
    return CheckSpec("straight-through", family, integrand, "straight_through")


def _refuted(family: str, integrand: str, *at: tuple[str, str]) -> CheckSpec:
    return CheckSpec("straight-through", family, integrand, "straight_through", at, expected="refuted")


def _hard(family: str, integrand: str, *at: tuple[str, str]) -> CheckSpec:
    estimator = "straight_through_gumbel_softmax"
    return CheckSpec("straight-through", family, integrand, estimator, at, expected="refuted")


SUITE = (
    # Affine in the sample, or a table on one-hot vectors: right.
    _agrees("bernoulli", "3*a - 1"),
    _agrees("bernoulli_logits", "logits*a"),
    _agrees("bernoulli_product", "a[0]*a[1] + p[2]*a[2]"),
    _agrees("categorical", "table(1, 4, 2)"),
    _agrees("categorical_logits", "logits[0]*table(1, 9, 4)"),
    _refuted("bernoulli", "(a - 9/20)**2"),
    _refuted("bernoulli", "exp(p*a)"),
    _refuted("bernoulli_logits", "exp(a)"),
    _refuted("bernoulli_product", "a[0]**2*a[1] + a[2]"),
    _hard("bernoulli", "(a - 9/20)**2", ("tau", "2")),
    _hard("bernoulli_logits", "exp(a)"),
    _hard("bernoulli_logits", "sin(2*a)", ("tau", "1/5")),
)
