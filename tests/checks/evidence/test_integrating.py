"""Integrals against densities nobody samples: moments of torch's distributions, with honest errors."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Beta, Distribution, Gamma, Laplace, Normal, StudentT, Uniform

from checks.evidence.integrating import integrate
from checks.evidence.quadrature import Moments


def t(x: float) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.float64)


INFINITE = math.inf
LAWS: dict[str, tuple[Distribution, float, float]] = {
    "normal": (Normal(t(0.7), t(1.3)), -INFINITE, INFINITE),
    "far and narrow": (Normal(t(700.0), t(0.1)), -INFINITE, INFINITE),
    "laplace": (Laplace(t(0.7), t(1.3)), -INFINITE, INFINITE),
    "heavy": (StudentT(t(3.0)), -INFINITE, INFINITE),
    "gamma, singular": (Gamma(t(0.3), t(2.0)), 0.0, INFINITE),
    "beta, singular": (Beta(t(0.4), t(2.0)), 0.0, 1.0),
    "uniform": (Uniform(t(1.0), t(3.0)), 1.0, 3.0),
}


def moments_of(law: Distribution, low: float, high: float, **where: float) -> Moments:
    def values(a: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.ones_like(a), a, a * a], dim=-1)

    return integrate(law.log_prob, values, low, high, **where)


@pytest.mark.parametrize(("law", "low", "high"), LAWS.values(), ids=LAWS)
def test_moments_are_those_of_torch(law: Distribution, low: float, high: float) -> None:
    centre, scale = float(law.mean), float(law.variance) ** 0.5
    found = moments_of(law, low, high, centre=centre, scale=scale)
    wanted = [1.0, centre, float(law.variance) + centre**2]
    assert found.mean == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert (abs(found.mean - wanted) <= found.mean_error + 1e-12).all()


def test_a_peak_that_was_missed_shows_in_the_integral_of_one() -> None:
    law, low, high = LAWS["far and narrow"]
    assert moments_of(law, low, high).mean[0] == pytest.approx(0.0, abs=1e-6)


def test_what_is_not_normalised_is_seen() -> None:
    law = LAWS["laplace"][0]
    ones = torch.ones(1, dtype=torch.float64)
    found = integrate(lambda a: law.log_prob(a) + 0.5, lambda a: ones.expand(len(a), 1), -INFINITE, INFINITE)
    assert found.mean[0] == pytest.approx(math.exp(0.5), rel=1e-9)
