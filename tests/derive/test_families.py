"""The contract of every family: a density, its score, its transport, and the names the CLI promises."""

from __future__ import annotations

import math

import pytest
from mpmath import fp
from sympy import Abs, Expr, Rational, S, Symbol, log, oo

from derive.families import FAMILIES
from derive.family import Family
from derive.laws import log_density
from tests.derive.quadrature_oracle import Quadrature, compiled, weight

# Tanh-sinh in doubles between the oracle's nodes: 1e-13 or better for a density, 1e-12 for its score.
TOLERANCE = 1e-10
# Densities at a point are compared to rounding, which the logarithms of small densities amplify.
ROUNDING = 1e-11

# The names and their order are a contract with scripts and Torch code.
PARAMETERS = {
    "normal": "mu sigma",
    "laplace": "mu b",
    "logistic": "mu s",
    "gumbel": "mu beta",
    "cauchy": "mu gamma",
    "student_t": "nu mu sigma",
    "uniform": "low high",
    "exponential": "rate",
    "weibull": "scale shape",
    "lognormal": "mu sigma",
    "half_normal": "sigma",
    "pareto": "scale alpha",
    "kumaraswamy": "a1 b1",
    "logit_normal": "mu sigma",
    "relaxed_bernoulli": "p tau",
    "relaxed_bernoulli_logits": "logits tau",
    "multivariate_normal": "mu[0] mu[1] L[0,0] L[1,0] L[1,1]",
    "gamma": "shape rate",
    "beta": "alpha beta",
    "dirichlet": "alpha[0] alpha[1] alpha[2]",
    "von_mises": "mu kappa",
}
# Continuous laws; those on a lattice have contracts of their own, with sums in place of integrals.
CONTINUOUS = [name for name in FAMILIES if not any(axis.lattice for axis in FAMILIES[name].support)]
LINE = [name for name in CONTINUOUS if FAMILIES[name].dimension == 1]
PUSHED = [name for name in LINE if FAMILIES[name].transport is not None]
KEPT = {"student_t": ("nu",), "gamma": ("shape",)}
NOISE_POINTS = {
    "uniform": (0.03, 0.31, 0.5, 0.77, 0.98),
    "exponential": (0.02, 0.4, 1.3, 7.0),
    "half_normal": (0.02, 0.4, 1.3, 4.0),
    "gamma": (0.02, 0.4, 1.3, 7.0),
}


def values(family: Family, moved: bool) -> tuple[Rational, ...]:
    """The reference point, or another one with every parameter changed by a third."""
    shift = Rational(1, 3) if moved else S.Zero
    return tuple(p.reference + shift * abs(p.reference) for p in family.parameters)


def at(family: Family, moved: bool) -> dict[Symbol, Rational]:
    return dict(zip(family.symbols, values(family, moved), strict=True))


both_points = pytest.mark.parametrize("moved", [False, True], ids=["reference", "moved"])


@pytest.mark.parametrize("name", CONTINUOUS)
def test_names_and_order_are_those_of_the_command_line(name: str) -> None:
    family = FAMILIES[name]
    assert family.name == name
    assert " ".join(p.name for p in family.parameters) == PARAMETERS[name]


@pytest.mark.parametrize("name", CONTINUOUS)
def test_the_reference_point_is_inside_the_domain_and_not_special(name: str) -> None:
    family = FAMILIES[name]
    point = at(family, False)
    for p in family.parameters:
        assert p.lower < p.reference < p.upper
        assert p.reference not in (0, 1, -1)
        assert p.symbol.is_positive is True or p.lower == -oo
    assert all(c.subs(point) == S.true for c in family.constraints)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_no_parameter_is_called_like_the_sample_or_the_noise(name: str) -> None:
    family = FAMILIES[name]
    names = [s.name for s in (*family.symbols, *family.samples, *family.noise)]
    assert len(set(names)) == len(names)


@both_points
@pytest.mark.parametrize("name", LINE)
def test_the_density_integrates_to_one(name: str, moved: bool) -> None:
    family = FAMILIES[name]
    assert abs(Quadrature(family, values(family, moved)).expectation(S.One) - 1) < TOLERANCE


@pytest.mark.parametrize("name", LINE)
def test_a_density_without_its_constant_does_not(name: str) -> None:
    family = FAMILIES[name]
    assert (
        abs(Quadrature(family, values(family, False)).expectation(S.One + Rational(1, 10**6)) - 1) > TOLERANCE
    )


def boundary(family: Family, parameter: Symbol, point: dict[Symbol, Rational]) -> float:
    """``p(upper) upper' - p(lower) lower'``, what a moving end of the support adds."""
    (axis,), (sample,) = family.support, family.samples
    total = 0.0
    for end, sign in ((axis.upper, 1), (axis.lower, -1)):
        speed = end.diff(parameter)
        if speed != 0:
            there = family.log_density.xreplace({sample: end}).xreplace(point)
            total += sign * float(speed.xreplace(point)) * math.exp(float(there))
    return total


@both_points
@pytest.mark.parametrize(("name", "i"), [(n, i) for n in LINE for i in range(len(FAMILIES[n].parameters))])
def test_the_score_and_the_moving_ends_sum_to_zero(name: str, i: int, moved: bool) -> None:
    """d/dtheta of the density's integral, 1: E[score] = 0 where the support stays."""
    family = FAMILIES[name]
    symbol = family.symbols[i]
    point = at(family, moved)
    kinks = [float(k.xreplace(point)) for k in family.kinks]
    score = family.log_density.diff(symbol)
    mean = Quadrature(family, values(family, moved)).expectation(score, kinks)
    assert abs(mean + boundary(family, symbol, point)) < TOLERANCE
    spread = Quadrature(family, values(family, moved)).expectation(score**2, kinks)
    assert spread > 1e-5, "a score that is zero everywhere would pass this test"


def pushed(family: Family, map: tuple[Expr, ...]) -> Expr:
    """``log p(T(b)) + log |T'(b)|`` on the line."""
    (sample,), (noise,) = family.samples, family.noise
    there = family.log_density.xreplace({sample: map[0]})
    return there + log(Abs(map[0].diff(noise)))


def noise_density(family: Family) -> Expr:
    assert family.transport is not None
    return log_density(family.transport.noise, *family.noise)


def noise_points(family: Family) -> tuple[float, ...]:
    assert family.transport is not None
    return NOISE_POINTS.get(family.transport.noise.name, (-3.1, -0.8, 0.2, 1.4, 4.3))


@both_points
@pytest.mark.parametrize("name", PUSHED)
def test_noise_pushed_through_the_transport_has_the_density(name: str, moved: bool) -> None:
    family = FAMILIES[name]
    assert family.transport is not None
    point = at(family, moved)
    pulled = compiled(family.noise, pushed(family, family.transport.map).xreplace(point))
    own = compiled(family.noise, noise_density(family).xreplace(point))
    for b in noise_points(family):
        assert pulled(b) == pytest.approx(own(b), rel=ROUNDING, abs=ROUNDING)


@pytest.mark.parametrize("name", PUSHED)
def test_a_transport_with_a_wrong_scale_has_not(name: str) -> None:
    family = FAMILIES[name]
    assert family.transport is not None
    point = at(family, False)
    (noise,) = family.noise
    wrong = (family.transport.map[0].xreplace({noise: noise * Rational(101, 100)}),)
    pulled = compiled(family.noise, pushed(family, wrong).xreplace(point))
    own = compiled(family.noise, noise_density(family).xreplace(point))
    gaps = [abs(pulled(b) - own(b)) for b in noise_points(family)[:3]]
    assert max(gaps) > 1e-3


@pytest.mark.parametrize("name", PUSHED)
def test_location_scale_maps_are_affine_and_others_are_not(name: str) -> None:
    family = FAMILIES[name]
    assert family.transport is not None
    affine = family.transport.map[0].diff(family.noise[0], 2) == 0
    assert affine == (family.transport.form == "location_scale")
    # The shapes of the t and the gamma law are parameters of their noise: no elementary map moves them.
    assert not family.transport.noise.has(*(s for s in family.symbols if s.name not in KEPT.get(name, ())))


class TestTriangle:
    """The same contract for the Dirichlet law in its two free coordinates."""

    family = FAMILIES["dirichlet"]

    def integral(self, moved: bool, factor: Expr) -> float:
        family = self.family
        point = at(family, moved)
        density = compiled(family.samples, family.log_density.xreplace(point))
        body = compiled(family.samples, factor.xreplace(point))

        def over(x: float) -> float:
            def inner(y: float) -> float:
                if x <= 0.0 or y <= 0.0 or -x - y + 1.0 <= 0.0:
                    return 0.0  # a node that is rounded onto an edge
                return weight(lambda _: density(x, y), 0.0) * body(x, y)

            return float(fp.quad(inner, [0.0, (1.0 - x) / 2.0, 1.0 - x]))

        return float(fp.quad(over, [0.0, 0.5, 1.0]))

    @both_points
    def test_the_density_integrates_to_one(self, moved: bool) -> None:
        assert abs(self.integral(moved, S.One) - 1) < TOLERANCE

    @pytest.mark.parametrize("i", range(3))
    def test_scores_have_mean_zero(self, i: int) -> None:
        score = self.family.log_density.diff(self.family.symbols[i])
        assert abs(self.integral(False, score)) < TOLERANCE
        assert self.integral(False, score**2) > 0.05


class TestPlane:
    """The same contract for the normal law in the plane."""

    family = FAMILIES["multivariate_normal"]

    def integral(self, moved: bool, factor: Expr) -> float:
        family = self.family
        point = at(family, moved)
        density = compiled(family.samples, family.log_density.xreplace(point))
        body = compiled(family.samples, factor.xreplace(point))
        centre = [float(point[s]) for s in family.symbols[:2]]

        def over(x: float) -> float:
            def inner(y: float) -> float:
                return weight(lambda _: density(x, y), 0.0) * body(x, y)

            return float(fp.quad(inner, [centre[1] + k for k in (-14, -4, 0, 4, 14)]))

        return float(fp.quad(over, [centre[0] + k for k in (-16, -4, 0, 4, 16)]))

    def test_the_density_integrates_to_one(self) -> None:
        # Cut off at 8 standard deviations and more: 1e-15 of the mass.
        assert abs(self.integral(False, S.One) - 1) < TOLERANCE

    @pytest.mark.parametrize("i", range(5), ids=lambda i: FAMILIES["multivariate_normal"].parameters[i].name)
    def test_scores_have_mean_zero(self, i: int) -> None:
        score = self.family.log_density.diff(self.family.symbols[i])
        assert abs(self.integral(False, score)) < TOLERANCE
        assert self.integral(False, score**2) > 0.1

    @both_points
    def test_noise_pushed_through_the_transport_has_the_density(self, moved: bool) -> None:
        family = self.family
        assert family.transport is not None
        point = at(family, moved)
        there = family.log_density.xreplace(dict(zip(family.samples, family.transport.map, strict=True)))
        (x, y), (t0, t1) = family.noise, family.transport.map
        determinant = t0.diff(x) * t1.diff(y) - t0.diff(y) * t1.diff(x)
        pulled = compiled(family.noise, (there + log(Abs(determinant))).xreplace(point))
        own = compiled(family.noise, noise_density(family))
        for b in ((0.3, -1.2), (2.1, 0.4), (-1.7, -2.5)):
            assert pulled(*b) == pytest.approx(own(*b), rel=ROUNDING)
            assert pulled(*b) != pytest.approx(own(*b) + 1e-6, rel=ROUNDING)
