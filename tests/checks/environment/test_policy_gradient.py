"""Estimators of a policy gradient: exact fractions for mean and variance, and the code held to them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from checks.environment.episodes import MdpProblem
from checks.environment.records import ESTIMATORS, MISTAKES, record_called
from checks.evidence.exact import examine
from checks.run import Options, run_check
from checks.suite import CheckSpec
from derive.environment.kinds import environment
from derive.environment.mdp import Mdp
from derive.environment.paths import Path as Trajectory
from derive.environment.paths import moments, paths
from tests.checks.environment.proofs import proof_of

# Mean and variance by estimator and parameter, as fractions: made once with SymPy by an enumeration that
# shares nothing with this program, at q = (1/3, 3/5), gamma = 9/10, lambda = 1/2.
REFERENCE = json.loads(Path(__file__).with_name("policy_gradient.json").read_text(encoding="utf-8"))
HALF = {"lambda": Fraction(1, 2)}
ALL = [n for n in (*ESTIMATORS, *MISTAKES) if record_called(n).kind == "mdp"]  # type: ignore[union-attr]


def process(name: str) -> Mdp:
    made = environment(name)
    assert isinstance(made, Mdp)
    return made


CASES = [(problem, name) for problem in REFERENCE for name in REFERENCE[problem]]


@pytest.mark.parametrize(("problem", "name"), CASES, ids=[f"{p}-{n}" for p, n in CASES])
def test_mean_and_variance_are_the_known_fractions(problem: str, name: str) -> None:
    mdp, record = process(problem), record_called(name)
    assert record is not None
    found = moments(mdp, lambda m, path: record.statistic(m, path, HALF))
    known = REFERENCE[problem][name]
    assert list(found.mean) == [Fraction(known[p][0]) for p in mdp.parameters]
    assert list(found.variance) == [Fraction(known[p][1]) for p in mdp.parameters]


# The other ones, by an argument each: PPO at the old policy is the advantage, with the sign of what is
# detached; a critic W = V/3 leaves a part of the way from the bandit (W = 0) to the truth (W = V).
@pytest.mark.parametrize("problem", ["mdp2", "mdp3"])
def test_the_other_means_follow(problem: str) -> None:
    mdp = process(problem)
    own = [n for n in ALL if not record_called(n).off_policy]  # type: ignore[union-attr]
    mean = {n: moments(mdp, lambda m, p, n=n: record_called(n).statistic(m, p, HALF)).mean for n in own}
    truth, bandit = mean["reward_to_go"], mean["immediate_reward_only"]
    assert mean["ppo_ratio"] == truth
    assert mean["ppo_numerator_detached"] == tuple(-g for g in truth)
    assert mean["biased_critic"] == tuple(b + (g - b) / 3 for g, b in zip(truth, bandit, strict=True))
    extra = tuple(x - g for x, g in zip(mean["critic_not_detached"], truth, strict=True))
    assert all(extra)


def test_data_of_another_policy() -> None:
    """Weighed per decision they have the gradient; unweighed the mean that was worked out by hand."""
    proof = proof_of("mdp2", "off_policy_weighted", "off_policy_unweighted")
    weighed, plain = (proof.statistics[n] for n in ("off_policy_weighted", "off_policy_unweighted"))
    assert weighed.mean == proof.exact
    assert [plain.mean["theta[0]"], plain.mean["theta[1]"]] == [0.248125, -0.2713125]


def test_without_a_behaviour_the_data_are_uniform() -> None:
    mdp = process("corridor")
    assert mdp.behaviour is None
    assert {p for row in mdp.drawn.policy for p in row} == {Fraction(1, 3)}
    assert proof_of("corridor", "off_policy_weighted").statistics[
        "off_policy_weighted"
    ].mean == pytest.approx(proof_of("corridor").exact, abs=1e-15)


# At one step there is nothing after the action: what is lost in time is not lost there.
def test_on_a_bandit_many_slips_are_no_slips() -> None:
    from dataclasses import replace

    mdp = replace(process("mdp2"), horizon=1)
    own = [n for n in ALL if not record_called(n).off_policy]  # type: ignore[union-attr]
    mean = {n: moments(mdp, lambda m, p, n=n: record_called(n).statistic(m, p, HALF)).mean for n in own}
    truth = mean["reinforce"]
    harmless = ("discount_dropped", "discount_dropped_in_front", "immediate_reward_only", "mean_over_time")
    assert all(mean[n] == truth for n in harmless)
    assert mean["return_starts_late"] == (0, 0)
    assert mean["ppo_numerator_detached"] != truth


@pytest.mark.parametrize("lam", ["0", "1/4", "1"])
def test_gae_is_unbiased_for_every_lambda_and_its_variance_is_a_parabola(lam: str) -> None:
    x = Fraction(lam)
    found = moments(process("mdp2"), lambda m, p: record_called("gae").statistic(m, p, {"lambda": x}))
    assert found.mean == (Fraction(187, 3000), Fraction("0.76272"))
    assert found.variance == (
        Fraction(2019, 6250) * x**2 - Fraction(3, 250) * x + Fraction(3235723, 9000000),
        Fraction(330453, 3125000) * x**2 - Fraction(17496, 390625) * x + Fraction(32656731, 39062500),
    )


@pytest.mark.parametrize("lam", ["0", "1/4", "1"])
def test_the_bias_of_gae_without_a_critic_is_linear_in_lambda(lam: str) -> None:
    x, record = Fraction(lam), record_called("gae_without_critic")
    assert record is not None
    mean = moments(process("mdp2"), lambda m, p: record.statistic(m, p, {"lambda": x})).mean
    assert mean == (
        Fraction(42, 125) * x - Fraction(821, 3000),
        Fraction(378, 3125) * x + Fraction(4011, 6250),
    )


@pytest.mark.parametrize("problem", ["mdp3", "corridor"])
@pytest.mark.parametrize("name", ALL)
def test_code_and_statistic_are_the_same_function(problem: str, name: str) -> None:
    """Row by row on the same episodes."""
    mdp, record = process(problem), record_called(name)
    assert record is not None
    task = MdpProblem(mdp, mdp.parameters, {"lambda": 0.5})
    rows = record.estimate(task, 40, torch.Generator().manual_seed(3))
    episodes = task.episodes(40, torch.Generator().manual_seed(3), record.off_policy)
    for row, s, a in zip(rows, episodes.states.tolist(), episodes.actions.tolist(), strict=True):
        path = Trajectory(tuple(s), tuple(a), Fraction(1))
        wanted = [float(x) for x in record.statistic(mdp, path, HALF)]
        # Rounding of a few dozen operations on numbers of size ten.
        np.testing.assert_allclose(row.numpy(), wanted, rtol=1e-12, atol=1e-13)


def test_the_replayed_code_has_the_exact_moments() -> None:
    mdp, record = process("mdp2"), record_called("temporal_difference")
    assert record is not None
    task = MdpProblem(mdp, mdp.parameters, {})
    found = examine(lambda n, g: record.estimate(task, n, g), 2)
    known = REFERENCE["mdp2"]["temporal_difference"].values()
    np.testing.assert_allclose(found.moments.mean, [float(Fraction(m)) for m, _ in known], rtol=1e-14)
    np.testing.assert_allclose(found.moments.variance, [float(Fraction(v)) for _, v in known], rtol=1e-13)
    assert found.describe() == "all 16 values of its noise enumerated"


def test_episodes_follow_the_process() -> None:
    """Frequencies of 40000 episodes: each of 16 within 6 standard deviations, a false alarm of 3e-8."""
    mdp, n = process("mdp2"), 40_000
    episodes = MdpProblem(mdp, mdp.parameters, {}).episodes(n, torch.Generator().manual_seed(5))
    seen = torch.cat([episodes.states, episodes.actions], dim=1).tolist()
    for path in paths(mdp):
        p = float(path.probability)
        count = sum(row == [*path.states, *path.actions] for row in seen)
        assert abs(count - n * p) < 6 * (n * p * (1 - p)) ** 0.5
    wrong = [*range(1)]
    assert abs(seen.count([1, 1, *wrong, 1]) - n / 16) > 6 * (n / 16) ** 0.5  # not the uniform law


def checked(family: str, name: str, expected: str = "agrees", **more: object) -> dict[str, object]:
    spec = CheckSpec("policy-gradient", family, "return", name, expected=expected, **more)  # type: ignore[arg-type]
    return run_check(spec, proof_of(family, name, at=spec.at, wrt=spec.wrt), Options()).to_json()


def test_a_report_has_the_shape_of_every_other() -> None:
    found = checked("mdp2", "reward_to_go")
    assert found["at"] == {"pi[0]": "1/3", "pi[1]": "3/5", "gamma": "9/10"}
    assert found["wrt"] == ["theta[0]", "theta[1]"]
    assert found["exact"] == {"theta[0]": 187 / 3000, "theta[1]": 0.76272}
    assert "pi[0]*(1 - pi[0])" in found["gradient"]["theta[0]"]  # type: ignore[index]
    assert found["terms"]["step_1"]["theta[1]"]["value"] == pytest.approx(0.40176)  # type: ignore[index]
    derivation = found["derivation"]
    assert derivation["status"] == "proved"  # type: ignore[index]
    assert derivation["steps"][-1]["rule"] == "Bellman recursion"  # type: ignore[index]
    assert found["variance"]["exact"]["theta[0]"] == pytest.approx(20066731 / 9000000)  # type: ignore[index]
    total = sum(step["theta[0]"]["value"] for step in found["terms"].values())  # type: ignore[union-attr]
    assert total == pytest.approx(187 / 3000)


def test_one_parameter_at_another_point() -> None:
    found = checked("mdp2", "gae", at=(("gamma", "1"), ("lambda", "3/4")), wrt=("theta[1]",))
    assert found["outcome"] == "agrees"
    assert found["at"]["lambda"] == "3/4"  # type: ignore[index]
    # (39/20)/3 + (6/5)(3/5) + 21/20 + 1 times (3/5)(2/5), at gamma = 1
    assert found["exact"] == {"theta[1]": pytest.approx(0.24 * (0.65 + 0.72 + 2.05))}


@pytest.mark.parametrize("name", [n for n in ALL if n in MISTAKES])
def test_a_mistake_is_refuted_by_exactly_its_bias(name: str) -> None:
    found = checked("mdp3", name, "refuted")
    assert (found["outcome"], found["as_expected"], found["evidence"]) == ("refuted", True, "exact")


def test_a_mistake_is_not_taken_for_the_estimator() -> None:
    """The code of one under the statistic of another is broken, not refuted as stated."""
    from dataclasses import replace

    proof = proof_of("mdp3", "discount_twice", "discount_dropped")
    stolen = replace(proof.statistics["discount_dropped"], estimator="discount_twice")
    spec = CheckSpec("policy-gradient", "mdp3", "return", "discount_twice", expected="refuted")
    result = run_check(spec, replace(proof, statistics={"discount_twice": stolen}))
    assert not result.as_expected


def test_an_estimator_of_another_kind_does_not_apply() -> None:
    proof = proof_of("mdp2", "pathwise_dynamics", "pathwise")
    assert proof.statistics["pathwise_dynamics"].refusal == "pathwise_dynamics is for problems such as lq3"
    assert "is for a law with an integrand" in str(proof.statistics["pathwise"].refusal)
