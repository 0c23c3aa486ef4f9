"""Policy gradients of small decision processes, exact three ways; every common slip is refuted.

The estimators are held to their exact mean and variance over all trajectories. Losses from estimates of the
KL divergence stand at the end: of three, one has the gradient of the divergence.
"""

from __future__ import annotations

from checks.suite import CheckSpec


def _agrees(family: str, estimator: str, integrand: str = "return") -> CheckSpec:
    return CheckSpec("policy-gradient", family, integrand, estimator)


def _refuted(family: str, estimator: str, integrand: str = "return") -> CheckSpec:
    return CheckSpec("policy-gradient", family, integrand, estimator, expected="refuted")


# log p(a) - log q(a) for q = Normal(0, 1), q = (1/4, 3/4) and a fair coin.
_NORMAL = "a**2/2 - (a - mu)**2/(2*sigma**2) - log(sigma)"
_COIN = "a*log(4*p/3) + (1 - a)*log(4*(1 - p))"
_LOGITS = "logits*a - log(1 + exp(logits)) + log(2)"

SUITE = (
    _agrees("mdp2", "reinforce"),
    _agrees("mdp2", "reward_to_go"),
    _agrees("mdp2", "state_baseline"),
    _agrees("mdp2", "actor_critic_q"),
    _agrees("mdp2", "actor_critic"),
    _agrees("mdp2", "temporal_difference"),
    _agrees("mdp2", "gae"),
    _agrees("mdp2", "ppo_ratio"),
    _agrees("mdp2", "all_action"),
    _agrees("mdp2", "off_policy_weighted"),
    _refuted("mdp2", "off_policy_unweighted"),
    _agrees("mdp3", "reward_to_go"),
    _agrees("mdp3", "gae"),
    _agrees("mdp3", "ppo_ratio"),
    _agrees("corridor", "reward_to_go"),
    _agrees("corridor", "actor_critic"),
    _refuted("mdp2", "biased_critic"),
    _refuted("mdp2", "gae_without_critic"),
    _refuted("mdp2", "discount_dropped"),
    _refuted("mdp2", "discount_dropped_in_front"),
    _refuted("mdp3", "discount_dropped_in_front"),
    _refuted("mdp3", "discount_twice"),
    _refuted("mdp2", "discount_one_step_late"),
    _refuted("mdp2", "return_starts_late"),
    _refuted("mdp3", "immediate_reward_only"),
    _refuted("mdp3", "past_rewards_only"),
    _refuted("mdp2", "baseline_of_the_action"),
    _refuted("mdp3", "baseline_of_the_next_state"),
    _refuted("mdp2", "critic_not_detached"),
    _refuted("mdp2", "ppo_numerator_detached"),
    _refuted("mdp2", "probability_for_log_probability"),
    _refuted("mdp3", "mean_over_time"),
    _refuted("corridor", "discount_dropped_in_front"),
    _agrees("normal", "k2_loss", _NORMAL),
    _agrees("bernoulli", "k2_loss", _COIN),
    _agrees("bernoulli_logits", "k2_loss", _LOGITS),
    _refuted("normal", "k1_loss", _NORMAL),
    _refuted("bernoulli", "k1_loss", _COIN),
    _refuted("bernoulli_logits", "k1_loss", _LOGITS),
    _refuted("normal", "k3_loss", _NORMAL),
    _refuted("bernoulli", "k3_loss", _COIN),
    _refuted("bernoulli_logits", "k3_loss", _LOGITS),
)
