"""The incomplete gamma and beta integrals with logarithms, against quadrature of their definitions."""

from __future__ import annotations

from fractions import Fraction

import mpmath as mp
import pytest
from flint import acb, arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    EulerGamma,
    Expr,
    I,
    Integer,
    Rational,
    S,
    Symbol,
    conjugate,
    exp,
    expint,
    latex,
    log,
    lowergamma,
    sympify,
)
from sympy.core.function import ArgumentIndexError

from derive.errors import Undecided
from derive.plain import from_plain, to_plain
from derive.special import FUNCTIONS, fermi_dirac, lowerbeta_log, lowergamma_log, uppergamma_log

R = Rational
X = R(13, 10)
# Quadrature at 25 digits of integrands with an algebraic or logarithmic end is good to about 1e-15.
TOLERANCE = 1e-13
STEP = R(1, 10**6)


def number(expr: Expr) -> mp.mpc:
    return mp.mpmathify(sympify(expr).evalf(25))


def agrees(expr: Expr, truth: mp.mpc) -> bool:
    return bool(abs(number(expr) - truth) <= TOLERANCE * (1 + abs(truth)))


def gamma_quadrature(s: Expr, n: int, points: list[mp.mpf]) -> mp.mpc:
    with mp.workdps(25):
        power = number(s) - 1
        return mp.quad(lambda y: y**power * mp.log(y) ** n * mp.exp(-y), points)


GAMMA = [(R(5, 2), 0), (R(5, 2), 1), (R(7, 3), 2), (S(1), 1), (S(1), 2), (S(3), 1), (S(3), 2)]
GAMMA += [(R(5, 3) + I, 3)]


@pytest.mark.parametrize(("s", "n"), GAMMA, ids=str)
def test_the_lower_gamma_integral(s: Expr, n: int) -> None:
    truth = gamma_quadrature(s, n, [0, mp.mpf("1e-3"), mp.mpf("0.1"), number(X)])
    assert agrees(lowergamma_log(s, X, n), truth)
    assert not agrees(lowergamma_log(s, X, n + 1), truth)


@pytest.mark.parametrize(("s", "n"), [*GAMMA, (R(-3, 2), 2), (S(0), 1), (S(-1), 2), (S(-2), 1)], ids=str)
def test_the_upper_gamma_integral_also_where_the_lower_one_has_poles(s: Expr, n: int) -> None:
    truth = gamma_quadrature(s, n, [number(X), 5, 20, mp.inf])
    assert agrees(uppergamma_log(s, X, n), truth)
    assert not agrees(uppergamma_log(s, X, n) * (1 + R(1, 10**9)), truth)


@pytest.mark.parametrize(("s", "n"), [(R(5, 2), 1), (R(-3, 2), 1), (R(5, 2) - I, 2)], ids=str)
def test_the_upper_gamma_integral_along_a_ray_of_the_complex_plane(s: Expr, n: int) -> None:
    x = R(3, 4) * I
    with mp.workdps(25):
        power, start = number(s) - 1, number(x)
        truth = mp.quad(
            lambda r: (start + r) ** power * mp.log(start + r) ** n * mp.exp(-start - r),
            [0, 1, 5, 20, mp.inf],
        )
    assert agrees(uppergamma_log(s, x, n), truth)


@pytest.mark.parametrize("size", [60, 300, 2000], ids=str)
def test_far_out_the_lower_integral_is_the_whole_one(size: int) -> None:
    s = R(5, 2)
    with mp.workdps(40):
        whole = mp.diff(mp.gamma, mp.mpf(5) / 2)
    assert abs(number(lowergamma_log(s, size, 1)) - whole) < 1e-12
    with ctx.workprec(128):
        ball = lowergamma_log.ball(acb(fmpq(5, 2)), acb(size), acb(1))
    assert ball.overlaps(acb(arb(str(whole), 1e-15)))
    assert ball.rel_accuracy_bits() > 30


ARGUMENT = st.fractions(Fraction(1, 5), 9, max_denominator=20)


@settings(deadline=None, max_examples=40)  # the machine that runs the tests may be busy
@given(ARGUMENT, ARGUMENT, st.integers(0, 3))
def test_lower_and_upper_parts_make_the_derivative_of_gamma(s: Fraction, x: Fraction, n: int) -> None:
    args = acb(fmpq(s.numerator, s.denominator)), acb(fmpq(x.numerator, x.denominator)), acb(n)
    with ctx.workprec(128):
        both = lowergamma_log.ball(*args) + uppergamma_log.ball(*args)
    with mp.workdps(40):
        whole = mp.diff(mp.gamma, mp.mpf(s.numerator) / s.denominator, n)
    assert abs(complex(both) - complex(whole)) <= 1e-12 * (1 + abs(whole))


BETA = [
    (R(5, 2), R(3, 4), R(1, 5), 0, 0),
    (R(5, 2), R(3, 4), R(1, 5), 1, 2),
    (R(5, 2), R(3, 4), R(9, 10), 2, 1),
    (R(7, 3), R(-3, 4), R(9, 10), 1, 1),
    (R(5, 2) + I, R(3, 4) - I, R(9, 10), 2, 2),
    (R(1, 2), R(1, 2), R(1, 2), 0, 3),
]


@pytest.mark.parametrize(("p", "q", "x", "m", "n"), BETA, ids=str)
def test_the_lower_beta_integral(p: Expr, q: Expr, x: Expr, m: int, n: int) -> None:
    with mp.workdps(25):
        one, two, end = number(p) - 1, number(q) - 1, number(x)
        truth = mp.quad(
            lambda u: u**one * (1 - u) ** two * mp.log(u) ** m * mp.log(1 - u) ** n,
            [0, mp.mpf("1e-3"), mp.mpf("0.1"), end],
        )
    assert agrees(lowerbeta_log(p, q, x, m, n), truth)
    assert not agrees(lowerbeta_log(p, q, x, m + 1, n), truth)


@pytest.mark.parametrize("cls", [lowergamma_log, uppergamma_log])
@pytest.mark.parametrize("i", [0, 1])
def test_derivatives_of_the_gamma_integrals(cls: type, i: int) -> None:
    s, x = Symbol("s", positive=True), Symbol("x", positive=True)
    at = {s: R(7, 3), x: R(4, 3)}
    moved = (s, x)[i]
    found = number(cls(s, x, 1).diff(moved).subs(at))
    with mp.workdps(30):
        ends = [number(cls(s, x, 1).subs(at | {moved: at[moved] + h})) for h in (STEP, -STEP)]
        truth = (ends[0] - ends[1]) / (2 * number(STEP))
    assert abs(found - truth) < 1e-9  # STEP = 1e-6 leaves about 1e-12


@pytest.mark.parametrize("i", [0, 1, 2])
def test_derivatives_of_the_beta_integral(i: int) -> None:
    symbols = tuple(Symbol(name, positive=True) for name in "pqx")
    at = dict(zip(symbols, (R(7, 3), R(4, 3), R(2, 3)), strict=True))
    moved = symbols[i]
    found = number(lowerbeta_log(*symbols, 1, 0).diff(moved).subs(at))
    ends = [number(lowerbeta_log(*symbols, 1, 0).subs(at | {moved: at[moved] + h})) for h in (STEP, -STEP)]
    assert abs(found - (ends[0] - ends[1]) / (2 * number(STEP))) < 1e-9


def test_elementary_cases_come_out_in_known_functions() -> None:
    x = Symbol("x", positive=True)
    assert lowergamma_log(1, x, 0) == 1 - exp(-x)
    assert lowergamma_log(1, x, 1) == -EulerGamma - exp(-x) * log(x) - expint(1, x)
    assert uppergamma_log(1, x, 1) == exp(-x) * log(x) + expint(1, x)
    assert lowergamma_log(R(7, 3), x, 0) == lowergamma(R(7, 3), x)
    assert lowerbeta_log(1, R(7, 3), x, 0, 0) == R(3, 7) * (1 - (1 - x) ** R(7, 3))
    assert lowerbeta_log(R(7, 3), 1, x, 0, 0) == R(3, 7) * x ** R(7, 3)
    assert lowergamma_log(R(7, 3), 0, 2) == lowerbeta_log(R(7, 3), 2, 0, 1, 0) == 0


@pytest.mark.parametrize("x", [R(-7, 3), R(1, 5), R(30)], ids=str)
@pytest.mark.parametrize("s", [-1, 0, 1, 2, 5])
def test_fermi_dirac_functions_are_repeated_integrals_of_the_logistic_function(s: int, x: Expr) -> None:
    with mp.workdps(25):
        end = number(x)
        # The s-fold repeated integral of F_0 as one integral, DLMF 25.12.14 moved to this end.
        logistic = 1 / (1 + mp.exp(-end))
        truth = (
            logistic
            if s == -1
            else mp.quad(
                lambda t: (end - t) ** s / mp.factorial(s) / (1 + mp.exp(-t)),
                [-mp.inf, -10, 0, end] if end > 0 else [-mp.inf, -20, -5, end],
            )
        )
    assert agrees(fermi_dirac(s, x), truth)
    assert not agrees(fermi_dirac(s + 1, x), truth)


def test_a_fermi_dirac_function_has_the_next_lower_one_as_its_derivative() -> None:
    x = Symbol("x", real=True)
    assert fermi_dirac(2, 3 * x).diff(x) == 3 * fermi_dirac(1, 3 * x)
    assert fermi_dirac(1, x).diff(x) == log(1 + exp(x))
    assert fermi_dirac(0, x).diff(x).equals(fermi_dirac(-1, x))
    assert latex(fermi_dirac(2, x) ** 2) == r"F_{2}^{2}\left(x\right)"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_plain_trees_hold_these_functions(name: str) -> None:
    symbols = {n: Symbol(n, positive=True) for n in "stuvw"}
    two = dict.fromkeys(("fermi_dirac", "student_cdf", "gamma_velocity", "student_velocity"), 2)
    counts = {**two, "lowerbeta_log": 5}
    expr = FUNCTIONS[name](*list(symbols.values())[: counts.get(name, 3)])
    assert from_plain(to_plain(expr), symbols) == expr


def test_printing_and_conjugation() -> None:
    s, x = Symbol("s"), Symbol("x", positive=True)
    assert latex(lowergamma_log(s, x, 0)) == r"\gamma\left(s, x\right)"
    assert latex(uppergamma_log(s, x, 2) ** 2) == r"\left(\Gamma^{(2)}\left(s, x\right)\right)^{2}"
    assert latex(lowerbeta_log(s, 2, x, 0, 1)) == r"\mathrm{B}^{(0, 1)}\left(x; s, 2\right)"
    assert conjugate(lowergamma_log(s, x, 1)) == lowergamma_log(conjugate(s), x, 1)
    assert lowerbeta_log(x, 2, R(1, 3), 0, 1).is_extended_real is True


def test_what_is_refused() -> None:
    s, x = Symbol("s", positive=True), Symbol("x", positive=True)
    with pytest.raises(ArgumentIndexError):
        lowergamma_log(s, x, Symbol("n")).fdiff(3)
    with pytest.raises(Undecided, match="the power of the logarithm must be a whole number"):
        lowergamma_log.ball(acb(2), acb(1), acb(fmpq(1, 2)))
    assert not lowerbeta_log.ball(acb(2), acb(3), acb(2), acb(0), acb(0)).is_finite()
    with pytest.raises(Undecided, match="could not be evaluated"):
        lowergamma_log(Integer(-1), X, 2).evalf(20)
