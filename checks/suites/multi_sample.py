"""Objectives of several samples: the ELBO and IWAE bounds of a latent-variable model, by its encoder.

Samples of a normal encoder follow their paths, coins have a score only. The last block is refuted on purpose:
a score dropped that has a weight, weights averaged in the logarithm, and a baseline that sees its own sample.
"""

from __future__ import annotations

from checks.suite import CheckSpec

# log p(a) - log q(a) up to a constant, for p = Normal(0, 1) and p = Exponential(2).
_NORMAL = "-a**2/2 + (a - mu)**2/(2*sigma**2) + log(sigma)"
_EXPONENTIAL = "-2*a - log(rate) + rate*a"
Point = tuple[tuple[str, str], ...]


def _agrees(family: str, integrand: str, estimator: str, at: Point = ()) -> CheckSpec:
    return CheckSpec("multi-sample", family, integrand, estimator, at)


def _refuted(family: str, integrand: str, estimator: str) -> CheckSpec:
    return CheckSpec("multi-sample", family, integrand, estimator, expected="refuted")


SUITE = (
    _agrees("latent_normal", "elbo", "pathwise"),
    _agrees("latent_normal", "elbo", "score_function"),
    _agrees("latent_normal", "elbo", "sticking_the_landing"),
    _agrees("normal", _NORMAL, "sticking_the_landing"),
    _agrees("normal", _NORMAL, "sticking_the_landing", (("mu", "0"), ("sigma", "1"))),  # no variance
    _agrees("exponential", _EXPONENTIAL, "sticking_the_landing"),
    _agrees("latent_normal", "iwae(1)", "iwae"),  # the ELBO
    _agrees("latent_normal", "iwae(1)", "dreg"),  # sticking the landing
    _agrees("latent_normal", "iwae(2)", "score_function"),
    _agrees("latent_normal", "iwae(2)", "pathwise"),
    _agrees("latent_normal", "iwae(2)", "iwae"),
    _agrees("latent_normal", "iwae(2)", "dreg"),
    _agrees("latent_normal", "iwae(2)", "vimco"),
    _agrees("latent_coin", "elbo", "score_function"),
    _agrees("latent_coin", "elbo", "leave_one_out"),
    _agrees("latent_coin", "iwae(2)", "score_function"),
    _agrees("latent_coin", "iwae(2)", "vimco"),
    _agrees("latent_coin", "iwae(3)", "vimco"),
    _refuted("latent_normal", "elbo", "entropy_path_lost"),
    _refuted("exponential", _EXPONENTIAL, "entropy_path_lost"),
    _refuted("latent_normal", "iwae(2)", "weights_not_squared"),
    _refuted("latent_normal", "iwae(2)", "log_weights_averaged"),
    _refuted("latent_normal", "iwae(2)", "own_weight_in_baseline"),
    _refuted("latent_coin", "iwae(2)", "own_weight_in_baseline"),
    _refuted("latent_coin", "iwae(3)", "own_weight_in_baseline"),
)
