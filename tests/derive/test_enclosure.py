"""Enclosures hold the truth, exclude what is 1e-12 beside it, and refuse what does not exist."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import pytest
import sympy as sp
from flint import acb, arb, ctx, fmpq

from derive.errors import Undecided
from derive.families import FAMILIES
from derive.numeric.balls import compile_ball, real
from derive.numeric.enclosure import enclose, enclose_gradient
from derive.numeric.panels import Goal, integrate
from derive.terms import SAMPLE as a
from derive.terms import Law

R = sp.Rational
x = sp.Symbol("x", real=True)


def _setting(name: str, **at: sp.Rational) -> tuple[Law, tuple[sp.Symbol, ...], dict[sp.Symbol, sp.Rational]]:
    family = FAMILIES[name]
    return family.law, family.samples, {p.symbol: at.get(p.name, p.reference) for p in family.parameters}


def _symbols(name: str) -> tuple[sp.Symbol, ...]:
    return FAMILIES[name].symbols


M, S = _symbols("normal")
LM, LB = _symbols("laplace")
GM, GB = _symbols("gumbel")
CM, CG = _symbols("cauchy")
LO, HI = _symbols("uniform")
(RATE,) = _symbols("exponential")
WS, WK = _symbols("weibull")
OM, OS = _symbols("lognormal")
PS, PA = _symbols("pareto")
KA, KB = _symbols("kumaraswamy")
SM, SS = _symbols("logistic")
NU, TM, TS = _symbols("student_t")
(HS,) = _symbols("half_normal")
QM, QS = _symbols("logit_normal")
_PHI = (1 + sp.erf((M - 1) / S / sp.sqrt(2))) / 2

# family, integrand, closed form from the literature (written here by hand, not by the engine)
CLOSED = {
    "normal_square": ("normal", a**2, M**2 + S**2),
    "normal_exp": ("normal", sp.exp(a / 3), sp.exp(M / 3 + S**2 / 18)),
    "normal_sine": ("normal", sp.sin(a), sp.exp(-(S**2) / 2) * sp.sin(M)),
    "normal_step": ("normal", sp.Heaviside(a - 1), _PHI),
    "normal_abs": (
        "normal",
        sp.Abs(a),
        S * sp.sqrt(2 / sp.pi) * sp.exp(-(M**2) / (2 * S**2)) + M * sp.erf(M / (S * sp.sqrt(2))),
    ),
    "normal_gauss": ("normal", sp.exp(-(a**2)), sp.exp(-(M**2) / (1 + 2 * S**2)) / sp.sqrt(1 + 2 * S**2)),
    "laplace_square": ("laplace", a**2, LM**2 + 2 * LB**2),
    "laplace_cosine": ("laplace", sp.cos(2 * a), sp.cos(2 * LM) / (1 + 4 * LB**2)),
    "logistic_square": ("logistic", a**2, SM**2 + sp.pi**2 * SS**2 / 3),
    "gumbel_mean": ("gumbel", a, GM + sp.EulerGamma * GB),
    "gumbel_exp": ("gumbel", sp.exp(a / 3), sp.exp(GM / 3) * sp.gamma(1 - GB / 3)),
    "cauchy_sine": ("cauchy", sp.sin(a), sp.exp(-CG) * sp.sin(CM)),
    "cauchy_log": ("cauchy", sp.log(a**2 + 1), sp.log(CM**2 + (1 + CG) ** 2)),
    "cauchy_log_abs": ("cauchy", sp.log(sp.Abs(a)), sp.log(CM**2 + CG**2) / 2),
    "student_square": ("student_t", a**2, TM**2 + TS**2 * NU / (NU - 2)),
    "student_cosine": (
        "student_t",
        sp.cos((a - TM) / TS),
        2 ** (1 - NU / 2) * NU ** (NU / 4) * sp.besselk(NU / 2, sp.sqrt(NU)) / sp.gamma(NU / 2),
    ),
    "uniform_square": ("uniform", a**2, (HI**3 - LO**3) / (3 * (HI - LO))),
    "uniform_abs": ("uniform", sp.Abs(a), (HI**2 + LO**2) / (2 * (HI - LO))),
    "exponential_log": ("exponential", sp.log(a), -sp.EulerGamma - sp.log(RATE)),
    "exponential_root": ("exponential", sp.sqrt(a), sp.sqrt(sp.pi / RATE) / 2),
    "exponential_inverse_root": ("exponential", 1 / sp.sqrt(a), sp.sqrt(sp.pi * RATE)),
    "weibull_square": ("weibull", a**2, WS**2 * sp.gamma(1 + 2 / WK)),
    "weibull_log": ("weibull", sp.log(a), sp.log(WS) - sp.EulerGamma / WK),
    "lognormal_square": ("lognormal", a**2, sp.exp(2 * OM + 2 * OS**2)),
    "half_normal_mean": ("half_normal", a, HS * sp.sqrt(2 / sp.pi)),
    "pareto_square": ("pareto", a**2, PA * PS**2 / (PA - 2)),
    "pareto_log": ("pareto", sp.log(a), sp.log(PS) + 1 / PA),
    "kumaraswamy_mean": (
        "kumaraswamy",
        a,
        KB * sp.gamma(1 + 1 / KA) * sp.gamma(KB) / sp.gamma(1 + 1 / KA + KB),
    ),
    "kumaraswamy_log": ("kumaraswamy", sp.log(a), -sp.harmonic(KB) / KA),
    "logit_normal_log_odds": ("logit_normal", sp.log(a) - sp.log(1 - a), QM),
}


@pytest.mark.parametrize("name", CLOSED)
def test_the_enclosure_holds_the_closed_form_and_excludes_its_neighbours(name: str) -> None:
    family, body, closed = CLOSED[name]
    law, samples, point = _setting(family)
    found = enclose(body, law, samples, point)
    truth = real(closed, point)
    with ctx.workprec(128):
        assert found.overlaps(truth)
        assert found.rad() <= arb("1e-15") * abs(found)
        for factor in (1 + arb("1e-12"), 1 - arb("1e-12")):
            assert not found.overlaps(truth * factor)


GRADIENTS = {
    f"{name}-{theta}": (name, theta) for name, (family, _, _) in CLOSED.items() for theta in _symbols(family)
}


@pytest.mark.parametrize("case", GRADIENTS)
def test_the_gradient_holds_the_derivative_of_the_closed_form(case: str) -> None:
    name, theta = GRADIENTS[case]
    family, body, closed = CLOSED[name]
    law, samples, point = _setting(family)
    found = enclose_gradient(body, law, samples, theta, point)
    truth = real(closed.diff(theta), point)
    with ctx.workprec(128):
        assert found.overlaps(truth)
        assert not found.overlaps(truth + arb("1e-12") * (1 + abs(truth)))


NO_CLOSED_FORM = {
    "normal_sigmoid": ("normal", 1 / (1 + sp.exp(-a))),
    "normal_softplus": ("normal", sp.log(1 + sp.exp(a))),
    "normal_tanh": ("normal", sp.tanh(a)),
    "normal_rational": ("normal", 1 / (1 + a**2)),
    "normal_log_abs": ("normal", sp.log(sp.Abs(a))),
    "normal_two_kinks": ("normal", sp.Max(a, 0) ** 2 * sp.Abs(a - 1)),
    "normal_step_of_sine": ("normal", sp.Abs(sp.sin(a))),
    "normal_unsolvable_kink": ("normal", sp.Abs(a + sp.sin(a) - 1)),
    "lognormal_sine": ("lognormal", sp.sin(a)),
    "lognormal_softplus": ("lognormal", sp.log(1 + sp.exp(a))),
    "laplace_sigmoid": ("laplace", 1 / (1 + sp.exp(-a))),
    "logistic_rational": ("logistic", 1 / (1 + a**2)),
    "gumbel_gauss": ("gumbel", sp.exp(-(a**2))),
    "cauchy_tanh": ("cauchy", sp.tanh(a)),
    "cauchy_root": ("cauchy", sp.sqrt(sp.Abs(a))),
    "student_softplus": ("student_t", sp.log(1 + sp.exp(a))),
    "exponential_tanh": ("exponential", sp.tanh(a)),
    "weibull_sine": ("weibull", sp.sin(a)),
    "pareto_erf": ("pareto", sp.erf(a - 2)),
    "kumaraswamy_mixed": ("kumaraswamy", sp.log(1 - a) * sp.exp(a)),
    "logit_normal_mean": ("logit_normal", a),
    "half_normal_atan": ("half_normal", sp.atan(a)),
    "uniform_singular": ("uniform", 1 / sp.sqrt(sp.Abs(a - R(1, 2)))),
}
# Where mpmath must cut the line: at kinks and far enough out in the tails.
_CUTS = {
    "normal_two_kinks": [0, 1],
    "normal_log_abs": [0],
    "normal_step_of_sine": [k * sp.pi for k in range(-4, 6)],
    "normal_unsolvable_kink": [sp.nsolve(x + sp.sin(x) - 1, 0.5, prec=40)],
    "cauchy_root": [0],
    "uniform_singular": [R(1, 2)],
}


# Beyond these the noise is below 1e-20; mpmath cannot take the sine of exp(1e10).
_OUT = {"normal": 12, "half_normal": 12, "laplace": 60, "logistic": 60, "gumbel": 60, "exponential": 60,
        "cauchy": mpmath.inf, "student_t": mpmath.inf}  # fmt: skip


def _by_mpmath(name: str) -> mpmath.mpf:
    """The same expectation in mpmath, over the noise of the family's transport."""
    family, body = NO_CLOSED_FORM[name]
    _, _, point = _setting(family)
    record = FAMILIES[family]
    assert record.transport is not None
    noise = record.transport.noise
    source = FAMILIES[noise.name]
    (noise_symbol,) = record.noise
    density = source.log_density.subs(dict(zip(source.symbols, noise.parameters))).subs(a, noise_symbol)
    path = record.transport.map[0].subs(point)
    integrand = sp.lambdify(noise_symbol, (body.subs(a, path) * sp.exp(density)).subs(point), "mpmath")
    axis = source.support[0].lower.subs(dict(zip(source.symbols, noise.parameters)))
    ends = [axis, source.support[0].upper.subs(dict(zip(source.symbols, noise.parameters)))]
    # Cuts are asked for in location-scale families only, where the map is affine.
    slope, centre = path.diff(noise_symbol), path.subs(noise_symbol, 0)
    cuts = [(sp.sympify(c) - centre) / slope for c in _CUTS.get(name, [])]
    inner = sorted(c for c in {*cuts, *map(sp.Integer, (-9, -3, 0, 3, 9))} if ends[0] < c < ends[1])
    nodes = [mpmath.mpmathify(sp.N(e, 30)) if e.is_finite else _OUT[noise.name] * sp.sign(e)
             for e in (ends[0], *inner, ends[1])]  # fmt: skip
    return mpmath.fsum(mpmath.quad(integrand, list(pair)) for pair in pairwise(nodes))


@pytest.mark.parametrize("name", NO_CLOSED_FORM)
def test_without_a_closed_form_the_enclosure_agrees_with_mpmath(name: str) -> None:
    family, body = NO_CLOSED_FORM[name]
    law, samples, point = _setting(family)
    found = enclose(body, law, samples, point)
    with mpmath.workdps(20):
        truth = _by_mpmath(name)
    with ctx.workprec(128):
        near = arb(mpmath.nstr(truth, 25))
        # mpmath's own error; the enclosure itself is sharper.
        assert abs(found - near) < arb("1e-10") * (1 + abs(near))
        assert found.rad() <= arb("1e-15") * arb(abs(found)).max(arb(1))


QUOTIENTS = {
    f"{name}-{theta}": (name, theta)
    for name in ("normal_sigmoid", "lognormal_sine", "cauchy_tanh", "normal_two_kinks")
    for theta in _symbols(NO_CLOSED_FORM[name][0])
}


@pytest.mark.parametrize("case", QUOTIENTS)
def test_the_gradient_without_a_closed_form_is_the_difference_quotient(case: str) -> None:
    name, theta = QUOTIENTS[case]
    family, body = NO_CLOSED_FORM[name]
    law, samples, point = _setting(family)
    h = R(1, 10**4)
    found = enclose_gradient(body, law, samples, theta, point)
    sides = [enclose(body, law, samples, {**point, theta: point[theta] + k * h}) for k in (-2, -1, 1, 2)]
    with ctx.workprec(128):
        far, near = sides[3] - sides[0], sides[2] - sides[1]
        quotient = (8 * near - far) / (12 * arb(fmpq(1, 10**4)))
    # Five points: error h**4 * |f^(5)| / 30, about 1e-17; the balls' radii over h are 1e-11.
    assert abs(found - quotient) < 1e-9


# d/d theta of a jump is not the integral of the derivative: the boundary term is the whole answer.
JUMPS = {
    "step_moved_by_the_law": ("normal", sp.Heaviside(a - 1), M, sp.exp(-((1 - M) ** 2) / (2 * S**2))),
    "step_moved_by_theta": ("normal", sp.Heaviside(a - S), M, sp.exp(-((S - M) ** 2) / (2 * S**2))),
}


@pytest.mark.parametrize("name", JUMPS)
def test_jumps_add_their_boundary_terms(name: str) -> None:
    family, body, theta, numerator = JUMPS[name]
    law, samples, point = _setting(family)
    truth = real(numerator / (S * sp.sqrt(2 * sp.pi)), point)
    assert enclose_gradient(body, law, samples, theta, point).overlaps(truth)


def test_a_moving_support_adds_its_boundary_terms() -> None:
    law, samples, point = _setting("uniform")
    found = enclose_gradient(sp.Heaviside(a - 1), law, samples, HI, point)
    assert found.overlaps(real(((HI - 1) / (HI - LO)).diff(HI), point))


def test_theta_in_both_places() -> None:
    law, samples, point = _setting("normal")
    found = enclose_gradient(M * sp.Abs(a - S), law, samples, S, point)
    gap = S - M
    closed = M * (
        S * sp.sqrt(2 / sp.pi) * sp.exp(-(gap**2) / (2 * S**2)) + gap * sp.erf(gap / (S * sp.sqrt(2)))
    )
    assert found.overlaps(real(closed.diff(S), point))
    assert not found.overlaps(real(closed.diff(S), point) + arb("1e-12"))


def test_a_narrow_peak_far_out_is_not_missed() -> None:
    # Plain quadrature of a**2 under N(40, 0.01) on the whole line claims 9e-30.
    law, samples, point = _setting("normal", mu=R(40), sigma=R(1, 100))
    found = enclose(a**2, law, samples, point)
    assert found.overlaps(arb(fmpq(16000001, 10000)))
    assert found.rad() < 1e-10


def test_a_peak_in_the_integrand_is_not_missed() -> None:
    law, samples, point = _setting("normal", mu=R(3), sigma=R(2))
    found = enclose(sp.exp(-(10**6) * (a - 1) ** 2), law, samples, point)
    assert found.overlaps(real(sp.exp(R(-4) * 10**6 / (1 + 8 * 10**6)) / sp.sqrt(1 + 8 * 10**6), {}))


def test_fast_oscillation_and_odd_integrands() -> None:
    law, samples, point = _setting("normal", mu=R(0), sigma=R(40))
    found = enclose(sp.sin(a), law, samples, point)
    assert found.contains(arb(0))
    assert found.rad() < 1e-29


def test_more_digits_are_had_by_asking() -> None:
    law, samples, point = _setting("normal")
    found = enclose(sp.tanh(a), law, samples, point, digits=40)
    assert found.rad() < arb("1e-40")
    assert enclose(sp.tanh(a), law, samples, point).overlaps(found)


def test_kinks_that_are_not_split_are_refused_not_integrated() -> None:
    with pytest.raises(Undecided, match="kink inside the integral"):
        integrate(sp.Abs(x - R(1, 3)), x, sp.S.Zero, sp.S.One, Goal(64, arb("1e-15")))


def test_the_flag_and_the_split_are_what_keeps_it_rigorous() -> None:
    # A Python `if` in the integrand: a "rigorous" ball that excludes the truth.
    def branch(z: acb, _: bool) -> acb:
        return z - fmpq(1, 3) if z.real.mid() > fmpq(1, 3) else acb(0)

    with ctx.workprec(64):
        wrong = acb.integral(branch, 0, 1).real
        truth = arb(fmpq(2, 9))
        assert not wrong.overlaps(truth)
        right = acb.integral(compile_ball(sp.Max(x - R(1, 3), 0), [x], {}, 64, kinked=True), 0, 1).real
        assert right.overlaps(truth)


DIVERGENT = {
    "cauchy_mean": ("cauchy", a),
    "cauchy_oscillating_mean": ("cauchy", a * sp.sin(a)),
    "cauchy_softplus": ("cauchy", sp.log(1 + sp.exp(a))),
    "normal_pole": ("normal", 1 / a),
    "normal_double_pole": ("normal", 1 / (a - 1) ** 2),
    "normal_gauss_too_wide": ("normal", sp.exp(a**2 / 3)),
    "laplace_exp": ("laplace", sp.exp(a)),
    "exponential_exp": ("exponential", sp.exp(2 * a)),
    "exponential_inverse": ("exponential", 1 / a),
    "lognormal_exp": ("lognormal", sp.exp(a)),
    "student_tenth": ("student_t", a**10),
    "pareto_tenth": ("pareto", a**10),
    "gumbel_exp": ("gumbel", sp.exp(3 * a)),
}


@pytest.mark.parametrize("name", DIVERGENT)
def test_what_does_not_exist_has_no_enclosure(name: str) -> None:
    family, body = DIVERGENT[name]
    law, samples, point = _setting(family)
    with pytest.raises(Undecided, match="tail of"):
        enclose(body, law, samples, point)


REFUSED = {
    "log_of_negative": ("normal", sp.log(a), "logarithm of what may not be positive"),
    "root_of_negative": ("normal", a ** R(1, 3), "fractional power of a negative number"),
    "jumps_at_integers": ("normal", sp.floor(a), "no ball arithmetic is known for floor"),
    "unknown_function": ("normal", sp.Function("g")(a), "no ball arithmetic is known for g"),
    "unknown_constant": ("normal", a * sp.Symbol("k"), "'k' has no value"),
    "periodic_kinks_in_a_power_tail": ("cauchy", sp.Abs(sp.sin(a)), "could not be cut out"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_enclosed_says_why(name: str) -> None:
    family, body, reason = REFUSED[name]
    law, samples, point = _setting(family)
    with pytest.raises(Undecided, match=reason):
        enclose(body, law, samples, point)


def test_a_generic_law_has_no_enclosure() -> None:
    with pytest.raises(Undecided, match="generic law"):
        enclose(a, Law("P", M), (a,), {M: R(1)})


PLANE = FAMILIES["multivariate_normal"]
A0, A1 = PLANE.samples
M0, M1, L00, L10, L11 = PLANE.symbols
PLANAR = {
    "one_axis": (A1**2, M1**2 + L10**2 + L11**2),
    "sum_of_terms": (A0**2 + A1, M0**2 + L00**2 + M1),
    "combination": (
        sp.sin(A0 + 2 * A1),
        sp.exp(-((L00 + 2 * L10) ** 2 + 4 * L11**2) / 2) * sp.sin(M0 + 2 * M1),
    ),
    "step": (
        sp.Heaviside(A0 - A1),
        (1 + sp.erf((M0 - M1) / sp.sqrt(2 * ((L00 - L10) ** 2 + L11**2)))) / 2,
    ),
    "product_along_one": ((A0 + A1) * (2 * A0 + 2 * A1), 2 * ((M0 + M1) ** 2 + (L00 + L10) ** 2 + L11**2)),
    "constant": (sp.Integer(3), sp.Integer(3)),
}


PLANE_POINT = {p.symbol: p.reference for p in PLANE.parameters}


@pytest.mark.parametrize("name", PLANAR)
def test_in_the_plane_one_linear_combination_is_enough(name: str) -> None:
    body, closed = PLANAR[name]
    found = enclose(body, PLANE.law, PLANE.samples, PLANE_POINT)
    assert found.overlaps(real(closed, PLANE_POINT))
    assert found.rad() < 1e-14


@pytest.mark.parametrize("theta", PLANE.symbols, ids=str)
@pytest.mark.parametrize("name", PLANAR)
def test_gradients_in_the_plane(name: str, theta: sp.Symbol) -> None:
    body, closed = PLANAR[name]
    found = enclose_gradient(body, PLANE.law, PLANE.samples, theta, PLANE_POINT)
    assert found.overlaps(real(closed.diff(theta), PLANE_POINT))
    assert found.rad() < 1e-14


def test_in_the_plane_two_combinations_are_refused() -> None:
    with pytest.raises(Undecided, match="more than one linear combination"):
        enclose(A0 * A1, PLANE.law, PLANE.samples, PLANE_POINT)
