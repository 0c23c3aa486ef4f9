"""Simulators, black boxes and divergences: known numbers, the code held to them, and wrong twins."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
import torch
from sympy import Rational, Symbol, cos, exp, pi, sqrt, sympify
from torch.distributions import Bernoulli, Categorical, Normal, kl_divergence

from checks import kinds
from checks.environment.dynamics_proof import closed_form
from checks.environment.mdp_proof import exact_gradient
from checks.environment.records import record_called
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from checks.suites import SUITES
from derive.environment.kinds import environment
from derive.environment.linear_quadratic import LinearQuadratic
from derive.environment.mdp import Mdp
from derive.errors import NotApplicable, StepRefuted, UnknownName
from tests.checks.environment.proofs import proof_of

# Mean and variance of one rollout: polynomials in the noise, averaged by an enumeration of their own.
SIMULATORS = {
    ("lq1", "pathwise_dynamics"): ("-27/20", "9/100"),
    ("lq1", "score_dynamics"): ("-27/20", "102033/6400"),
    ("lq1", "score_dynamics_to_go"): ("-27/20", "102033/6400"),
    ("lq1", "state_detached"): ("-27/20", "9/100"),
    ("lq2", "pathwise_dynamics"): ("-2.346", "8152/15625"),
    ("lq2", "score_dynamics"): ("-2.346", "654482517/12500000"),
    ("lq2", "score_dynamics_to_go"): ("-2.346", "3748035561/100000000"),
    ("lq2", "state_detached"): ("-1.86", "9419/31250"),
    ("lq3", "pathwise_dynamics"): ("-2.91216", "22920889/19531250"),
    ("lq3", "score_dynamics"): ("-2.91216", "131794020043119/1562500000000"),
    ("lq3", "score_dynamics_to_go"): ("-2.91216", "42362190275847/781250000000"),
    ("lq3", "state_detached"): ("-2.0676", "18369503/39062500"),
}


@pytest.mark.parametrize(("problem", "name"), SIMULATORS, ids=[f"{p}-{n}" for p, n in SIMULATORS])
def test_a_simulator_has_the_known_moments(problem: str, name: str) -> None:
    mean, variance = map(Fraction, SIMULATORS[problem, name])
    found = proof_of(problem, name).statistics[name]
    assert (found.mean["theta"], found.variance["theta"]) == (float(mean), float(variance))


@pytest.mark.parametrize("problem", ["lq1", "lq2", "lq3"])
def test_truncation_in_windows_of_two_is_exact_up_to_two_steps(problem: str) -> None:
    proof = proof_of(problem, "truncated_backpropagation", "pathwise_dynamics", "state_detached")
    mean = {name: s.mean["theta"] for name, s in proof.statistics.items()}
    if problem == "lq3":
        full, cut, none = (
            mean[n] for n in ("pathwise_dynamics", "truncated_backpropagation", "state_detached")
        )
        assert full is not None and cut is not None and none is not None  # noqa: PT018
        assert full < cut < none
    else:
        assert mean["truncated_backpropagation"] == mean["pathwise_dynamics"]


def test_the_gradient_of_a_simulator_is_the_formula() -> None:
    made = environment("lq2")
    assert isinstance(made, LinearQuadratic)
    wanted = sympify(
        "-2*B*(A + B*theta)*(2*A**2*x0**2 + 4*A*B*theta*x0**2 + B**2*sigma**2 + 2*B**2*theta**2*x0**2"
        " + x0**2)"
    )
    named = {s: Symbol(s.name, real=True) for s in wanted.free_symbols}
    assert (closed_form(made) - wanted.xreplace(named)).expand() == 0
    assert proof_of("lq2").exact["theta"] == -2.346


def test_a_long_simulator_is_sampled_with_its_derivative_known(tmp_path: Path) -> None:
    text = (
        (Path(kinds.files.FOLDER) / "lq3.toml")
        .read_text(encoding="utf-8")
        .replace("horizon = 3", "horizon = 9")
    )
    path = tmp_path / "long.toml"
    path.write_text(text, encoding="utf-8")
    proof = proof_of(str(path), "pathwise_dynamics")
    assert proof.statistics["pathwise_dynamics"].mean == {}
    spec = CheckSpec("environment", str(path), "return", "pathwise_dynamics")
    result = run_check(spec, proof)
    assert (result.verdict.outcome, result.verdict.evidence) == ("agrees", "sampling")


T, S = Rational(7, 10), Rational(2, 5)
# f, its derivative, that of the smoothed f, and the variances of the three strategies in their order.
BLACK_BOXES = [
    ("t**2", 2 * T, 2 * T, (10.760625, 3.92, 6.32)),
    ("t**3", 3 * T**2, 3 * T**2 + 3 * S**2, (28.06530625, 12.4242, 23.0082)),
    ("exp(t)", exp(T), exp(T + S**2 / 2), (52.4825955136916995, 11.1893872378873146, 14.1298829331489437)),
    ("sin(t)", cos(T), exp(-(S**2) / 2) * cos(T), (2.487660721146434, 0.851700129471647, 1.05887468284253)),
    ("Heaviside(t)", 0, exp(-(T**2) / (2 * S**2)) / sqrt(2 * pi) / S, (None, None, None)),
]  # fmt: skip
STRATEGIES = ("evolution_strategy", "evolution_strategy_antithetic", "evolution_strategy_forward")


@pytest.mark.parametrize(
    ("f", "slope", "smoothed", "variances"), BLACK_BOXES, ids=[case[0] for case in BLACK_BOXES]
)
def test_a_black_box_is_missed_by_the_smoothing(
    f: str, slope: object, smoothed: object, variances: tuple[float | None, ...]
) -> None:
    proof = proof_of("smoothing", *STRATEGIES, integrand=f)
    assert proof.exact["t"] == pytest.approx(float(slope), rel=1e-15)  # type: ignore[arg-type]
    assert proof.at == {"t": "7/10", "s": "2/5"}
    for name, variance in zip(STRATEGIES, variances, strict=True):
        found = proof.statistics[name]
        assert found.mean["t"] == pytest.approx(float(smoothed), rel=1e-13)  # type: ignore[arg-type]
        if variance is not None:
            assert found.variance["t"] == pytest.approx(variance, rel=1e-12)


def test_the_bias_vanishes_with_the_width_and_the_variance_grows() -> None:
    biases, variances = [], []
    for s in ("2/5", "1/5", "1/10"):
        proof = proof_of("smoothing", "evolution_strategy", integrand="t**3", at=(("s", s),))
        found = proof.statistics["evolution_strategy"]
        biases.append(found.mean["t"] - proof.exact["t"])  # type: ignore[operator]
        variances.append(found.variance["t"])
    assert biases == pytest.approx([3 * 0.4**2, 3 * 0.2**2, 3 * 0.1**2])
    assert biases == sorted(biases, reverse=True)
    assert variances[2] > variances[1]  # type: ignore[operator]


def test_a_forgotten_scale_is_the_smoothed_gradient_times_it() -> None:
    proof = proof_of("smoothing", "scale_forgotten", integrand="t**3")
    assert proof.statistics["scale_forgotten"].mean["t"] == pytest.approx(0.78)


def test_mirrored_values_without_the_half_are_twice_the_gradient() -> None:
    proof = proof_of("smoothing", "half_forgotten", integrand="t**3")
    assert proof.statistics["half_forgotten"].mean["t"] == pytest.approx(2 * 1.95)


def test_simultaneous_perturbation_is_exact_but_for_third_derivatives() -> None:
    """Spall: for f = x**2 + 3 x y + 2 y**3 the means are 2x + 3y and 3x + 6y**2 + 2c**2, c the step."""
    proof = proof_of("smoothing2", "simultaneous_perturbation")
    x, y, c = Fraction(1, 2), Fraction(1, 3), Fraction(1, 5)
    found = proof.statistics["simultaneous_perturbation"]
    assert proof.exact == {"t[0]": float(2 * x + 3 * y), "t[1]": pytest.approx(float(3 * x + 6 * y**2))}
    means = [float(2 * x + 3 * y), float(3 * x + 6 * y**2 + 2 * c**2)]
    assert [found.mean["t[0]"], found.mean["t[1]"]] == pytest.approx(means, rel=1e-14)
    # The coordinates disturb each other: each has the square of the other's mean as its variance.
    assert [found.variance["t[0]"], found.variance["t[1]"]] == pytest.approx([means[1] ** 2, means[0] ** 2])


@pytest.mark.parametrize("name", ["evolution_strategy", "simultaneous_perturbation"])
def test_a_linear_function_in_two_dimensions(name: str) -> None:
    """The variances are g_i**2 + |g|**2 for the strategy, |g|**2 - g_i**2 for signs; here at f(0) = 0."""
    at = (("t[0]", "0"), ("t[1]", "0"))
    found = proof_of("smoothing2", name, integrand="2*t[0] + 3*t[1]", at=at).statistics[name]
    assert [found.mean["t[0]"], found.mean["t[1]"]] == pytest.approx([2.0, 3.0])
    own = [4.0, 9.0]
    wanted = [g + 13 if name == "evolution_strategy" else 13 - g for g in own]
    assert [found.variance["t[0]"], found.variance["t[1]"]] == pytest.approx(wanted)


def test_one_coordinate_of_two() -> None:
    proof = proof_of("smoothing2", "simultaneous_perturbation", wrt=("t[1]",))
    assert proof.wrt == ("t[1]",)
    spec = CheckSpec(
        "environment", "smoothing2", proof.integrand, "simultaneous_perturbation", expected="refuted"
    )
    result = run_check(spec, proof)
    assert result.as_expected
    assert result.verdict.bias["t[1]"] == pytest.approx(0.08)


def test_the_same_estimators_are_unbiased_for_the_smoothed_function() -> None:
    proof = prove(Request("normal", "a**3", wrt=("mu",), estimators=STRATEGIES))
    for name in STRATEGIES:
        assert proof.statistics[name].mean == pytest.approx(proof.exact)


@pytest.mark.parametrize(
    ("family", "integrand", "wrt", "says"),
    [
        ("laplace", "a**2", ("mu",), "the law has to be normal"),
        ("normal", "a**2", None, "add --wrt mu"),
        ("normal", "mu*a", ("mu",), "sees nothing of a parameter inside it"),
        ("multivariate_normal", "a[0]*a[1]", ("mu[0]", "mu[1]"), "L = s I"),
    ],
    ids=["law", "scale", "explicit", "widths"],
)
def test_where_a_black_box_is_none(
    family: str, integrand: str, wrt: tuple[str, ...] | None, says: str
) -> None:
    proof = prove(Request(family, integrand, wrt=wrt, estimators=("evolution_strategy",)))
    assert says in str(proof.statistics["evolution_strategy"].refusal)


# Losses from estimates of the divergence ------------------------------------------------------------

LOSSES = ("k1_loss", "k2_loss", "k3_loss")
DIVERGENCES = {
    **{s.family: s.integrand for s in SUITES["policy_gradient"] if s.estimator == "k2_loss"},
    "categorical_logits": "table(logits[0], logits[1], logits[2]) + log(3)"
    " - log(exp(logits[0]) + exp(logits[1]) + exp(logits[2]))",
}


def gradients(family: str, reverse: bool) -> list[float]:
    """The gradient of KL(P || Q), or of KL(Q || P), by torch.distributions."""
    if family == "normal":
        theta = torch.tensor([0.7, 1.3], dtype=torch.float64, requires_grad=True)
        pair = Normal(theta[0], theta[1]), Normal(torch.zeros((), dtype=torch.float64), 1.0)
    elif family == "bernoulli":
        theta = torch.tensor([2 / 7], dtype=torch.float64, requires_grad=True)
        pair = Bernoulli(theta[0]), Bernoulli(torch.tensor(0.75, dtype=torch.float64))  # type: ignore[assignment]
    elif family == "bernoulli_logits":
        (at,) = map(float, kinds.parameters(family).values())
        theta = torch.tensor([at], dtype=torch.float64, requires_grad=True)
        fair = torch.tensor(0.5, dtype=torch.float64)
        pair = Bernoulli(logits=theta[0]), Bernoulli(probs=fair)  # type: ignore[assignment]
    else:
        theta = torch.tensor([2 / 5, -3 / 4, 7 / 6], dtype=torch.float64, requires_grad=True)
        third = torch.full((3,), 1 / 3, dtype=torch.float64)
        pair = Categorical(logits=theta), Categorical(probs=third)  # type: ignore[assignment]
    p, q = pair
    (found,) = torch.autograd.grad(kl_divergence(q, p) if reverse else kl_divergence(p, q), theta)
    return list(found.tolist())


@pytest.mark.parametrize("family", DIVERGENCES)
def test_one_loss_of_three_has_the_gradient_of_the_divergence(family: str) -> None:
    proof = prove(Request(family, DIVERGENCES[family], estimators=LOSSES))
    mean = {name: [proof.statistics[name].mean[p] for p in proof.wrt] for name in LOSSES}
    assert mean["k1_loss"] == pytest.approx([0.0] * len(proof.wrt), abs=1e-14)
    assert mean["k2_loss"] == pytest.approx(gradients(family, reverse=False), rel=1e-12)
    assert mean["k3_loss"] == pytest.approx(gradients(family, reverse=True), rel=1e-12)
    assert [proof.exact[p] for p in proof.wrt] == pytest.approx(gradients(family, reverse=False), rel=1e-12)


def test_a_loss_needs_a_log_ratio() -> None:
    proof = prove(Request("normal", "a**2 + mu", estimators=("k2_loss",)))
    assert "its derivative by mu is not the score" in str(proof.statistics["k2_loss"].refusal)


# What the command line reads ------------------------------------------------------------------------


def test_names_of_families_and_problems() -> None:
    assert kinds.family_named("mdp2") == "mdp2"
    assert kinds.family_named("bernoulli-logits") == "bernoulli_logits"
    assert [kinds.kind_of(f) for f in ("normal", "mdp2", "lq1", "smoothing")] == [
        "law", "mdp", "linear_quadratic", "black_box"
    ]  # fmt: skip
    with pytest.raises(UnknownName, match="no family is called 'mdp9'") as caught:
        kinds.family_named("mdp9")
    assert "did you mean 'mdp" in str(caught.value.help)


def test_a_process_has_one_integrand() -> None:
    kinds.require_integrand("mdp2", "return")
    kinds.require_integrand("smoothing", "t**4")
    with pytest.raises(NotApplicable, match=r"its integrand is the return, not 'a\*\*2'"):
        kinds.require_integrand("mdp2", "a**2")


def test_too_many_trajectories_are_said(tmp_path: Path) -> None:
    text = (Path(kinds.files.FOLDER) / "mdp2.toml").read_text(encoding="utf-8")
    path = tmp_path / "long.toml"
    path.write_text(text.replace("horizon = 2", "horizon = 7"), encoding="utf-8")
    (warning,) = kinds.warnings((str(path),))
    assert "16384 trajectories are too many to enumerate" in warning
    assert kinds.warnings(("mdp2", "normal")) == ()
    proof = proof_of(str(path), "all_action")
    # No trajectory is enumerated, and yet both moments are exact: by recursion.
    assert proof.statistics["all_action"].mean == proof.exact
    assert proof.statistics["all_action"].source == "recursion over states and times"
    assert proof_of(str(path), "reinforce").statistics["reinforce"].mean == {}
    assert proof.routes["policy_gradient"].status == "proved"  # judged at a shorter horizon
    spec = CheckSpec("policy-gradient", str(path), "return", "all_action")
    result = run_check(spec, proof, Options(resolution=0.05))
    assert result.verdict.evidence == "sampling"
    assert result.verdict.outcome == "agrees"
    assert "values of others" in result.verdict.reason


def test_a_wrong_recursion_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from checks.environment import mdp_proof

    made = environment("mdp2")
    assert isinstance(made, Mdp)
    assert exact_gradient(made)[0]["theta[1]"] == Fraction("0.76272")
    monkeypatch.setattr(mdp_proof, "gradient_by_paths", lambda _: (Fraction(0), Fraction(0)))
    with pytest.raises(StepRefuted, match="by enumeration is"):
        exact_gradient(made)


def test_records_are_complete() -> None:
    from checks.environment.records import ESTIMATORS, MISTAKES

    for name in (*ESTIMATORS, *MISTAKES):
        record = record_called(name)
        assert record is not None
        assert record.name == name
        assert record.unbiased == (name in ESTIMATORS)
        assert all((record.approximates, record.requires, record.source, record.route))
        suites = ("policy_gradient", "environment", "multi_sample")
        checked = {s.estimator for check in suites for s in SUITES[check]}
        assert name in checked, f"{name} is in no suite"
    assert all(MISTAKES[name].of in ESTIMATORS for name in MISTAKES)


def test_names_are_nobody_elses() -> None:
    """An estimator of an environment is found by its name alone."""
    from checks import estimators, mistakes
    from checks.environment.records import ESTIMATORS, MISTAKES

    own = {*ESTIMATORS, *MISTAKES}
    assert not own & {*estimators.ESTIMATORS, *mistakes.MISTAKES}


def test_proofs_are_plain_data() -> None:
    from derive.proof import Proof

    for family in ("mdp2", "lq1", "smoothing"):
        proof = proof_of(family)
        assert Proof.from_json(json.loads(json.dumps(proof.to_json()))) == proof


@pytest.mark.parametrize("horizon", [1, 2, 5, 8])
def test_the_recursion_of_a_simulator_is_its_closed_form(horizon: int) -> None:
    from dataclasses import replace

    made = environment("lq2")
    assert isinstance(made, LinearQuadratic)
    long = replace(made, horizon=horizon)
    point = {Symbol(n, real=True): Rational(v.numerator, v.denominator) for n, v in long.point.items()}
    exact = long.gradient()
    assert closed_form(long).xreplace(point) == Rational(exact.numerator, exact.denominator)
