"""The environment as the second source of randomness: through a simulator, or through a black box.

A linear simulator is differentiated along its path. A function that can only be called is smoothed by normal
noise: the estimators are unbiased for the smoothed function, and refuted for f by exactly their bias. So are
finite differences, on common and on independent noise, for the difference quotient and for its limit.
"""

from __future__ import annotations

from checks.suite import CheckSpec

_MU = ("mu",)
_CUBIC = "t[0]**2 + 3*t[0]*t[1] + 2*t[1]**3"


def _agrees(
    family: str, estimator: str, integrand: str = "return", wrt: tuple[str, ...] | None = None
) -> CheckSpec:
    return CheckSpec("environment", family, integrand, estimator, wrt=wrt)


def _refuted(family: str, estimator: str, integrand: str = "return") -> CheckSpec:
    return CheckSpec("environment", family, integrand, estimator, expected="refuted")


SUITE = (
    _agrees("lq1", "pathwise_dynamics"),
    _agrees("lq1", "score_dynamics"),
    _agrees("lq2", "pathwise_dynamics"),
    _agrees("lq2", "score_dynamics"),
    _agrees("lq2", "score_dynamics_to_go"),
    _agrees("lq3", "pathwise_dynamics"),
    _agrees("lq3", "score_dynamics_to_go"),
    _agrees("lq1", "state_detached"),  # one step: there is nothing to lose yet
    _refuted("lq2", "state_detached"),
    _refuted("lq3", "state_detached"),
    _refuted("lq3", "truncated_backpropagation"),
    # f is quadratic: its smoothed derivative is its derivative.
    _agrees("smoothing", "evolution_strategy", "t**2"),
    _agrees("smoothing", "evolution_strategy_antithetic", "t**2"),
    _agrees("smoothing", "evolution_strategy_forward", "t**2"),
    _refuted("smoothing", "evolution_strategy", "t**3"),
    _refuted("smoothing", "evolution_strategy_antithetic", "t**3"),
    _refuted("smoothing", "evolution_strategy", "sin(t)"),
    _refuted("smoothing", "evolution_strategy_antithetic", "exp(t)"),
    # A step has slope zero wherever it has one; smoothed, it has the slope of the noise's distribution.
    _refuted("smoothing", "evolution_strategy", "Heaviside(t)"),
    _refuted("smoothing", "scale_forgotten", "t**2"),
    _refuted("smoothing", "half_forgotten", "t**2"),
    # In one dimension a central difference: exact for a quadratic, off by s**2 for a cubic.
    _agrees("smoothing", "simultaneous_perturbation", "t**2"),
    _refuted("smoothing", "simultaneous_perturbation", "t**3"),
    _agrees("smoothing2", "evolution_strategy_antithetic", "t[0]**2 + 3*t[0]*t[1]"),
    _agrees("smoothing2", "simultaneous_perturbation", "t[0]**2 + 3*t[0]*t[1]"),
    _refuted("smoothing2", "simultaneous_perturbation", _CUBIC),
    # For the smoothed objective itself the same estimators are unbiased.
    _agrees("normal", "evolution_strategy", "a**3", _MU),
    _agrees("normal", "evolution_strategy_antithetic", "sin(a)", _MU),
    _agrees("normal", "evolution_strategy_antithetic", "Heaviside(a)", _MU),
    # A law whose parameters are moved by h: exact for a quadratic, else off by h**2 and more.
    _agrees("normal", "finite_differences", "a**2"),
    _agrees("normal", "finite_differences_independent", "a**2"),
    _agrees("bernoulli", "finite_differences", "(a - 1/3)**2*(1 + p)"),
    _agrees("bernoulli", "finite_differences_independent", "(a - 1/3)**2*(1 + p)"),
    _refuted("normal", "finite_differences", "exp(a/2)"),
    _refuted("normal", "finite_differences", "Heaviside(a - 1/2)"),
    _refuted("categorical_logits", "finite_differences", "table(1, 9, 4)"),
    _refuted("exponential", "finite_differences_independent", "a**2"),
    _refuted("normal", "one_side_over_two_steps", "a**2"),
    _refuted("bernoulli", "one_side_over_two_steps", "exp(p*a)"),
)
