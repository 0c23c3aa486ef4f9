"""A problem's parameters, functions, noise and per-sample gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from checks import problem as problem_module
from checks.problem import Problem, Theta
from derive.errors import NotApplicable
from tests.checks.proofs import proof_of


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def normal() -> Problem:
    return Problem(proof_of("normal", "mu*a**2", at={"mu": "1/2", "sigma": "2"}))


def test_theta_by_name_and_by_attribute(normal: Problem) -> None:
    assert normal.theta["mu"] is normal.theta.mu
    assert normal.theta.sigma.item() == 2.0
    assert list(normal.theta) == ["mu", "sigma"]
    leaves = list(normal.theta.values())
    assert all(leaf.is_leaf and leaf.requires_grad and leaf.dtype == torch.float64 for leaf in leaves)


def test_only_wrt_requires_grad() -> None:
    theta = Problem(proof_of("normal", "a", wrt=("sigma",))).theta
    assert not theta.mu.requires_grad
    assert theta.sigma.requires_grad


def test_an_unknown_parameter_is_named(normal: Problem) -> None:
    with pytest.raises(KeyError, match="no parameter 'nu'; there are: mu, sigma"):
        normal.theta["nu"]
    with pytest.raises(AttributeError, match="no parameter 'nu'"):
        _ = normal.theta.nu


def test_vectors_and_matrices_of_entries() -> None:
    theta = Problem(proof_of("multivariate_normal", "a[0]")).theta
    assert theta.mu.tolist() == [theta["mu[0]"].item(), theta["mu[1]"].item()]
    corner, below, last = (theta[f"L[{entry}]"].item() for entry in ("0,0", "1,0", "1,1"))
    assert theta.L.tolist() == [[corner, 0.0], [below, last]]
    (slope,) = torch.autograd.grad(theta.L.sum(), theta["L[1,0]"])
    assert slope.item() == 1.0


def test_a_name_of_a_dunder_is_no_parameter() -> None:
    with pytest.raises(AttributeError):
        _ = Theta({})._secret


def test_integrand_density_and_transport(normal: Problem) -> None:
    x = torch.tensor([-1.0, 3.0], dtype=torch.float64)
    assert normal.f(x).tolist() == [0.5, 4.5]
    reference = torch.distributions.Normal(*torch.tensor([0.5, 2.0], dtype=torch.float64))
    torch.testing.assert_close(normal.log_density(x).detach(), reference.log_prob(x), rtol=1e-12, atol=1e-12)
    assert normal.transport(x).tolist() == [-1.5, 6.5]


def test_constants_of_the_integrand_have_their_value() -> None:
    problem = Problem(proof_of("normal", "c*a", at={"c": "3"}))
    assert problem.f(torch.ones(2, dtype=torch.float64)).tolist() == [3.0, 3.0]
    assert not problem.theta.c.requires_grad


def test_a_density_that_does_not_hold_the_sample() -> None:
    problem = Problem(proof_of("uniform", "a", at={"low": "-1", "high": "3"}))
    x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    assert problem.log_density(x).tolist() == pytest.approx([-math.log(4.0)] * 2, rel=1e-15)


def test_samples_come_from_the_generator_alone(normal: Problem) -> None:
    torch.manual_seed(1)
    one = normal.sample(5, generator(3))
    torch.manual_seed(2)
    assert torch.equal(one, normal.sample(5, generator(3)))
    assert not one.requires_grad
    assert one.dtype == torch.float64


def test_vector_samples_have_columns() -> None:
    problem = Problem(proof_of("multivariate_normal", "a[0]*a[1]"))
    x = problem.sample(7, generator())
    assert x.shape == (7, 2)
    torch.testing.assert_close(problem.f(x), x[:, 0] * x[:, 1])


def test_gradients_are_per_sample(normal: Problem) -> None:
    theta = normal.leaves(4)
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)
    found = normal.gradients(normal.f(x, theta), theta)
    assert found.tolist() == [[1.0, 0.0], [4.0, 0.0], [9.0, 0.0], [16.0, 0.0]]


def test_many_parameters_are_rows_of_one_leaf(monkeypatch: pytest.MonkeyPatch) -> None:
    integrand = " + ".join(f"c{i}*a**{1 + i % 3}" for i in range(40))
    at = {f"c{i}": str(i + 1) for i in range(40)}
    problem = Problem(proof_of("normal", integrand, wrt=("sigma", *at), at=at))
    x = torch.tensor([[1.0, 2.0], [3.0, -4.0], [0.5, 0.0]], dtype=torch.float64)

    def found(surrogate: Callable[[Theta], torch.Tensor]) -> torch.Tensor:
        theta = problem.leaves(3, 2)
        assert list(theta) == list(problem.point)
        assert theta.c7.tolist() == [[8.0]] * 3
        assert not theta.mu.requires_grad
        return problem.gradients(surrogate(theta), theta)

    by_one, none = found(lambda t: problem.f(x, t).sum(1)), found(lambda t: t["sigma"][:, 0] ** 2)
    monkeypatch.setattr(problem_module, "MANY", 1000)
    assert problem.leaves(3).whole is None
    assert torch.equal(by_one, found(lambda t: problem.f(x, t).sum(1)))
    assert by_one.shape == (3, 41)
    assert by_one[:, 1].tolist() == x.sum(1).tolist()
    assert not by_one[:, 0].any()
    assert not none[:, 1:].any()
    assert none[:, 0].tolist() == [2 * problem.point["sigma"]] * 3


def test_gradients_of_something_without_a_graph(normal: Problem) -> None:
    found = normal.gradients(torch.ones(3, dtype=torch.float64), normal.leaves(3))
    assert found.tolist() == [[0.0, 0.0]] * 3


def test_a_family_without_transport() -> None:
    proof = proof_of("normal", "a")
    problem = Problem(replace(proof, trees={**proof.trees, "transport": None, "noise": None}))
    with pytest.raises(NotApplicable, match="normal has no transport"):
        problem.transport(torch.zeros(1))
    with pytest.raises(NotApplicable, match="normal has no transport"):
        problem.draw_noise(1, generator())
