"""What a germ claims from its start on is true there: of scales, of sums of them, of their integrals."""

from __future__ import annotations

import random

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.numeric.balls import ball
from derive.numeric.evaluator import Evaluator
from derive.numeric.germs import Germ, Tail, Term, constant, within
from derive.numeric.scales import Later, Number, Scale, Unbounded, is_zero
from derive.numeric.tails import Reader

y = sp.Symbol("y", real=True)
Y: Germ = (Term(Scale(log=fmpq(1)), fmpq(1)),)
_BITS = 400


def _germ(expr: sp.Expr, start: int) -> Germ:
    return Reader(Tail(arb(start)), {y: Y}, Evaluator({})).germ(expr)


def _claimed(germ: Germ, at: arb) -> arb:
    return sum((t.coefficient * t.scale.exponent(at).exp() for t in germ), arb(0))


def _holds(expr: sp.Expr, germ: Germ, start: int) -> bool:
    """Whether the germ holds the value at places from the start to far beyond it."""
    for place in (sp.Integer(start), start + sp.Rational(1, 2), 2 * sp.Integer(start), 9 * sp.Integer(start)):
        found = ball(expr, {y: place}, 2 * _BITS)
        if not (found.is_finite() and found.imag.contains(0)):
            continue
        with ctx.workprec(_BITS):
            if not _claimed(germ, arb(fmpq(int(place.p), int(place.q)))).overlaps(found.real):
                return False
    return True


_LEAVES = [y, y, y, sp.Integer(2), sp.Rational(-3, 4), sp.pi, sp.exp(-y), sp.exp(y), sp.Integer(-1)]
_POWERS = [2, 3, -1, -2, sp.Rational(1, 2), sp.Rational(-1, 2), sp.Rational(1, 3)]
_FUNCTIONS = [
    *(sp.sin, sp.cos, sp.tanh, sp.atan, sp.erf, sp.erfc, sp.asinh, sp.sinh, sp.cosh, sp.exp, sp.log),
    *(sp.Abs, sp.sign, sp.Heaviside, lambda u: sp.Max(u, 1), lambda u: sp.Min(u, y)),
    *(lambda u: sp.exp(-u), lambda u: 1 / (1 + sp.exp(-u)), lambda u: sp.log(1 + sp.exp(u))),
    lambda u: sp.Piecewise((u, u > 1), (y, True)),
]


def _expression(rng: random.Random, depth: int) -> sp.Expr:
    if depth == 0:
        return rng.choice(_LEAVES)
    kind = rng.random()
    if kind < 0.25:
        return _expression(rng, depth - 1) + _expression(rng, depth - 1)
    if kind < 0.45:
        return _expression(rng, depth - 1) * _expression(rng, depth - 1)
    if kind < 0.55:
        return _expression(rng, depth - 1) ** rng.choice(_POWERS)
    return rng.choice(_FUNCTIONS)(_expression(rng, depth - 1))


@given(seed=st.integers(0, 10**6), depth=st.integers(1, 3), start=st.sampled_from([4, 20]))
@settings(max_examples=200, deadline=None)
def test_a_germ_holds_the_function_from_its_start_on(seed: int, depth: int, start: int) -> None:
    try:
        expr = _expression(random.Random(seed), depth)
        germ = _germ(expr, start)
    except (Later, Unbounded, TypeError, ValueError):
        return  # no claim is made (TypeError, ValueError: SymPy refuses to compare what is not real)
    assert _holds(expr, germ, start), expr


def test_the_check_above_sees_a_wrong_claim() -> None:
    expr = sp.exp(-y) * (y**2 + 3)
    germ = _germ(expr, 4)
    assert _holds(expr, germ, 4)
    spoiled = tuple(Term(t.scale, t.coefficient * fmpq(999, 1000), t.fixed) for t in germ)
    assert not _holds(expr, spoiled, 4)
    lost = tuple(t for t in _germ(sp.sin(y) + 1, 4) if t.coefficient == 1)  # the sine dropped
    assert not _holds(sp.sin(y) + 1, lost, 4)


def test_a_ball_about_zero_is_not_taken_for_zero() -> None:
    # `!= 0` says of a ball that it excludes 0: with it, every bounded factor vanished.
    assert not is_zero(arb(0, 1))
    germ = _germ(sp.sin(y), 4)
    assert len(germ) == 1
    assert germ[0].coefficient.contains(arb(1))
    assert germ[0].coefficient.contains(arb(-1))


CANCELLING = {
    "one_minus_square": (1 - (1 - sp.exp(-y)) ** 2, Scale(linear=fmpq(-1)), 2),
    "root": (sp.sqrt(1 + sp.exp(-y)) - 1, Scale(linear=fmpq(-1)), fmpq(1, 2)),
    "log": (sp.log(1 + sp.exp(-2 * y)), Scale(linear=fmpq(-2)), 1),
    "exp": (sp.exp(sp.exp(-y)) - 1, Scale(linear=fmpq(-1)), 1),
    "sine": (sp.sin(1 / y), Scale(log=fmpq(-1)), 1),
    "tanh": (1 - sp.tanh(y), Scale(linear=fmpq(-2)), 2),
    "gauss": (sp.exp(-((y - 1) ** 2) / 2 - y), Scale(square=fmpq(-1, 2)), None),
    "powers": (y**3 - (y + 1) * y**2, Scale(log=fmpq(2)), -1),
    "tower": (sp.exp(y - sp.exp(3 * y)), Scale(linear=fmpq(1), towers=((fmpq(3), fmpq(-1)),)), 1),
}


@pytest.mark.parametrize("name", CANCELLING)
def test_leading_terms_that_cancel_leave_the_next_one(name: str) -> None:
    expr, scale, coefficient = CANCELLING[name]
    found, total = Tail(arb(30)).leading(_germ(expr, 30))
    assert found == scale
    if coefficient is not None:
        assert abs(total - coefficient) < 0.5


# Each with a start from which it falls.
SCALES = {
    "gauss": (Scale(square=fmpq(-1, 2), linear=fmpq(3), log=fmpq(2)), 5),
    "exponential": (Scale(linear=fmpq(-1, 3), log=fmpq(5)), 18),
    "double": (Scale(towers=((fmpq(1), fmpq(-1)),), linear=fmpq(4), square=fmpq(1)), 4),
    "two_towers": (Scale(towers=((fmpq(2), fmpq(-1)), (fmpq(1), fmpq(3)))), 3),
    "logs": (Scale(linear=fmpq(-1), loglog=fmpq(3)), 4),
    "irrational": (Scale(linear=-arb(2).log(), log=fmpq(1)), 4),
}


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("further", [0, 6], ids=["early", "late"])
def test_the_integral_beyond_the_start_is_below_its_bound(name: str, further: int) -> None:
    scale, earliest = SCALES[name]
    start = earliest + (further if not scale.towers else further // 6)
    first = scale.exponent(arb(start))

    def ratio(t: mpmath.mpf) -> mpmath.mpf:
        """The scale at start + t, divided by that at the start."""
        gap = scale.exponent(start + arb(mpmath.nstr(t, 25))) - first
        return mpmath.mpf(gap.exp().str(40, radius=False))

    with ctx.workprec(300), mpmath.workdps(25):
        width = 1 / -mpmath.log(ratio(mpmath.mpf(10) ** -12)) / 10**12  # over which it falls by e
        truth = mpmath.quad(ratio, [0, width, 4 * width, 16 * width, 64 * width, 256 * width], maxdegree=4)
        bound = mpmath.mpf((scale.integral(arb(start)) / first.exp()).str(40, radius=False))
        top = mpmath.mpf((scale.bound(arb(start)) / first.exp()).str(40, radius=False))
        # Proved, and not wasteful: only positive slopes and the bend of L are given away.
        assert truth <= bound <= 10 * truth
        assert all(ratio(mpmath.mpf(t)) <= top for t in (0, width, 5 * width, 1))


@pytest.mark.parametrize(
    ("scale", "start", "error"),
    [
        (Scale(linear=fmpq(1)), 10, Unbounded),
        (Scale(square=fmpq(1), linear=fmpq(-100)), 10, Unbounded),
        (Scale(linear=fmpq(-1), log=fmpq(50)), 10, Later),  # rises until y = 50
        (Scale(log=fmpq(-3)), 10, Unbounded),  # a power: another coordinate is asked for
        (Scale(), 10, Unbounded),
        (Scale(linear=arb(0, 1e-9)), 10, Unbounded),  # of unknown sign
        (Scale(towers=((fmpq(1, 100), fmpq(-1)),), square=fmpq(1)), 10, Later),
    ],
    ids=["grows", "grows_later", "falls_later", "power", "constant", "unknown", "slow_tower"],
)
def test_what_is_not_integrable_from_here_has_no_bound(
    scale: Scale, start: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        scale.integral(arb(start))


@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        (1 / sp.sin(y), "divides by what may vanish"),
        (sp.log(sp.cos(y)), "logarithm of what may not be positive"),
        (sp.sqrt(-y), "fractional power of a negative number"),
        (sp.exp(y**3), "its exponent grows like"),
        (sp.tan(y), "grows"),
        (sp.gamma(y), "no bound is known for gamma"),
        (sp.log(sp.exp(-y) - sp.exp(-y) ** 1), "not a finite real number"),
        (sp.sqrt(-2) * y, "not a finite real number"),
    ],
    ids=["pole", "log", "root", "cube", "tan", "gamma", "log_of_zero", "complex"],
)
def test_what_no_rule_bounds_is_said(expr: sp.Expr, reason: str) -> None:
    with pytest.raises(Unbounded, match=reason):
        _germ(expr, 20)


def test_towers_that_cannot_be_ordered_are_refused() -> None:
    one = Scale(towers=((arb(2).sqrt(), fmpq(1)),))
    two = Scale(towers=((arb(2).sqrt() + 0, fmpq(-1)),))
    with pytest.raises(Unbounded, match="cannot be told apart"):
        assert one * two


def test_many_terms_are_folded_into_one_without_losing_the_value() -> None:
    expr = sp.Add(*(sp.exp(-k * y) * k for k in range(1, 15)))
    germ = _germ(expr, 4)
    assert len(germ) <= 8
    assert _holds(expr, germ, 4)


def test_arithmetic_of_single_terms() -> None:
    tail = Tail(arb(4))
    three: Number = fmpq(3)
    assert tail.add(Y, tail.scaled(Y, fmpq(-1))) == ()
    assert tail.power((), fmpq(2)) == ()
    assert tail.sign(constant(three)) == 1
    assert tail.sign(within(arb(0, 1))) is None
    with pytest.raises(Unbounded, match="divides by zero"):
        tail.power((), fmpq(-1))
    with pytest.raises(Unbounded, match="logarithm of zero"):
        tail.log(())
