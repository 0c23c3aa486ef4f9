"""Exact evidence on estimators of known mean and variance, right and wrong, and on code it must decline."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from checks.evidence import exact, quadrature
from checks.evidence.exact import Exact, NoExactEvidence, examine
from checks.problem import Problem
from checks.run import estimator_called
from tests.checks.proofs import proof_of

MU, SIGMA = 0.7, 1.3


def examined(name: str, family: str, integrand: str, at: dict[str, str] | None = None) -> Exact:
    problem = Problem(proof_of(family, integrand, at=at))
    estimator = estimator_called(name)
    return examine(lambda n, g: estimator.estimate(problem, n, g), len(problem.wrt))


# Normal(7/10, 13/10), a**2: closed forms for mu and sigma.
M, S = MU, SIGMA
SCORE = [(M**4 + 14 * M**2 * S**2 + 15 * S**4) / S**2, 2 * (M**4 + 30 * M**2 * S**2 + 37 * S**4) / S**2]
PATHWISE = [4 * S**2, 4 * M**2 + 8 * S**2]
J = M**2 + S**2
# name: (estimator, family, integrand, means, variances or None)
KNOWN: dict[str, tuple[str, str, str, list[float], list[float] | None]] = {
    "score": ("score_function", "normal", "a**2", [2 * M, 2 * S], SCORE),
    "pathwise": ("pathwise", "normal", "a**2", [2 * M, 2 * S], PATHWISE),
    "sign": ("sign_of_score", "normal", "a**2", [-2 * M, -2 * S], SCORE),
    "jacobian": ("missing_jacobian", "normal", "a**2", [2 * M, 2 * S + J / S], None),
    "detached": ("detached_scale", "normal", "a**2", [2 * M, 0.0], [4 * S**2, 0.0]),
    "explicit": ("dropped_explicit_term", "normal", "mu*a**2", [2 * M**2, 2 * M * S], None),
    "both": ("score_function", "normal", "mu*a**2", [3 * M**2 + S**2, 2 * M * S], None),
    "exponential score": ("score_function", "exponential", "a**2", [-2.048], [127.926272]),
    "exponential pathwise": ("pathwise", "exponential", "a**2", [-2.048], [20.97152]),
    "constant": ("pathwise", "exponential", "log(a)", [-0.8], [0.0]),
    "jump": ("pathwise", "normal", "Heaviside(a - 1)", [0.0, 0.0], [0.0, 0.0]),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_means_and_variances(name: str) -> None:
    estimator, family, integrand, means, variances = KNOWN[name]
    m = examined(estimator, family, integrand).moments
    np.testing.assert_allclose(m.mean, means, rtol=1e-10, atol=1e-11)
    # Estimates of the error are upper bounds.
    assert np.all(np.abs(m.mean - means) <= m.mean_error + 1e-14)
    if variances is not None:
        np.testing.assert_allclose(m.variance, variances, rtol=1e-9, atol=1e-11)


def test_the_score_finds_the_jump() -> None:
    phi = math.exp(-(((1 - MU) / SIGMA) ** 2) / 2) / math.sqrt(2 * math.pi)
    m = examined("score_function", "normal", "Heaviside(a - 1)").moments
    np.testing.assert_allclose(m.mean, [phi / SIGMA, (1 - MU) / SIGMA**2 * phi], rtol=1e-9)


def test_a_bias_of_a_millionth_stands_out() -> None:
    problem = Problem(proof_of("normal", "a**2"))
    run = lambda n, g: (1 + 1e-6) * estimator_called("pathwise").estimate(problem, n, g)  # noqa: E731
    m = examine(run, 2).moments
    assert np.all(np.abs(m.mean - [2 * MU, 2 * SIGMA]) > 1e5 * m.mean_error)


def test_it_says_what_it_did() -> None:
    said = examined("pathwise", "normal", "a").describe()
    assert said == "its noise (1-dimensional) replayed at 646 values"
    assert "(2-dimensional)" in examined("pathwise", "multivariate_normal", "a[0]*a[1]").describe()


def normals(n: int, generator: Generator) -> Tensor:
    return torch.randn(n, 1, generator=generator, dtype=torch.float64)


def test_an_estimator_without_noise() -> None:
    found = examine(lambda n, g: torch.full((n, 1), 2.5, dtype=torch.float64), 1)
    assert found.moments.mean.tolist() == [2.5]
    assert found.moments.variance.tolist() == [0.0]
    assert found.describe() == "it draws no noise"


def test_finite_noise_is_enumerated() -> None:
    def run(n: int, generator: Generator) -> Tensor:
        p = torch.full((n, 1), 2 / 7, dtype=torch.float64)
        return (torch.bernoulli(p, generator=generator) - 0.45) ** 2

    found = examine(run, 1)
    assert found.moments.mean[0] == pytest.approx(2 / 7 * 0.55**2 + 5 / 7 * 0.45**2, rel=1e-15)
    assert found.describe() == "all 2 values of its noise enumerated"


def test_a_probability_that_depends_on_a_draw() -> None:
    def run(n: int, generator: Generator) -> Tensor:
        return torch.bernoulli(torch.sigmoid(1.0 + normals(n, generator)), generator=generator)

    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    exact = weights @ (1 / (1 + np.exp(-1.0 - nodes))) / weights.sum()
    assert examine(run, 1).moments.mean[0] == pytest.approx(exact, rel=1e-9)


def test_a_comparison_with_uniform_noise() -> None:
    run = lambda n, g: (torch.rand(n, 1, generator=g, dtype=torch.float64) < 1 / 3).double()  # noqa: E731
    assert examine(run, 1).moments.mean[0] == pytest.approx(1 / 3, abs=1e-9)


DECLINED = {
    "interacting rows": (lambda n, g: normals(n, g) - normals(n, g).mean(0), "interact"),
    "shared noise": (lambda n, g: torch.zeros(n, 1) + normals(1, g), "draws \\[1, 1\\] values for 3 samples"),
    "permuted": (lambda n, g: torch.randperm(n, generator=g)[:, None].double(), "'randperm'"),
    "too much noise": (lambda n, g: many(n, 9, g), "9 continuous draws"),
    "a mean": (lambda n, g: normals(n, g).mean(0), "not one row for each"),
    "rough in three": (lambda n, g: many(n, 3, g).abs(), "not a smooth"),
    "rejection": (lambda n, g: rejection(n, g), "number|laws|shapes"),
    "nan": (lambda n, g: torch.log(normals(n, g)), "not finite with probability"),
    "numpy": (lambda n, g: torch.from_numpy(np.random.default_rng().normal(size=(n, 1))), "interact"),
}


def many(n: int, draws: int, generator: Generator) -> Tensor:
    return torch.randn(n, draws, generator=generator, dtype=torch.float64).sum(1, keepdim=True)


def rejection(n: int, generator: Generator) -> Tensor:
    x = normals(n, generator)
    while bool((x < 0).any()):
        x = torch.where(x < 0, normals(n, generator), x)
    return x


@pytest.mark.parametrize("name", DECLINED)
def test_what_is_declined(name: str) -> None:
    run, says = DECLINED[name]
    with pytest.raises(NoExactEvidence, match=says):
        examine(run, 1)


def test_an_ordinary_run_that_contradicts_the_replay() -> None:
    # It behaves only while it is replayed: with n as small as the probes, or on the nodes of the quadrature.
    def run(n: int, generator: Generator) -> Tensor:
        x = normals(n, generator)
        return x + 1.0 if n == 4096 else x

    with pytest.raises(NoExactEvidence, match="an ordinary run contradicts"):
        examine(run, 1)


def test_variances_that_do_not_exist() -> None:
    problem = Problem(proof_of("exponential", "exp(a)", at={"rate": "3/2"}))
    run = lambda n, g: estimator_called("pathwise").estimate(problem, n, g)  # noqa: E731
    m = examine(run, 1, finite=np.array([False])).moments
    # J = rate/(rate - 1), J' = -1/(rate - 1)**2.
    assert m.mean[0] == pytest.approx(-4.0, rel=1e-9)


def in_a_window(n: int, generator: Generator, width: float = 0.05) -> Tensor:
    """A quarter of a percent of the plane, where the output is large: between the nodes of every rule."""
    z = torch.randn(n, 2, dtype=torch.float64, generator=generator)
    inside = ((z[:, 0] - 0.6).abs() < width) & ((z[:, 1] - 1.1).abs() < width)
    return (1.0 + 1000.0 * inside.to(torch.float64))[:, None]


def test_a_window_between_the_nodes_is_not_believed_away() -> None:
    with pytest.raises(NoExactEvidence, match=r"overlooks a part|contradicts"):
        examine(in_a_window, 1)
    # A constant, which differs from its quadrature by rounding at most, is not taken for one.
    assert examine(lambda n, g: in_a_window(n, g, 0.0) / 3.0, 1).moments.mean == pytest.approx(1.0 / 3.0)


def squares(n: int, generator: Generator) -> Tensor:
    """Forty coordinates of one draw, one of them with a jump."""
    x = normals(n, generator)
    return torch.cat([torch.exp(-(k + 1) * x * x / 40.0) for k in range(39)] + [(x > 0.3).to(x)], dim=1)


def test_many_coordinates_are_worked_on_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, sizes = examine(squares, 40).moments, []

    def counted(n: int, generator: Generator) -> Tensor:
        sizes.append(n)
        return squares(n, generator)

    monkeypatch.setattr(exact, "LARGEST_CALL", 40 * 200)
    monkeypatch.setattr(quadrature, "_WORKED_ON", 3 * 17 * 82)
    pieces = examine(counted, 40).moments
    assert max(sizes) == 200
    for name in ("mean", "mean_error", "variance", "variance_error"):
        np.testing.assert_array_equal(getattr(pieces, name), getattr(whole, name))
    # What quadrature is asked for is 5e-10 of each mean.
    np.testing.assert_allclose(whole.mean[:39], [(1 + (k + 1) / 20) ** -0.5 for k in range(39)], rtol=1e-9)


def test_a_later_piece_that_contradicts_the_replay_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "LARGEST_CALL", 40 * 200)
    calls = []

    def run(n: int, generator: Generator) -> Tensor:
        calls.append(n == 192 and generator.initial_seed() == 0)
        return squares(n, generator) + 1.0 * (sum(calls) > 3)

    with pytest.raises(NoExactEvidence, match="an ordinary run contradicts"):
        examine(run, 40)
    assert 4 <= sum(calls) < 22  # of 22 pieces, with the 64 batches: it needs some of them, and not all
