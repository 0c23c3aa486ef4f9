"""Gumbel-max: the argmax of noisy log-probabilities has the law of the choice; with other noise it has not.

The score function is held to the gradient with its samples drawn so; whatever the sampler gets wrong shifts
its mean by a known amount.
"""

from __future__ import annotations

from checks.suite import CheckSpec


def _agrees(family: str, integrand: str, wrt: tuple[str, ...] | None = None) -> CheckSpec:
    return CheckSpec("gumbel-max", family, integrand, "gumbel_max", wrt=wrt)


def _refuted(family: str, integrand: str, estimator: str, wrt: tuple[str, ...] | None = None) -> CheckSpec:
    return CheckSpec("gumbel-max", family, integrand, estimator, wrt=wrt, expected="refuted")


SUITE = (
    # Two outcomes: one logistic draw, the difference of two Gumbel variables.
    _agrees("bernoulli", "(a - 9/20)**2"),
    _agrees("bernoulli", "exp(p*a)"),
    _agrees("bernoulli", "table(1, 3)"),
    _agrees("bernoulli_logits", "exp(a)"),
    _agrees("bernoulli_logits", "logits*a"),
    # Three: the argmax jumps in three draws, so it is sampled; the gradient is not small beside its spread.
    _agrees("categorical_logits", "table(0, 0, 3)", ("logits[2]",)),
    _agrees("categorical", "table(0, 0, 3)", ("p[2]",)),
    _agrees("categorical", "p[2]*table(0, 1, 3)", ("p[2]",)),
    _refuted("bernoulli", "(a - 9/20)**2", "normal_for_logistic"),
    _refuted("bernoulli_logits", "exp(a)", "normal_for_logistic"),
    _refuted("bernoulli", "exp(p*a)", "one_gumbel"),
    _refuted("bernoulli", "(a - 9/20)**2", "log_p_for_log_odds"),
    _refuted("bernoulli_logits", "exp(a)", "probabilities_in_argmax"),
    _refuted("bernoulli", "exp(p*a)", "softmax_twice"),
    _refuted("categorical", "table(1, 4, 2)", "softmax_twice"),
    _refuted("categorical_logits", "table(0, 0, 3)", "probabilities_in_argmax", ("logits[2]",)),
    _refuted("categorical_logits", "table(0, 0, 3)", "gumbel_sign", ("logits[2]",)),
    _refuted("categorical_logits", "table(0, 0, 3)", "one_log_missing", ("logits[2]",)),
)
