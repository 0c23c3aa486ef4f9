"""Objectives of several samples: the ELBO and IWAE bounds of a latent-variable model, by its encoder."""

from __future__ import annotations

from checks.suite import CheckSpec

SUITE = (
    CheckSpec("multi-sample", "latent_normal", "elbo", "pathwise"),
    CheckSpec("multi-sample", "latent_normal", "elbo", "score_function"),
    CheckSpec("multi-sample", "latent_normal", "elbo", "sticking_the_landing"),
    CheckSpec("multi-sample", "latent_normal", "elbo", "entropy_path_lost", expected="refuted"),
    CheckSpec("multi-sample", "latent_normal", "iwae(2)", "pathwise"),
    CheckSpec("multi-sample", "latent_normal", "iwae(2)", "score_function"),
    CheckSpec("multi-sample", "latent_coin", "elbo", "score_function"),
    CheckSpec("multi-sample", "latent_coin", "iwae(2)", "score_function"),
    CheckSpec("multi-sample", "latent_coin", "iwae(3)", "score_function"),
)
