"""Samplers against distribution functions at chosen noise, and the reproducibility of their draws."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import torch

from checks import tails
from checks.evidence.noise import record, replay
from checks.samplers import SAMPLERS
from checks.student import tail_quantile
from derive.errors import UnknownName

# From far in one tail to far in the other: u = exp(-e), v = 1 - u.
EXPONENTIALS = torch.tensor(
    [1e-200, 1e-20, 1e-9, 0.1, math.log(2.0), 1.0, 5.0, 40.0, 300.0], dtype=torch.float64
)

HALF_NORMAL = math.sqrt(2 / math.pi)
EULER = 0.5772156649015329
PARAMETERS: dict[str, tuple[float, ...]] = {
    "normal": (0.7, 1.3),
    "uniform": (-1.0, 2.5),
    "exponential": (1.25,),
    "logistic": (0.3, 0.8),
    "gumbel": (-0.4, 0.9),
    "cauchy": (0.2, 1.5),
    "laplace": (0.7, 1.2),
    "half_normal": (1.7,),
    "student_t": (4.0, 0.3, 1.1),
}


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", PARAMETERS)
def test_same_generator_same_draws(name: str) -> None:
    one, two, other = (SAMPLERS[name](PARAMETERS[name], (1000,), generator(seed)) for seed in (5, 5, 6))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert one.dtype == torch.float64
    assert torch.isfinite(one).all()


def lower_tail(name: str, x: mpmath.mpf) -> mpmath.mpf:
    """``P(X <= x)`` of the standard law in closed form."""
    forms: dict[str, Callable[[mpmath.mpf], mpmath.mpf]] = {
        "logistic": lambda y: 1 / (1 + mpmath.exp(-y)),
        "gumbel": lambda y: mpmath.exp(-mpmath.exp(-y)),
        "cauchy": lambda y: mpmath.atan2(1, -y) / mpmath.pi,
    }
    return forms[name](x)


@pytest.mark.parametrize("name", ["logistic", "gumbel", "cauchy"])
def test_quantiles_hold_both_tails(name: str) -> None:
    drawn = getattr(tails, name)(EXPONENTIALS)
    with mpmath.workdps(400):
        for e, x in zip(EXPONENTIALS.tolist(), drawn.tolist(), strict=True):
            u = mpmath.exp(-mpmath.mpf(e))
            # gumbel falls in e, the others rise with u: each is the u-quantile of its law.
            found = lower_tail(name, mpmath.mpf(x))
            tail = min(u, 1 - u)
            # x is rounded to 1e-16 of itself, the tail changes by that times its slope in log: 1, x or e.
            assert abs(found - u) <= tail * 4e-16 * max(4, abs(x)) * max(1, e)


@pytest.mark.parametrize(
    "shapes", [(3.36, 2.3625), (0.3, 0.7), (12.0, 0.5), (200.0, 3.0), (0.05, 5.0)], ids=str
)
def test_beta_quantiles_far_out(shapes: tuple[float, float]) -> None:
    """SciPy has none beyond about 20 standard deviations of the noise; ours are quantiles there too."""
    z = torch.tensor([-37.0, -30.0, -24.0, -8.0, 8.0, 24.0, 30.0, 37.0], dtype=torch.float64)
    own, rest = tails.beta(*shapes, z)
    with mpmath.workdps(40):
        for x, of, low in [
            *zip(z.tolist(), own.tolist(), [True] * 8),
            *zip(z.tolist(), rest.tolist(), [False] * 8),
        ]:
            near = x if low else -x
            if near > 0 or of < 1e-300:  # the other of the two is the precise one, or none is a double
                assert of == pytest.approx(1.0, abs=1e-6) or 0.0 <= of < 1.0
                continue
            p, q = shapes if low else shapes[::-1]
            found = mpmath.betainc(p, q, 0, mpmath.mpf(of), regularized=True)
            # A double's rounding, times the exponent p of the tail, and SciPy's own series.
            assert abs(mpmath.log(found) - mpmath.log(mpmath.ncdf(near))) < 1e-11


@pytest.mark.parametrize("nu", [0.5, 1.0, 2.5, 4.0, 9.0, 60.0])
def test_student_quantile(nu: float) -> None:
    log_tail = -np.concatenate([np.logspace(-9, 2.5, 24), np.linspace(0.5, 4.0, 15)])
    for lt, t in zip(log_tail, tail_quantile(nu, log_tail), strict=True):
        with mpmath.workdps(60):
            t_, n = mpmath.mpf(t), mpmath.mpf(nu)
            tail = mpmath.betainc(n / 2, 0.5, 0, n / (n + t_**2), regularized=True)
            density = 2 * (1 + t_**2 / n) ** (-(n + 1) / 2) / (mpmath.sqrt(n) * mpmath.beta(n / 2, 0.5))
            # The error of t that explains the difference, relative to t.
            assert abs(tail - mpmath.exp(mpmath.mpf(lt))) / (density * t_) < 1e-13


def test_student_quantile_at_the_ends() -> None:
    assert tail_quantile(4.0, np.array([0.0])).item() == 0.0
    # P(|T| > t) = 6 t**-4 to leading order, for nu = 4.
    found = tail_quantile(4.0, np.array([-2000.0])).item()
    assert found == pytest.approx(6.0**0.25 * math.exp(500.0), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "mean", "variance"),
    [
        pytest.param("laplace", 0.7, 2 * 1.2**2, id="laplace"),
        pytest.param("half_normal", 1.7 * HALF_NORMAL, 1.7**2 * (1 - HALF_NORMAL**2), id="half_normal"),
        pytest.param("student_t", 0.3, 1.1**2 * 2.0, id="student_t"),
        pytest.param("logistic", 0.3, (0.8 * math.pi) ** 2 / 3, id="logistic"),
        pytest.param("gumbel", -0.4 + 0.9 * EULER, (0.9 * math.pi) ** 2 / 6, id="gumbel"),
    ],
)
def test_moments_by_replayed_noise(name: str, mean: float, variance: float) -> None:
    from checks.evidence.exact import examine

    found = examine(lambda n, g: SAMPLERS[name](PARAMETERS[name], (n,), g)[:, None], 1).moments
    assert found.mean[0] == pytest.approx(mean, rel=1e-10)
    assert found.variance[0] == pytest.approx(variance, rel=1e-9)


def test_location_and_scale() -> None:
    draws, standard = record(lambda: SAMPLERS["laplace"]((0.0, 1.0), (4,), generator(1)), fixed)
    values = [fixed(i, draw) for i, draw in enumerate(draws)]
    moved = replay(lambda: SAMPLERS["laplace"]((0.7, 1.2), (4,), generator(1)), values).output
    torch.testing.assert_close(moved, 0.7 + 1.2 * standard)
    assert standard.tolist() == [-0.2, 0.9, 2.0, -3.0]


def fixed(index: int, draw: object) -> torch.Tensor:
    return torch.tensor([0.0, 1.0, 1.0, 0.0] if index == 0 else [0.2, 0.9, 2.0, 3.0], dtype=torch.float64)


def test_the_plane_has_its_covariance() -> None:
    from checks.evidence.exact import examine

    parameters = (0.5, -0.3, 1.2, 0.4, 0.75)

    def products(n: int, g: torch.Generator) -> torch.Tensor:
        x = SAMPLERS["multivariate_normal"](parameters, (n, 2), g)
        x = x - torch.tensor(parameters[:2], dtype=torch.float64)
        return torch.stack([x[:, 0] ** 2, x[:, 0] * x[:, 1], x[:, 1] ** 2], dim=-1)

    found = examine(products, 3).moments.mean
    np.testing.assert_allclose(found, [1.44, 0.48, 0.4**2 + 0.75**2], rtol=1e-10)


def test_an_unknown_law() -> None:
    with pytest.raises(UnknownName, match="no sampler is called 'normall'"):
        SAMPLERS["normall"]
