"""Numbers that samples are made of: their exact transformations, and the edges between choices.

About 2 s. The statistical test fails by chance less than once in a million runs for each number (the bound of
Dvoretzky, Kiefer and Wolfowitz), and numbers of another law fail it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from checks.choosing import WIDTH, Choice
from checks.quantiles import Tails, noises, sent_as, tails

MASSES = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
WAYS = {
    "threshold": Choice(torch.log(MASSES), mirrored=False),
    "threshold-from-above": Choice(torch.log(MASSES), mirrored=True),
    "gumbels": Choice(torch.log(MASSES), mirrored=True, clocks=3),
    "clocks": Choice(torch.log(MASSES), mirrored=False, clocks=3),
    "gumbels-in-columns": Choice(torch.log(MASSES), mirrored=True, clocks=3, columns=False),
}
COUNT = 4000
# By DKW: the largest distance of an empirical distribution function in all but one of a million runs.
FARTHEST = math.sqrt(math.log(2e6) / (2 * COUNT))


def outcomes(seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.multinomial(MASSES, COUNT, replacement=True, generator=generator)


def distance(values: Tensor) -> float:
    """Of their distribution function from that of a uniform number."""
    return float(stats.kstest(values.numpy(), "uniform").statistic)


@pytest.mark.parametrize("name", WAYS)
def test_numbers_stand_for_their_samples(name: str) -> None:
    wanted = outcomes(1)
    numbers = WAYS[name].numbers(wanted, np.random.default_rng(2))
    assert torch.equal(WAYS[name].samples(numbers, COUNT), wanted.to(torch.float64))


@pytest.mark.parametrize("name", WAYS)
def test_numbers_have_their_law(name: str) -> None:
    numbers = WAYS[name].numbers(outcomes(3), np.random.default_rng(4)).uniform
    each = max(WAYS[name].clocks, 1)
    columns = numbers.reshape(COUNT, each) if WAYS[name].columns else numbers.reshape(each, COUNT).T
    assert max(distance(columns[:, k]) for k in range(each)) < FARTHEST
    of_one = WAYS[name].numbers(torch.ones(COUNT, dtype=torch.int64), np.random.default_rng(4)).uniform
    columns = of_one.reshape(COUNT, each) if WAYS[name].columns else of_one.reshape(each, COUNT).T
    assert max(distance(columns[:, k]) for k in range(each)) > FARTHEST


@pytest.mark.parametrize("name", WAYS)
def test_an_edge_that_is_off_by_a_millionth_is_seen(name: str) -> None:
    torch.manual_seed(5)
    way = WAYS[name]
    off = replace(way, log_masses=torch.log(MASSES + torch.tensor([1e-6, -1e-6, 0.0])))
    at_edges = way.edges(64, WIDTH)
    assert not torch.equal(off.samples(at_edges, 64), way.samples(at_edges, 64))
    at_random = way.numbers(outcomes(6), np.random.default_rng(7))
    assert torch.equal(off.samples(at_random, COUNT), way.samples(at_random, COUNT))


def test_a_law_without_an_edge_has_none_to_look_at() -> None:
    sure = Choice(torch.zeros(1, dtype=torch.float64), mirrored=False)
    assert torch.equal(sure.samples(sure.edges(8, WIDTH), 8), torch.zeros(8, dtype=torch.float64))


QUANTILES = {
    "uniform": stats.uniform, "normal": stats.norm, "half_normal": None, "exponential": stats.expon,
    "logistic": stats.logistic, "gumbel": stats.gumbel_r, "laplace": stats.laplace, "cauchy": stats.cauchy,
}  # fmt: skip


@pytest.mark.parametrize("name", QUANTILES)
def test_noise_of_one_number_is_the_quantile(name: str) -> None:
    u = torch.tensor([1e-9, 1e-4, 0.1, 0.5, 0.7, 0.999, 1 - 1e-7], dtype=torch.float64)
    plain, mirrored = noises(name, "uniform", u, len(u))
    wanted, other = (
        np.abs(stats.norm.ppf(u)) if law is None else law.ppf(u) if i == 0 else law.isf(u)
        for i, law in enumerate([QUANTILES[name]] * 2)
    )
    assert plain.numpy() == pytest.approx(wanted, rel=1e-8, abs=1e-9)
    assert mirrored.numpy() == pytest.approx(other, rel=1e-8, abs=1e-9)


def test_both_tails_are_exact() -> None:
    """Of a normal number far out, where a uniform number is 1 to rounding; oracle: SciPy's logarithms."""
    z = torch.tensor([-9.0, 0.0, 9.0], dtype=torch.float64)
    found = tails("normal", z)
    assert found is not None
    assert (-found.below).numpy() == pytest.approx(stats.norm.logcdf(z), rel=1e-12)
    assert (-found.above).numpy() == pytest.approx(stats.norm.logsf(z), rel=1e-12)
    assert tails("finite", z) is None


@pytest.mark.parametrize("base", ["uniform", "exponential", "normal"])
def test_what_is_sent_has_the_tails_that_it_was_made_for(base: str) -> None:
    u = torch.tensor([1e-6, 0.3, 0.5, 0.9], dtype=torch.float64)
    found = tails(base, sent_as(base, Tails(-torch.log1p(-u), -torch.log(u))))
    assert found is not None
    assert torch.allclose(found.uniform, u, rtol=1e-9, atol=0)


u1, u2 = torch.rand(2, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(8))
e1, e2 = -torch.log(u1), -torch.log(u2)
OF_TWO: dict[str, tuple[str, Callable[[], Tensor]]] = {
    "polar-cosine": ("normal", lambda: torch.sqrt(2 * e1) * torch.cos(2 * math.pi * u2)),
    "polar-sine": ("normal", lambda: torch.sqrt(-2 * torch.log1p(-u1)) * torch.sin(2 * math.pi * u2)),
    "polar-exchanged": ("normal", lambda: torch.sqrt(2 * e2) * torch.cos(2 * math.pi * u1)),
    "two-gumbels": ("logistic", lambda: torch.log(e2) - torch.log(e1)),
    "two-exponentials": ("laplace", lambda: e1 - e2),
}


@pytest.mark.parametrize("layout", ["halves", "pairs"])
@pytest.mark.parametrize("name", OF_TWO)
def test_noise_of_two_numbers_is_known(name: str, layout: str) -> None:
    family, made = OF_TWO[name]
    sent = torch.stack([u1, u2]) if layout == "halves" else torch.stack([u1, u2], dim=1)
    found = [x for x in noises(family, "uniform", sent.reshape(-1), 16) if torch.allclose(x, made())]
    assert found
    wrong = [x for x in noises(family, "uniform", sent.reshape(-1), 16) if torch.allclose(x, 1.01 * made())]
    assert not wrong
