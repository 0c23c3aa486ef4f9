"""Random draws recorded and replaced, whatever the code that makes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from checks.evidence.laws import Unreplayable
from checks.evidence.noise import Draw, record, replay

D = torch.distributions
P = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
LOC, SCALE = torch.tensor([1.0, 2.0], dtype=torch.float64), torch.tensor([0.5, 3.0], dtype=torch.float64)


def empty() -> Tensor:
    return torch.empty(2, dtype=torch.float64)


# name: (code, base law, base noise to put in, the value it must become)
DRAWS: dict[str, tuple[Callable[[], Tensor], str, float, list[float]]] = {
    "randn": (lambda: torch.randn(2, dtype=torch.float64), "normal", 0.5, [0.5, 0.5]),
    "randn_like": (lambda: torch.randn_like(LOC), "normal", -1.0, [-1.0, -1.0]),
    "normal": (lambda: torch.normal(LOC, SCALE), "normal", 2.0, [2.0, 8.0]),
    "normal of a float": (lambda: torch.normal(1.0, SCALE), "normal", 2.0, [2.0, 7.0]),
    "normal_": (lambda: empty().normal_(3.0, 2.0), "normal", -1.0, [1.0, 1.0]),
    "log_normal_": (lambda: empty().log_normal_(0.0, 2.0), "normal", 0.0, [1.0, 1.0]),
    "rand": (lambda: torch.rand(2, dtype=torch.float64), "uniform", 0.25, [0.25, 0.25]),
    "uniform_": (lambda: empty().uniform_(-1.0, 3.0), "uniform", 0.25, [0.0, 0.0]),
    "exponential_": (lambda: empty().exponential_(4.0), "exponential", 2.0, [0.5, 0.5]),
    "cauchy_": (lambda: empty().cauchy_(1.0, 2.0), "exponential", 0.6931471805599453, [1.0, 1.0]),
    "bernoulli": (lambda: torch.bernoulli(P[:2]), "finite", 1.0, [1.0, 1.0]),
    "bernoulli_": (lambda: empty().bernoulli_(0.3), "finite", 0.0, [0.0, 0.0]),
    "randint": (lambda: torch.randint(3, 7, (2,)), "finite", 2.0, [5, 5]),
    "random_": (lambda: empty().random_(2, 5), "finite", 2.0, [4.0, 4.0]),
    "multinomial": (lambda: torch.multinomial(P, 2, replacement=True), "finite", 2.0, [2, 2]),
    "Normal.rsample": (lambda: D.Normal(LOC, SCALE).rsample(), "normal", 1.0, [1.5, 5.0]),
    "Normal.sample": (lambda: D.Normal(LOC, SCALE).sample(), "normal", 1.0, [1.5, 5.0]),
    "Bernoulli": (lambda: D.Bernoulli(P[:2]).sample(), "finite", 1.0, [1.0, 1.0]),
    "Categorical": (lambda: D.Categorical(P).sample((2,)), "finite", 1.0, [1, 1]),
    "Exponential": (lambda: D.Exponential(SCALE).rsample(), "exponential", 3.0, [6.0, 1.0]),
    "Gumbel": (lambda: D.Gumbel(LOC * 0, SCALE / SCALE).rsample(), "uniform", 1 / math.e, [0.0, 0.0]),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_draw_takes_the_value_put_in(name: str) -> None:
    code, law, base, wanted = DRAWS[name]
    (draw,), _ = record(code)
    assert draw.base == law
    played = replay(code, [torch.full(draw.shape, base, dtype=torch.float64)], [draw])
    assert played.output.tolist() == pytest.approx(wanted, abs=1e-12)


def test_probabilities_of_finite_values() -> None:
    def code() -> tuple[Tensor, Tensor]:
        return torch.bernoulli(P[:2]), torch.multinomial(P, 2, replacement=True)

    draws, _ = record(code)
    played = replay(code, [torch.tensor([1.0, 0.0]), torch.tensor([2.0, 1.0])], draws)
    first, second = played.weights
    assert first is not None
    assert second is not None
    assert first.tolist() == [0.2, 0.5]
    assert second.tolist() == pytest.approx([0.3, 0.5])
    assert [d.atoms for d in draws] == [2, 3]


def test_probabilities_may_depend_on_earlier_draws() -> None:
    def code() -> Tensor:
        return torch.bernoulli(torch.sigmoid(torch.randn(2, dtype=torch.float64)))

    draws, _ = record(code)
    played = replay(code, [torch.tensor([0.0, 100.0], dtype=torch.float64), torch.ones(2)], draws)
    assert played.weights[0] is None
    assert played.weights[1] is not None
    assert played.weights[1].tolist() == [0.5, 1.0]


LAWS = {
    "poisson": (lambda: torch.poisson(torch.tensor([0.0, 0.3, 40.0], dtype=torch.float64)),
                [stats.poisson(r) for r in (0.0, 0.3, 40.0)]),
    "binomial": (lambda: torch.binomial(torch.tensor([0.0, 3.0, 7.0]), torch.tensor([0.4, 0.0, 0.3])),
                 [stats.binom(n, p) for n, p in ((0, 0.4), (3, 0.0), (7, 0.3))]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAWS)
def test_counts_have_the_chances_of_their_law(name: str) -> None:
    code, laws = LAWS[name]
    (draw,), _ = record(code)
    counts = torch.arange(draw.atoms, dtype=torch.float64)
    weights = np.array([replay(code, [k.expand(3)], [draw]).weights[0].numpy() for k in counts])  # type: ignore[union-attr]  # finite draws have weights
    truth = np.stack([law.pmf(counts.numpy()) for law in laws], -1)
    # Two ways to sum logarithms of up to some hundreds; SciPy's p of a float32 is not Torch's 0.3.
    assert weights == pytest.approx(truth, rel=1e-6 if name == "binomial" else 1e-11, abs=1e-300)
    assert weights.sum(0) == pytest.approx(np.ones(3), abs=1e-6 if name == "binomial" else 1e-13)


def test_what_is_left_out_of_a_poisson_law_is_nothing() -> None:
    for rate in (1e-3, 2.5, 40.0, 1e3):
        (draw,), _ = record(partial(torch.poisson, torch.tensor(rate, dtype=torch.float64)))
        assert stats.poisson(rate).sf(draw.atoms - 1) < 1e-40 < stats.poisson(rate).sf(draw.atoms // 2 - 1)


def test_a_gradient_flows_through_a_replayed_draw() -> None:
    scale = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    code = lambda: torch.autograd.grad(D.Normal(0.0 * scale, scale).rsample((3,)).sum(), scale)[0]  # noqa: E731
    draws, _ = record(code)
    played = replay(code, [torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)], draws)
    assert played.output.item() == 7.0


def test_an_ordinary_run_is_not_changed() -> None:
    draws, seen = record(lambda: torch.randn(3, generator=torch.Generator().manual_seed(4)))
    assert torch.equal(seen, torch.randn(3, generator=torch.Generator().manual_seed(4)))
    assert draws == (Draw("aten.randn.generator", "normal", (3,), 0),)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        pytest.param(lambda: torch.randperm(4), "'randperm'", id="randperm"),
        pytest.param(lambda: torch.multinomial(P, 2), "without replacement", id="without replacement"),
        pytest.param(lambda: empty().random_(), "2\\*\\*53 values", id="random_"),
    ],
)
def test_what_cannot_be_replayed(code: Callable[[], object], says: str) -> None:
    with pytest.raises(Unreplayable, match=says):
        record(code)


def test_a_rejection_sampler_is_noticed() -> None:
    def code() -> Tensor:
        x = torch.randn(2)
        while bool((x < 0).any()):
            x = torch.randn(2)
        return x

    with pytest.raises(Unreplayable, match="number"):
        replay(code, [torch.full((2,), -1.0)])


def test_draws_that_change_their_law_are_noticed() -> None:
    expected = [Draw("aten.rand.default", "uniform", (2,), 0)]
    with pytest.raises(Unreplayable, match="laws of its draws"):
        replay(lambda: torch.randn(2), [torch.zeros(2)], expected)


def test_too_few_draws_are_noticed() -> None:
    with pytest.raises(Unreplayable, match="number of its draws"):
        replay(lambda: torch.zeros(2), [torch.zeros(2)])
