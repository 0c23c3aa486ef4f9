"""Second derivatives: the score function, DiCE and the path, entry by entry; and the usual wrong ones.

Every entry on and above the diagonal is one component, named ``mu,sigma``. A surrogate with a detached cost
differentiated twice, a lost score, a lost mixed term and a lost curvature are each refuted by their exact
bias; so are the path through a bend of the integrand, and the score of a density that has one.
"""

from __future__ import annotations

from checks.suite import CheckSpec

Specs = tuple[CheckSpec, ...]


def _agrees(family: str, integrand: str, *estimators: str, wrt: tuple[str, ...] | None = None) -> Specs:
    return tuple(CheckSpec("higher-order", family, integrand, name, wrt=wrt) for name in estimators)


def _refuted(family: str, integrand: str, *estimators: str) -> Specs:
    return tuple(
        CheckSpec("higher-order", family, integrand, name, expected="refuted") for name in estimators
    )


_SCORE, _PATH, _DICE, _CENTRED = "hessian_score_function", "hessian_pathwise", "dice", "dice_baseline"
_MIXED = "mu*a**2 + sigma*a"

SUITE = (
    *_agrees("normal", "a**2", _SCORE, _PATH, _DICE, _CENTRED),
    *_agrees("normal", _MIXED, _PATH, _DICE),
    *_agrees("normal", "sin(a)", _PATH),
    *_agrees("normal", "relu(a)", _SCORE),
    *_agrees("normal", "sigmoid(a)", _PATH),  # no closed form: enclosed by balls
    *_agrees("laplace", "a**2", _PATH),
    *_agrees("uniform", "a**3", _PATH),
    *_agrees("exponential", "a**2", _SCORE, _PATH),
    *_agrees("exponential", "rate*a**2", _PATH, _CENTRED),
    *_agrees("gamma", "log(a)", _SCORE, _DICE),
    *_agrees("gamma", "rate*a", _DICE),
    *_agrees("weibull", "a**2", _PATH),
    *_agrees("multivariate_normal", "a[0]**2*a[1]", _PATH, _DICE, wrt=("mu[0]", "L[1,0]")),
    *_agrees("bernoulli", "p*exp(a)", _DICE),
    *_agrees("bernoulli_logits", "exp(a)", _DICE, _CENTRED),
    *_agrees("categorical", "p[0]*table(1, 9, 4)", _DICE),
    *_agrees("categorical_logits", "table(1, 4, 2)", _DICE, _CENTRED),
    *_agrees("poisson", "rate*a**2", _SCORE),
    *_refuted("normal", "relu(a)", _PATH),
    *_refuted("laplace", "a**2", _SCORE, _DICE),
    *_refuted("normal", "a**2", "surrogate_twice", "score_curvature_dropped", "gradient_outer_product"),
    *_refuted("bernoulli", "p*exp(a)", "surrogate_twice", "estimate_differentiated"),
    *_refuted("normal", _MIXED, "estimate_differentiated", "mixed_terms_dropped", "mixed_term_once"),
    *_refuted("normal", _MIXED, "path_mixed_dropped", "first_gradient_detached"),
    *_refuted("exponential", "a**2", "surrogate_twice", "path_curvature_dropped"),
    # The return of a decision process, over all of its trajectories.
    *_agrees("mdp2", "return", "hessian_reinforce", "dice_causal", "dice_state_baseline"),
    *_agrees("mdp3", "return", "dice_causal", "dice_state_baseline"),
    *_refuted("mdp2", "return", "reward_to_go_twice"),
    *_refuted("mdp3", "return", "reward_to_go_twice", "dice_of_the_last_action"),
)
