"""Baselines and control variates: E[score] = 0, constant, mean and optimal baselines, leave-one-out.

The integrand 1 is the score itself: its expectation is zero where the support stays where it is, and minus
the boundary term where it moves.
"""

from __future__ import annotations

from checks.suite import CheckSpec

Point = tuple[tuple[str, str], ...]
Names = tuple[str, ...] | None


def _agrees(family: str, integrand: str, estimator: str, at: Point = (), wrt: Names = None) -> CheckSpec:
    return CheckSpec("control-variates", family, integrand, estimator, at, wrt)


def _refuted(family: str, integrand: str, estimator: str, at: Point = (), wrt: Names = None) -> CheckSpec:
    return CheckSpec("control-variates", family, integrand, estimator, at, wrt, expected="refuted")


SUITE = (
    _agrees("normal", "1", "score_function"),
    _agrees("gumbel", "1", "score_function"),
    _agrees("exponential", "1", "score_function"),
    _agrees("categorical_logits", "1", "score_function"),
    _agrees("poisson", "1", "score_function"),
    _refuted("uniform", "1", "moving_support"),
    _agrees("normal", "a**2", "constant_baseline"),
    _agrees("normal", "mu*a**2 + sigma*a", "constant_baseline", (("c", "5/2"),)),
    _agrees("exponential", "a**2", "constant_baseline"),
    _agrees("bernoulli", "exp(a)", "constant_baseline"),
    _agrees("poisson", "a**2", "constant_baseline", (("c", "7"),)),
    _agrees("normal", "a**2", "mean_baseline"),
    _agrees("normal", "cos(a/2)", "mean_baseline"),  # worse than no baseline in sigma
    _agrees("laplace", "Abs(a - 1/3)", "mean_baseline"),
    _agrees("categorical_logits", "table(1, 9, 4)", "mean_baseline"),
    _agrees("normal", "a**2", "optimal_baseline"),
    _agrees("normal", "cos(a/2)", "optimal_baseline"),
    _agrees("logistic", "a**2", "optimal_baseline"),
    _agrees("exponential", "a", "optimal_baseline"),
    _agrees("bernoulli_logits", "(a - t)**2", "optimal_baseline", (("t", "9/20"),), ("logits",)),
    _agrees("categorical", "table(1, 4, 2)", "optimal_baseline"),
    _agrees("normal", "a**2", "leave_one_out"),
    _agrees("normal", "mu*a**2 + sigma*a", "leave_one_out"),
    _agrees("exponential", "a**2", "leave_one_out"),
    _agrees("bernoulli_logits", "exp(a)", "leave_one_out"),
    _agrees("categorical_logits", "table(1, 9, 4)", "leave_one_out"),
    _agrees("normal", "mu*a**2 + sigma*a", "multi_sample"),
    _agrees("categorical_logits", "table(1, 9, 4)", "multi_sample"),
    _refuted("categorical_logits", "table(1, 9, 4)", "standardised_returns"),
    _agrees("normal", "a**2", "antithetic_score"),
    _agrees("lognormal", "log(a)**2", "antithetic_score"),
    _agrees("multivariate_normal", "a[0]*a[1]", "antithetic_score"),
    _refuted("normal", "mu*a**2 + sigma*a", "score_not_mirrored"),
    _refuted("normal", "a**2", "own_sample_in_baseline"),
    _refuted("bernoulli_logits", "exp(a)", "own_sample_in_baseline"),
    _refuted("normal", "a**2", "baseline_of_the_sample"),
    _refuted("poisson", "a**2", "baseline_of_the_sample"),
    _agrees("bernoulli_logits", "exp(a)", "arm"),
    _agrees("bernoulli_logits", "(a - 9/20)**2*(1 + logits)", "arm", (("logits", "7/5"),)),
    _agrees("bernoulli", "(a - t)**2", "arm", (("t", "9/20"),), ("p",)),
    _refuted("bernoulli", "exp(p*a)", "gradient_by_log_odds"),
    _agrees("bernoulli_logits", "exp(a)", "disarm"),
    _agrees("bernoulli_logits", "(a - 9/20)**2*(1 + logits)", "disarm", (("logits", "7/5"),)),
    _agrees("bernoulli", "(a - t)**2", "disarm", (("p", "4/5"), ("t", "9/20")), ("p",)),
    _refuted("bernoulli_logits", "exp(a)", "sigmoid_left_out"),
    _agrees("bernoulli_product", "a[0]*a[1]*a[2]", "arm"),
    _agrees("bernoulli_product", "a[0]*a[1]*a[2]", "disarm"),
    _agrees("bernoulli_product", "p[0]*a[0]*a[1] + a[2]", "disarm", (("p[1]", "1/2"),)),
    _refuted("bernoulli_product", "a[0]*a[1]*a[2]", "sigmoid_left_out"),
    _agrees("bernoulli_logits", "exp(a)", "rebar"),
    _agrees("bernoulli_logits", "(a - t)**2", "rebar", (("t", "9/20"), ("tau", "1")), ("logits",)),
    _agrees("bernoulli", "(a - 1/3)**2*(1 + p)", "rebar", (("eta", "1/3"), ("tau", "1"))),
    _refuted("bernoulli_logits", "exp(a)", "conditional_path_detached"),
    _agrees("categorical", "table(1, 9, 4)", "unordered_set"),
    _agrees("bernoulli_product", "a[0]*a[1] + p[2]*a[2]", "unordered_set", (), ("p[0]", "p[2]")),
    _agrees("categorical", "p[0]*table(1, 9, 4, 2)", "unordered_set_baseline"),
    _agrees("categorical_logits", "table(1, 9, 4)", "unordered_set_baseline", (), ("logits[1]",)),
    _refuted("categorical", "table(1, 9, 4)", "averaged_without_replacement"),
    _refuted("categorical", "table(1, 9, 4)", "other_sample_as_baseline"),
    _agrees("bernoulli_logits", "exp(a)", "relax"),
    _agrees("bernoulli", "(a - 1/3)**2*(1 + p)", "relax", (("r0", "1/2"), ("r1", "-1/3"), ("tau", "1"))),
    _refuted("bernoulli_logits", "exp(a)", "conditional_sample_reused"),
    _agrees("bernoulli", "exp(p*a)", "smoothed_perturbation"),
    _agrees("binomial", "a**2", "smoothed_perturbation", (), ("p",)),
    _agrees("poisson", "a**2 + rate*a", "smoothed_perturbation"),
    _agrees("geometric", "a**2", "smoothed_perturbation"),
    _agrees("categorical", "table(1, 4, 2)", "smoothed_perturbation"),
    _refuted("binomial", "a**2", "step_unweighted", (), ("p",)),
    _agrees("bernoulli_product", "a[0]*a[1]*a[2]", "local_expectation"),
    _agrees("bernoulli_logits", "exp(a)", "local_expectation"),
    _refuted("bernoulli_product", "a[0]*a[1]*a[2]", "derivative_of_log_odds"),
    _agrees("categorical_logits", "table(1, 9, 4)", "partial_enumeration"),
    _agrees("poisson", "rate*a**2", "partial_enumeration", (("top", "3"),)),
    _agrees("bernoulli_product", "a[0]*a[1]*a[2]", "partial_enumeration", (("top", "4"),)),
    _refuted("categorical_logits", "table(1, 9, 4)", "rest_unweighted"),
    _refuted("poisson", "a**2", "rest_unweighted"),
    _agrees("normal", "a**2", "importance_weighted"),
    _agrees("exponential", "a**2", "importance_weighted"),
    _agrees("normal", "a**2", "importance_weighted", (("widening", "1/2"),)),  # its variance is infinite
    _agrees("poisson", "a**2", "importance_weighted"),
    _agrees("bernoulli_product", "a[0]*a[1]*a[2]", "importance_weighted"),
    _agrees("normal", "a**3", "pathwise_control_variate"),
    _agrees("exponential", "rate*a**2", "pathwise_control_variate"),
    _refuted("exponential", "rate*a**2", "noise_not_centred"),
    _agrees("normal", "a**2", "taylor_control_variate"),  # without any variance
    _agrees("normal", "mu*exp(a/2)", "taylor_control_variate"),
    _refuted("normal", "mu*exp(a/2)", "model_mean_forgotten"),
    _refuted("normal", "a**2", "weights_forgotten"),
    _refuted("categorical_logits", "table(1, 9, 4)", "self_normalised_weights"),
)
