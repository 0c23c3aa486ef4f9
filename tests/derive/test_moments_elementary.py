"""Integrals of a^s log(a)^j exp(t a + q a^2) over cells, and normal moments, against mpmath quadrature."""

from __future__ import annotations

from dataclasses import dataclass

import mpmath as mp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, I, Integer, Ne, Rational, S, Symbol, oo, sympify

from derive.closed_form.moments.gaussian import (
    half_normal_moment,
    logit_normal_moment,
    lognormal_moment,
    normal_moment,
)
from derive.closed_form.moments.polyexp import integral
from derive.errors import NoClosedForm, NoExpectation
from derive.family import Atom, Moment

# 25 digits of quadrature, halved for integrands that are singular at an end.
TOLERANCE = mp.mpf(10) ** -12
DIGITS = 25
R = Rational


def atom(
    power: object = 0,
    logs: int = 0,
    rate: object = 0,
    lower: object = -oo,
    upper: object = oo,
    square: object = 0,
) -> Atom:
    return Atom(sympify(power), logs, sympify(rate), sympify(lower), sympify(upper), sympify(square))


def number(expr: Expr) -> mp.mpf | mp.mpc:
    if expr in (oo, -oo):
        return mp.inf if expr is oo else -mp.inf
    real, imaginary = (mp.mpmathify(part) for part in expr.evalf(DIGITS + 5).as_real_imag())
    return mp.mpc(real, imaginary) if imaginary else real


def quadrature(a: Atom, density: object = lambda x: mp.mpf(1)) -> mp.mpc:
    """The integral of the atom times a density."""
    with mp.workdps(DIGITS):
        power, rate, square = number(a.power), number(a.rate), number(a.square)
        lower, upper = number(a.lower), number(a.upper)

        def body(x: mp.mpf) -> mp.mpc:
            plain = x**power * mp.log(x) ** a.logs if a.logs or power != 0 else mp.mpf(1)
            return plain * mp.exp(rate * x + square * x * x) * density(x)  # type: ignore[operator]

        inner = [x for x in (-20, -5, -1, 0, 1, 5, 20) if lower < x < upper]
        return mp.mpc(mp.quad(body, [lower, *inner, upper]))


def agree(moment: Moment, truth: mp.mpc) -> bool:
    with mp.workdps(DIGITS):
        return bool(abs(mp.mpc(number(moment.value)) - truth) <= TOLERANCE * (1 + abs(truth)))


def assert_right(moment: Moment, truth: mp.mpc) -> None:
    assert all(relation == S.true for relation in moment.requires), moment.requires
    assert agree(moment, truth)
    assert not agree(Moment(moment.value + R(1, 10**9) * (1 + abs(moment.value))), truth)


INTEGRALS = {
    "power": atom(3, lower=-1, upper=2),
    "power and exp": atom(4, rate=R(-2, 3), lower=-1, upper=2),
    "to infinity": atom(2, rate=-3, lower=R(1, 2)),
    "from minus infinity": atom(2, rate=3, upper=R(1, 2)),
    "wave": atom(2, rate=-1 + 2 * I, lower=0),
    "wave on a cell": atom(1, rate=3 * I, lower=-1, upper=2),
    "root": atom(R(1, 2), lower=0, upper=2),
    "root and exp": atom(R(1, 2), rate=-2, lower=0),
    "root beyond": atom(R(3, 2), rate=-2, lower=R(1, 3)),
    "root up to": atom(R(-1, 3), rate=-2, lower=0, upper=R(4, 3)),
    "root and wave": atom(R(1, 2), rate=-2 + I, lower=0),
    "root and wave beyond": atom(R(1, 2), rate=-2 + I, lower=R(1, 2)),
    "log": atom(0, 1, lower=0, upper=2),
    "power of log": atom(2, 3, lower=R(1, 3), upper=2),
    "log over a": atom(-1, 2, lower=R(1, 3), upper=2),
    "log and exp": atom(2, 2, rate=-2, lower=0),
    "log and exp beyond": atom(2, 1, rate=-2, lower=R(1, 3)),
    "log squared beyond": atom(1, 2, rate=-2, lower=R(1, 3)),
    "log up to": atom(0, 1, rate=-2, lower=0, upper=R(1, 3)),
    "log on a cell": atom(1, 1, rate=2, lower=R(1, 3), upper=2),
    "log and wave": atom(1, 1, rate=-2 + I, lower=0),
    "one over a": atom(-1, lower=R(1, 3), upper=2),
    "one over a, negative": atom(-1, lower=-2, upper=R(-1, 3)),
    "one over a and exp": atom(-1, rate=2, lower=R(1, 3), upper=2),
    "one over a**3 and exp": atom(-3, rate=-2, lower=R(1, 3)),
    "one over a**3, negative": atom(-3, rate=2, upper=R(-1, 3)),
    "one over a and wave": atom(-1, rate=2 * I, lower=R(1, 3), upper=2),
    "one over a**2 and wave, negative": atom(-2, rate=1 + 2 * I, upper=R(-1, 3)),
    "bell": atom(3, rate=1, lower=-1, upper=2, square=-2),
    "bell to infinity": atom(2, rate=-1, lower=R(1, 3), square=R(-1, 4)),
    "bell and wave": atom(2, rate=2 * I, lower=R(1, 3), square=-1),
    "growing square": atom(2, rate=-1, lower=-1, upper=2, square=R(1, 2)),
    "growing square and wave": atom(1, rate=1 + I, lower=-1, upper=2, square=R(1, 2)),
}


@pytest.mark.parametrize("key", INTEGRALS)
def test_integrals_are_those_of_quadrature(key: str) -> None:
    a = INTEGRALS[key]
    assert_right(integral(a, a.rate), quadrature(a))


RATES = st.fractions(-3, 3, max_denominator=7).filter(lambda x: abs(x) > 0.1)
ENDS = st.fractions(-2, 2, max_denominator=5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5), RATES, st.sampled_from([0, 1, 2]), ENDS, ENDS)
def test_any_natural_power_on_any_cell(
    n: int, rate: object, frequency: int, one: object, two: object
) -> None:
    lower, upper = sorted((R(str(one)), R(str(two))))
    a = atom(n, rate=R(str(rate)) + frequency * I, lower=lower, upper=upper)
    assert agree(integral(a, a.rate), quadrature(a))


@dataclass(frozen=True)
class Divergent:
    a: Atom
    says: str


DIVERGENT = {
    "constant": Divergent(atom(0, lower=0), "no finite integral"),
    "whole line": Divergent(atom(0, rate=1), "whole line"),
    "pole": Divergent(atom(-1, lower=0, upper=1), "not integrable at 0"),
    "pole and exp": Divergent(atom(-1, rate=-1, lower=0), "not integrable at 0"),
    "root pole": Divergent(atom(R(-3, 2), rate=-1, lower=0), "not integrable at 0"),
    "one over a": Divergent(atom(-1, lower=1), "up to infinity"),
    "log over a": Divergent(atom(-1, 1, lower=0, upper=1), "up to 0 or infinity"),
    "square": Divergent(atom(0, lower=0, square=1), "grows faster"),
}


@pytest.mark.parametrize("key", DIVERGENT)
def test_divergent_integrals_are_refused(key: str) -> None:
    case = DIVERGENT[key]
    with pytest.raises(NoExpectation, match=case.says):
        integral(case.a, case.a.rate)


def test_growth_up_to_infinity_fails_its_condition() -> None:
    a = atom(1, rate=1, lower=0)
    assert integral(a, a.rate).requires == (S.false,)


def test_a_rate_that_may_vanish_is_a_condition() -> None:
    k = Symbol("k", real=True)
    a = atom(1, rate=k, lower=0, upper=1)
    assert integral(a, a.rate).requires == (Ne(k, 0),)


def test_real_powers_are_known_on_positive_cells_only() -> None:
    a = atom(R(1, 2), lower=-1, upper=1)
    with pytest.raises(NoClosedForm, match="positive intervals only"):
        integral(a, a.rate)


# -- the normal law and its relatives ------------------------------------------------------------------

MU, SIGMA = R(-2, 7), R(6, 5)


def bell(x: mp.mpf, mu: Rational = MU) -> mp.mpf:
    z = (x - number(mu)) / number(SIGMA)
    return mp.exp(-z * z / 2) / (number(SIGMA) * mp.sqrt(2 * mp.pi))


NORMAL = {
    "a**5": atom(5),
    "a**2 exp": atom(2, rate=R(3, 4)),
    "wave": atom(3, rate=2 * I),
    "a**3 above": atom(3, lower=R(1, 3)),
    "a**4 exp below": atom(4, rate=-1, upper=R(1, 3)),
    "wave on a slab": atom(2, rate=1 - 2 * I, lower=-1, upper=R(1, 3)),
    "square": atom(2, square=R(1, 5)),
    "falling square above": atom(3, rate=1, square=-2, lower=R(1, 3)),
    "square and wave": atom(1, rate=I, square=R(-1, 3)),
    "a**12 above": atom(12, lower=R(1, 3)),
}


@pytest.mark.parametrize("key", NORMAL)
def test_normal_moments_are_those_of_quadrature(key: str) -> None:
    a = NORMAL[key]
    assert_right(normal_moment(a, (MU, SIGMA)), quadrature(a, bell))


HALF = {
    "root": atom(R(1, 2), lower=0),
    "log**3": atom(0, 3, lower=0),
    "log a**2 beyond": atom(2, 2, lower=R(1, 3)),
    "root up to": atom(R(-1, 2), lower=0, upper=R(4, 3)),
    "one over a beyond": atom(-1, lower=R(1, 3)),
    "a exp": atom(1, rate=R(1, 2), lower=0),
    "wave": atom(2, rate=2 * I, lower=0),
    "log and square": atom(0, 1, square=R(-1, 3), lower=0),
}


@pytest.mark.parametrize("key", HALF)
def test_half_normal_moments_are_those_of_quadrature(key: str) -> None:
    a = HALF[key]
    assert_right(half_normal_moment(a, (SIGMA,)), quadrature(a, lambda x: 2 * bell(x, S.Zero)))


LOGS = {
    "power": atom(R(5, 2), lower=0),
    "reciprocal": atom(-2, lower=0),
    "log**4": atom(0, 4, lower=0),
    "a log beyond": atom(1, 2, lower=R(1, 3)),
    "up to": atom(2, 0, lower=0, upper=R(4, 3)),
}


@pytest.mark.parametrize("key", LOGS)
def test_lognormal_moments_are_those_of_quadrature(key: str) -> None:
    a = LOGS[key]
    assert_right(lognormal_moment(a, (MU, SIGMA)), quadrature(a, lambda x: bell(mp.log(x)) / x))


LOGIT = {
    "reciprocal": atom(-2, lower=0, upper=1),
    "step": atom(0, lower=R(1, 3), upper=1),
    "reciprocal below": atom(-1, lower=0, upper=R(2, 3)),
}


@pytest.mark.parametrize("key", LOGIT)
def test_logit_normal_moments_are_those_of_quadrature(key: str) -> None:
    a = LOGIT[key]
    density = lambda x: bell(mp.log(x / (1 - x))) / (x * (1 - x)) if 0 < x < 1 else mp.mpf(0)  # noqa: E731
    assert_right(logit_normal_moment(a, (MU, SIGMA)), quadrature(a, density))


REFUSED = {
    "normal root": (normal_moment, atom(R(1, 2), lower=0), (MU, SIGMA), NoClosedForm, "under the normal law"),
    "normal pole": (normal_moment, atom(-1, lower=0), (MU, SIGMA), NoExpectation, "not integrable at 0"),
    "half pole": (half_normal_moment, atom(-1, lower=0), (SIGMA,), NoExpectation, "not integrable at 0"),
    "lognormal exp": (lognormal_moment, atom(0, rate=1, lower=0), (MU, SIGMA), NoExpectation, "grows faster"),
    "lognormal wave": (lognormal_moment, atom(0, rate=I, lower=0), (MU, SIGMA), NoClosedForm, "lognormal"),
    "logit mean": (logit_normal_moment, atom(1, lower=0, upper=1), (MU, SIGMA), NoClosedForm, "logit-normal"),
}


@pytest.mark.parametrize("key", REFUSED)
def test_moments_without_a_closed_form_are_refused(key: str) -> None:
    rule, a, parameters, error, says = REFUSED[key]
    with pytest.raises(error, match=says):
        rule(a, parameters)


def test_a_square_that_outgrows_the_density_fails_its_condition() -> None:
    assert normal_moment(atom(0, square=1), (MU, SIGMA)).requires == (S.false,)


def test_a_normal_moment_of_high_order_stays_small() -> None:
    """The edge polynomials are multiplied out: the recursion in expressions would double each time."""
    mu, sigma = Symbol("mu", real=True), Symbol("sigma", positive=True)
    found = normal_moment(Atom(Integer(20), 0, S.Zero, S.Zero, oo), (mu, sigma))
    assert found.value.count_ops() < 300
