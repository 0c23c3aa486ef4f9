"""Second derivatives of a return: exact ones against autograd, estimators over all trajectories."""

from __future__ import annotations

from functools import cache

import pytest
import torch

from checks.environment.problem import environment_of
from checks.higher_order.environment.prove import prove
from checks.higher_order.records import MISTAKES_OF_RETURNS, OF_RETURNS, estimator_called
from checks.prover import answer
from checks.run import Options, run_check
from checks.suite import CheckSpec
from checks.verdict import Verdict
from derive.environment import files
from derive.environment.hessian import by_paths, by_recursion, curvature, pairs
from derive.environment.kinds import environment
from derive.environment.mdp import Mdp
from derive.environment.paths import paths, to_go
from derive.errors import NotApplicable, UnknownName
from derive.proof import Proof

ALL = (*OF_RETURNS, *MISTAKES_OF_RETURNS)
Point = tuple[tuple[str, str], ...]


def process(name: str) -> Mdp:
    made = environment(name)
    assert isinstance(made, Mdp)
    return made


@cache
def proved(problem: str, at: Point = (), wrt: tuple[str, ...] | None = None, *more: str) -> Proof:
    request = {"family": problem, "environment": files.load(problem), "at": list(at), "fourth": False}
    return prove({**request, "wrt": wrt and list(wrt), "estimators": [*ALL, *more]})


def verdict(name: str, problem: str, at: Point = ()) -> Verdict:
    spec = CheckSpec("higher-order", problem, "return", name, at)
    return run_check(spec, proved(problem, at), Options(evidence="exact")).verdict


def by_autograd(mdp: Mdp) -> list[float]:
    """Dynamic programming in Torch, differentiated twice: nothing of it is shared with derive."""

    def table(x: object) -> torch.Tensor:
        return torch.tensor(_floats(x), dtype=torch.float64)

    moves, rewards, policy = table(mdp.transitions), table(mdp.rewards), table(mdp.policy)

    def value(theta: torch.Tensor) -> torch.Tensor:
        if mdp.parametrization == "sigmoid":
            chosen = torch.stack([1 - torch.sigmoid(theta), torch.sigmoid(theta)], dim=-1)
        else:
            chosen = torch.softmax(theta.reshape(policy.shape), dim=-1)
        later = torch.zeros(len(policy), dtype=torch.float64)
        for _ in range(mdp.horizon):
            later = (chosen * (rewards + float(mdp.discount) * moves @ later)).sum(-1)
        return table(mdp.start) @ later

    sigmoid = mdp.parametrization == "sigmoid"
    logits = (policy[:, 1] / policy[:, 0]).log() if sigmoid else policy.log().reshape(-1)
    found = torch.autograd.functional.hessian(value, logits)
    return [float(found[i, j]) for i, j in pairs(mdp)]


def _floats(x: object) -> object:
    return [_floats(row) for row in x] if isinstance(x, tuple) else float(x)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["mdp2", "mdp3", "corridor"])
def test_the_exact_entries_are_those_of_autograd(name: str) -> None:
    mdp = process(name)
    found = by_recursion(mdp)
    assert found == by_paths(mdp)
    # Sums of a few hundred doubles against fractions.
    assert [float(x) for x in found] == pytest.approx(by_autograd(mdp), rel=1e-12, abs=1e-14)


def test_the_slope_of_a_score_is_the_same_for_every_action() -> None:
    mdp = process("corridor")
    p = mdp.policy[1]
    for i, (s, a) in enumerate(mdp.indices):
        for j, (t, b) in enumerate(mdp.indices):
            own = (s, t) == (1, 1)
            expected = p[a] * p[b] - (p[a] if a == b else 0) if own else 0
            assert curvature(mdp, 1)[i][j] == expected


# The policy at the point, and another.
PLACES: list[tuple[str, Point]] = [("mdp2", ()), ("mdp3", (("pi[0]", "2/9"), ("gamma", "4/5")))]


@pytest.mark.parametrize(("problem", "at"), PLACES, ids=["mdp2", "mdp3-moved"])
@pytest.mark.parametrize("name", ALL)
def test_code_has_the_moments_of_all_trajectories(name: str, problem: str, at: Point) -> None:
    found = verdict(name, problem, at)
    assert (found.outcome, found.as_stated) == ("agrees" if name in OF_RETURNS else "refuted", True)
    assert found.variance_estimate == pytest.approx(dict(found.variance_exact), rel=1e-7)


def test_causality_keeps_the_mean_and_changes_the_variance() -> None:
    stated = proved("mdp2").statistics
    whole, causal = stated["hessian_reinforce"], stated["dice_causal"]
    assert whole.mean == causal.mean == proved("mdp2").exact
    assert all(causal.variance[k] < whole.variance[k] for k in whole.variance)


@pytest.mark.parametrize("problem", ["mdp2", "mdp3"])
def test_the_values_of_states_take_from_the_variance_of_every_entry(problem: str) -> None:
    stated = proved(problem).statistics
    plain, centred = stated["dice_causal"], stated["dice_state_baseline"]
    assert plain.mean == centred.mean == proved(problem).exact
    assert all(centred.variance[k] < plain.variance[k] for k in plain.variance)


def test_the_surrogate_differentiated_twice_weighs_the_fisher_information() -> None:
    """By hand: ``-sum_t gamma**t E[G_t pi (1 - pi)]`` of each state, and nothing between states."""
    mdp, found = process("mdp2"), [0.0, 0.0]
    for path in paths(mdp):
        for t, (s, g) in enumerate(zip(path.states, to_go(mdp, path), strict=True)):
            p = mdp.policy[s][1]
            found[s] -= float(path.probability * mdp.discount**t * g * p * (1 - p))
    mean = proved("mdp2").statistics["reward_to_go_twice"].mean
    assert [mean["theta[0],theta[0]"], mean["theta[1],theta[1]"]] == pytest.approx(found, rel=1e-14)
    assert mean["theta[0],theta[1]"] == 0.0


def test_only_some_parameters() -> None:
    proof = proved("mdp2", (), ("theta[1]",))
    assert (proof.wrt, proof.parameters) == (("theta[1],theta[1]",), ("theta[1]",))
    assert proof.exact["theta[1],theta[1]"] == proved("mdp2").exact["theta[1],theta[1]"]
    spec = CheckSpec("higher-order", "mdp2", "return", "dice_causal", wrt=("theta[1]",))
    assert run_check(spec, proof, Options(evidence="exact")).verdict.outcome == "agrees"
    with pytest.raises(UnknownName, match="no parameter of mdp2 is called 'theta'"):
        proved("mdp2", (), ("theta",))


def test_what_is_no_decision_process_is_refused() -> None:
    with pytest.raises(NotApplicable, match="lq3, which is no decision process"):
        proved("lq3")
    assert "not for second derivatives" in (proved("mdp2", (), None, "dice").statistics["dice"].refusal or "")


def test_a_proof_crosses_the_border_of_a_worker_and_is_of_the_second_order() -> None:
    request = {"family": "mdp2", "environment": files.load("mdp2"), "at": [], "wrt": None, "fourth": False}
    said = answer({**request, "integrand": "return", "estimators": ["dice_causal"], "order": 2})
    proof = Proof.from_json(said["proof"])
    assert (proof.order, proof.parameters) == (2, ("theta[0]", "theta[1]"))
    made = environment_of(proof)
    assert made is not None
    assert estimator_called("dice_causal") is not None
    assert proof.routes["score_function_twice"].status == "proved-if"
