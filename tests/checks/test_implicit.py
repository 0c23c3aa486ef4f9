"""Implicit gradients in Torch: their accuracy measured, allowed for, and no cover for a real mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from flint import acb, ctx
from scipy import special, stats
from torch import Generator, Tensor, distributions

from checks.circle import Circle
from checks.estimators import ESTIMATORS
from checks.estimators.implicit import TORCH, drawing_from, from_torch
from checks.evidence.arrays import Array
from checks.evidence.exact import NoExactEvidence, examine
from checks.evidence.noise import record
from checks.evidence.shapes import differentiates_shapes
from checks.judge import Stated, exact_verdict
from checks.problem import Problem
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.samplers import SAMPLERS
from checks.suite import CheckSpec
from checks.testing import assert_unbiased
from derive.proof import Proof
from derive.special import beta_velocity, gamma_velocity

# Quantile levels of a Gauss rule: integrals over the law, and the tails with them.
LEVELS, WEIGHTS = (x / 2 for x in np.polynomial.legendre.leggauss(60))
LEVELS = LEVELS + 0.5


def exactly(function: type, *arguments: Array) -> Array:
    """The special velocity by ball arithmetic."""
    ctx.prec = 80
    rows = np.broadcast_arrays(*arguments)
    return np.array([float(function.ball(*(acb(float(v)) for v in row)).real.mid()) for row in zip(*rows)])  # type: ignore[attr-defined]


def torch_gamma(shape: float, x: Array) -> Array:
    found: Array = torch._standard_gamma_grad(torch.full((len(x),), shape).double(), torch.tensor(x)).numpy()
    return found


def torch_beta(p: float, q: float, x: Array) -> Array:
    columns = (torch.tensor(np.broadcast_to(np.asarray(v, float), x.shape).copy()) for v in (x, p, p + q))
    found: Array = torch._dirichlet_grad(*columns).numpy() * (1.0 - x)
    return found


@pytest.mark.parametrize("shape", [0.1, 0.5, 1.0, 2.4, 4.6, 7.9, 8.1, 20.0, 200.0])
def test_the_accuracy_of_torch_for_gamma_is_the_one_stated(shape: float) -> None:
    x = special.gammaincinv(shape, LEVELS)
    right, found = exactly(gamma_velocity, np.array(shape), x), torch_gamma(shape, x)
    off = np.sqrt(WEIGHTS @ (found - right) ** 2 / (WEIGHTS @ right**2))
    # Below what is stated, and no rounding error: the allowance is needed.
    assert 1e-6 < off < TORCH / 2


@pytest.mark.parametrize(
    ("p", "q"), [(0.3, 0.3), (0.8, 2.0), (2.4, 1.75), (2.4, 4.95), (10.0, 2.0), (20.0, 30.0)]
)
def test_the_accuracy_of_torch_for_beta_is_the_one_stated(p: float, q: float) -> None:
    x = special.betaincinv(p, q, LEVELS)
    right, found = exactly(beta_velocity, np.array(p), np.array(q), x), torch_beta(p, q, x)
    off = np.sqrt(WEIGHTS @ (found - right) ** 2 / (WEIGHTS @ right**2))
    assert 1e-6 < off < TORCH / 2


def test_at_single_samples_far_out_it_is_worse() -> None:
    """At a sample that is exceeded with probability 1e-10: what is stated is no pointwise bound."""
    x = np.array([0.9207])
    right, found = exactly(beta_velocity, np.array(2.0), np.array(10.0), x), torch_beta(2.0, 10.0, x)
    assert 5e-3 < abs(found[0] / right[0] - 1.0) < 5e-2


@cache
def proof_of(family: str, integrand: str, wrt: tuple[str, ...] | None = None) -> Proof:
    return prove(Request(family, integrand, wrt=wrt, estimators=("implicit",)))


def judged(scale: float, floor: bool) -> str:
    """The verdict on the implicit estimator of E[log a] with its gradient in the shape scaled."""
    proof = proof_of("gamma", "log(a)")
    statistic = proof.statistics["implicit"]
    problem = Problem(proof)

    def run(n: int, generator: Generator) -> Tensor:
        return ESTIMATORS["implicit"].estimate(problem, n, generator) * torch.tensor([scale, 1.0]).double()

    stated = Stated(proof, statistic if floor else replace(statistic, accuracy={}), True)
    verdict = exact_verdict(examine(run, 2), stated, 0.01, Options().rates)
    assert not isinstance(verdict, str)
    return verdict.outcome


def test_right_code_is_not_refuted_and_without_the_allowance_it_would_be() -> None:
    assert judged(1.0, floor=True) == "agrees"
    assert judged(1.0, floor=False) != "agrees"


def test_a_mistake_larger_than_the_accuracy_is_refuted() -> None:
    # The allowance is a thousandth of the root mean square, here 1.08 times the mean.
    assert judged(1.003, floor=True) == "refuted"
    assert judged(0.997, floor=True) == "refuted"


def test_the_verdict_says_what_it_allows() -> None:
    verdict = run_check(CheckSpec("x", "gamma", "log(a)", "implicit"), proof_of("gamma", "log(a)")).verdict
    assert "good to 0.001 of the gradient's size" in verdict.reason
    assert verdict.detectable_bias["shape"] == pytest.approx(1e-3 * (0.5187**2 + 0.0335) ** 0.5, rel=1e-2)
    rate = verdict.detectable_bias["rate"]
    assert rate is not None
    assert rate < 1e-8


def test_sampling_does_not_refute_it_either() -> None:
    options = Options(evidence="sampling", seed=3)
    verdict = run_check(
        CheckSpec("x", "gamma", "log(a)", "implicit"), proof_of("gamma", "log(a)"), options
    ).verdict
    assert (verdict.outcome, verdict.evidence) == ("agrees", "sampling")


@pytest.mark.parametrize(
    ("law", "mean", "variance"),
    [
        pytest.param(lambda: distributions.Gamma(of(2.4), of(1.4)), 2.4 / 1.4, 2.4 / 1.96, id="gamma"),
        pytest.param(lambda: distributions.Gamma(of(0.3), of(1.0)), 0.3, 0.3, id="small shape"),
        pytest.param(
            lambda: distributions.Beta(of(2.4), of(1.75)), 2.4 / 4.15, 4.2 / (4.15**2 * 5.15), id="beta"
        ),
        pytest.param(lambda: distributions.Chi2(of(3.0)), 3.0, 6.0, id="chi-squared"),
        pytest.param(lambda: distributions.StudentT(of(9.0)), 0.0, 9.0 / 7.0, id="student_t"),
    ],
)
def test_draws_by_rejection_are_put_at_quantiles(
    law: Callable[[], distributions.Distribution], mean: float, variance: float
) -> None:
    found = examine(lambda n, g: law().sample(torch.Size((n, 1))), 1).moments
    assert found.mean[0] == pytest.approx(mean, rel=1e-7, abs=1e-9)
    assert found.variance[0] == pytest.approx(variance, rel=1e-6)


def of(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def test_a_point_of_the_simplex_takes_one_number_less() -> None:
    alpha = torch.tensor([2.4, 1.75, 3.2], dtype=torch.float64)

    def run(n: int, generator: Generator) -> Tensor:
        return distributions.Dirichlet(alpha).sample(torch.Size((n,)))

    draws, point = record(lambda: run(5, Generator()))
    assert [d.shape for d in draws] == [(5, 2)]
    assert torch.allclose(point.sum(-1), torch.ones(5).double())
    found = examine(run, 3).moments
    np.testing.assert_allclose(found.mean, alpha / alpha.sum(), rtol=1e-8)
    assert found.mean[0] != pytest.approx(1.75 / 7.35, rel=1e-3)


def test_a_wrong_quantile_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary run stands against the replay: its draws are Torch's own."""
    from checks import tails

    right = tails.gamma
    monkeypatch.setattr(tails, "gamma", lambda shape, z: 1.2 * right(shape, z))
    run = lambda n, g: distributions.Gamma(2.4, 1.0).sample(torch.Size((n, 1))).double()  # noqa: E731
    with pytest.raises(NoExactEvidence, match="an ordinary run contradicts"):
        examine(run, 1)


# Kolmogorov's test: a right sampler fails once in a million seeds, and the seed is fixed.
@pytest.mark.parametrize(
    ("name", "parameters", "level"),
    [
        ("gamma", (2.4, 1.4), lambda x: special.gammainc(2.4, 1.4 * x)),
        ("gamma", (0.2, 1.0), lambda x: special.gammainc(0.2, x)),
        ("beta", (2.4, 0.5), lambda x: special.betainc(2.4, 0.5, x)),
        ("von_mises", (0.4, 1.75), lambda x: Circle(0.4, 1.75).level(x)),
    ],
    ids=["gamma", "small", "beta", "von_mises"],
)
def test_samplers_have_their_laws(
    name: str, parameters: tuple[float, ...], level: Callable[[Array], Array]
) -> None:
    x = SAMPLERS[name](parameters, (20_000,), Generator().manual_seed(5)).numpy()
    assert stats.kstest(x, level).pvalue > 1e-6
    assert stats.kstest(0.8 * x, level).pvalue < 1e-6


def test_the_dirichlet_sampler_has_its_margins() -> None:
    x = SAMPLERS["dirichlet"]((2.4, 1.75, 3.2), (20_000, 2), Generator().manual_seed(5)).numpy()
    for column, own in zip((x[:, 0], x[:, 1], 1 - x.sum(1)), (2.4, 1.75, 3.2), strict=True):
        assert stats.kstest(column, lambda v, p=own: special.betainc(p, 7.35 - p, v)).pvalue > 1e-6


@pytest.mark.parametrize("kappa", [0.05, 1.75, 30.0])
def test_the_circle_against_scipy_and_differences(kappa: float) -> None:
    x = np.linspace(-3.1, 3.1, 41)
    circle = Circle(0.4, kappa)
    law = stats.vonmises(kappa, loc=0.4)
    whole = law.cdf(x) - law.cdf(-np.pi)
    np.testing.assert_allclose(circle.level(x), whole, atol=1e-12)
    np.testing.assert_allclose(circle.density(x), law.pdf(x), rtol=1e-12)
    np.testing.assert_allclose(
        circle.quantile(circle.level(x)), x, atol=1e-9 + 1e-15 / circle.density(x).min()
    )
    h = 1e-5 * kappa
    slope = (Circle(0.4, kappa + h).level(x) - Circle(0.4, kappa - h).level(x)) / (2 * h)
    np.testing.assert_allclose(circle.level_slope(x), slope, atol=1e-8)


def test_torch_draws_from_the_generator_that_is_given() -> None:
    before = torch.random.get_rng_state()
    problem = Problem(proof_of("gamma", "log(a)"))
    one, two = (from_torch("gamma", 4, Generator().manual_seed(7), problem.leaves(4)) for _ in range(2))
    assert torch.equal(one, two)
    assert torch.equal(torch.random.get_rng_state(), before)
    generator = Generator().manual_seed(7)
    with drawing_from(generator):
        first = torch.rand(3)
    assert not torch.equal(torch.rand(3, generator=generator), first)


def test_a_family_without_a_level_in_torch_says_so() -> None:
    from derive.errors import NotApplicable

    problem = Problem(prove(Request("laplace", "a**2", estimators=("pathwise",))))
    with pytest.raises(NotApplicable, match="laplace has no distribution function"):
        problem.level(torch.zeros(2).double())


def rsampled(f: Callable[[Tensor], Tensor], theta: Any, n: int) -> Tensor:
    """As anyone writes it."""
    return f(distributions.Gamma(theta.shape, theta.rate).rsample(torch.Size((n,)))).mean()


def on_the_simplex(f: Callable[[Tensor], Tensor], theta: Any, n: int) -> Tensor:
    """A Dirichlet sample has three columns, of which the proof takes two."""
    return f(distributions.Dirichlet(theta.alpha).rsample(torch.Size((n,)))).mean()


def test_somebody_elses_implicit_gradients_are_allowed_for_too() -> None:
    assert_unbiased(rsampled, family="gamma", integrand="log(a)", n=16, evidence="exact")
    with pytest.raises(AssertionError, match="refuted"):
        assert_unbiased(
            lambda f, theta, n: 1.01 * rsampled(f, theta, n),
            family="gamma",
            integrand="log(a)",
            n=16,
            evidence="exact",
        )


def test_a_sample_of_the_simplex_may_have_all_of_its_columns() -> None:
    wrt = ("alpha[1]",)
    assert_unbiased(on_the_simplex, family="dirichlet", integrand="a[2]", wrt=wrt, n=8, evidence="exact")


def test_only_code_that_takes_such_gradients_is_allowed_for() -> None:
    shape = torch.tensor(2.4, dtype=torch.float64, requires_grad=True)
    law = distributions.Gamma(shape, torch.tensor(1.4, dtype=torch.float64))

    def implicit() -> Tensor:
        (found,) = torch.autograd.grad(law.rsample(torch.Size((3,))).sum(), shape)
        return found

    def score() -> Tensor:
        (found,) = torch.autograd.grad(law.log_prob(law.sample(torch.Size((3,)))).sum(), shape)
        return found

    assert differentiates_shapes(implicit)
    assert not differentiates_shapes(score)
