"""Gumbel-max and Gumbel-softmax derived: every step proved, and what is wrong refused."""

from __future__ import annotations

import mpmath
import pytest
from sympy import Add, Heaviside, Mul, Rational, S, Symbol, exp

from derive.argmax import ArgMax, Softmax, by_comparisons, written_out
from derive.deriving import context_of, derivations, requested
from derive.errors import NotApplicable, OutsideDomain, Undecided
from derive.iterated import slope, value
from derive.kernel import check
from derive.nested import is_nested, nodes_agree
from derive.relaxing import relaxation
from derive.render import RENDERERS
from derive.routes import ROUTES, derive
from derive.rules import RULES
from derive.terms import D, E, Law

x, y, z = (Symbol(f"b[{k}]", real=True) for k in range(3))
c = Symbol("c", real=True)
GUMBEL = Law("gumbel", 0, 1)
POINT = {c: Rational(1, 3)}

CASES = [
    ("gumbel-max", "bernoulli", "exp(p*a)", "p"),
    ("gumbel-max", "categorical_logits", "logits[0]*table(1, 4, 2)", "logits[0]"),
    ("gumbel-max", "categorical", "table(1, 4, 2)", "p[1]"),
    ("gumbel-softmax", "bernoulli_logits", "exp(a)", "logits"),
    ("gumbel-softmax", "bernoulli", "table(1, 3)", "p"),
    ("gumbel-softmax", "categorical", "p[0]*table(1, 4, 2)", "p[0]"),
]


@pytest.mark.parametrize(
    ("check_name", "family", "integrand", "wrt"), CASES, ids=[f"{a}-{b}" for a, b, *_ in CASES]
)
def test_every_step_is_proved(check_name: str, family: str, integrand: str, wrt: str) -> None:
    found = derivations(check_name, family, integrand, (wrt,))
    steps = [s for derivation in found for s in derivation.steps]
    assert [(s.rule, s.status, s.evidence) for s in steps if s.status != "proved"] == []
    assert all(len(derivation.steps) >= 2 for derivation in found)


def test_gumbel_max_ends_with_the_gradient_of_the_direct_route() -> None:
    made = requested("categorical_logits", "table(1, 4, 2)", ("logits[1]",))
    context = context_of(made)
    ends = [derive(ROUTES[r], context, made.wrt[0]).result for r in ("gumbel_max", "direct")]
    assert (ends[0] - ends[1]).equals(0)


@pytest.mark.parametrize("check_name", ["gumbel-max", "gumbel-softmax"])
def test_without_a_family_three_values_are_arbitrary(check_name: str) -> None:
    found = [d for d in derivations(check_name) if d.route != "concrete"]
    assert [d.wrt.name for d in found] == ["logits[0]", "logits[1]", "logits[2]"]
    assert {d.status for d in found} == {"proved"}
    assert any(s.name == "g[1]" for s in found[0].steps[0].after.free_symbols)


@pytest.mark.parametrize("form", list(RENDERERS))
@pytest.mark.parametrize("check_name", ["gumbel-max", "gumbel-softmax"])
def test_every_format_shows_them(check_name: str, form: str) -> None:
    (found,) = derivations(check_name, "bernoulli_logits", "a", ("logits",))
    assert "logits" in RENDERERS[form]((found,))


def test_the_concrete_density_is_that_of_the_paper() -> None:
    """``2 tau**2 prod(alpha_k x_k**(-tau-1)) / (sum alpha_k x_k**(-tau))**3`` times the integrand."""
    law, _ = derivations("gumbel-softmax", "categorical_logits", "table(1, 4, 2)", ("logits[0]",))
    assert (law.route, law.status) == ("concrete", "proved")
    integral = law.result.body  # type: ignore[attr-defined]
    (x0, x1), tau = integral.variables, Symbol("tau", real=True)
    points = (x0, x1, 1 - x0 - x1)
    alphas = [exp(Symbol(f"logits[{k}]", real=True)) for k in range(3)]
    weights = [alpha * x ** (-tau) for alpha, x in zip(alphas, points, strict=True)]
    cost = x0 + 4 * x1 + 2 * points[2]
    paper = 2 * tau**2 * Mul(*weights) / Mul(*points) / Add(*weights) ** 3 * cost
    at = {x0: Rational(1, 5), x1: Rational(3, 7), tau: Rational(2, 3)}
    at |= {Symbol(f"logits[{k}]", real=True): Rational(k, 3) for k in range(3)}
    assert abs((integral.body / paper).subs(at).evalf(30) - 1) < 1e-25


def test_a_wrong_noise_is_refused() -> None:
    """Of three normal draws the winner has another law: the weights are not recognised."""
    made = requested("bernoulli_logits", "a", ("logits",))
    context = context_of(made)
    derivation = derive(ROUTES["gumbel_max"], context, made.wrt[0])
    recognise = next(s for s in derivation.steps if s.rule == "recognised law")
    twice = D(recognise.before.body * 2, made.wrt[0])  # type: ignore[attr-defined]
    assert check(RULES["recognised_law"], twice, recognise.after, context).status == "condition-failed"


def test_a_relaxed_choice_is_differentiated_under_fixed_noise_only() -> None:
    context = context_of(requested("bernoulli_logits", "a", ("logits",)))
    (logits,) = context.expectation.wrt
    winner = D(E(E(ArgMax(x, y + logits), GUMBEL, y), GUMBEL, x), logits)
    outcome = RULES["under_fixed_noise"].apply(winner, context)
    said = [(k.status, k.evidence) for k in outcome.conditions]
    assert ("failed", "it jumps where the winner changes") in said


@pytest.mark.parametrize(
    ("check_name", "family"),
    [("gumbel-max", "poisson"), ("gumbel-softmax", "normal"), ("gumbel-max", "binomial")],
)
def test_laws_that_are_no_choice_are_refused(check_name: str, family: str) -> None:
    with pytest.raises(NotApplicable, match=f"{family} is no choice by the probability of each outcome"):
        derivations(check_name, family, "a")


@pytest.mark.parametrize("family", ["bernoulli", "categorical"])
def test_a_temperature_is_positive(family: str) -> None:
    with pytest.raises(OutsideDomain, match="a temperature is a positive number, but tau = -1/2"):
        relaxation(requested(family, "a", None, {"tau": Rational(-1, 2)}))


# Expectations over several draws, as numbers. -------------------------------------------------------------


def gumbel_below(level: float) -> float:
    return float(mpmath.exp(-mpmath.exp(-level)))


def test_values_over_two_draws_are_those_of_mpmath() -> None:
    smooth = E(E(exp(-((x - y) ** 2)) + c, GUMBEL, y), GUMBEL, x)
    # The difference of two Gumbel draws is logistic.
    density = lambda d: mpmath.exp(-d) / (1 + mpmath.exp(-d)) ** 2 * mpmath.exp(-(d**2))  # noqa: E731
    wanted = mpmath.quad(density, [-20, -2, 0, 2, 20]) + mpmath.mpf(1) / 3
    found = value(smooth, POINT)
    assert abs(found.value - float(wanted)) <= max(10 * found.error, 1e-9)
    assert found.error < 1e-4


def test_values_of_comparisons_are_cut_where_they_turn() -> None:
    wins = Heaviside(x + c - y) * Heaviside(x + c - z)
    term = E(E(E(wins, GUMBEL, z), GUMBEL, y), GUMBEL, x)
    weight = float(mpmath.exp(mpmath.mpf(1) / 3))
    found = value(term, POINT)
    assert found.value == pytest.approx(weight / (weight + 2), abs=1e-4)
    assert abs(found.value - weight / (weight + 2)) <= 10 * found.error
    moved = slope(D(term, c), POINT)
    assert moved.value == pytest.approx(2 * weight / (weight + 2) ** 2, abs=1e-3)


def test_comparison_at_nodes_sees_a_lost_branch() -> None:
    whole = E(E(ArgMax(x + c, y) + 1, GUMBEL, y), GUMBEL, x)
    parts = Heaviside(x + c - y) + 2 * Heaviside(y - x - c)
    assert is_nested(whole)
    assert nodes_agree(whole, E(E(parts, GUMBEL, y), GUMBEL, x), (POINT,))
    lost = E(E(parts - Heaviside(y - x - c - 3), GUMBEL, y), GUMBEL, x)
    assert not nodes_agree(whole, lost, (POINT,))


def test_comparison_reads_products_of_expectations_as_one_integral() -> None:
    apart = E(E(Heaviside(x - y), GUMBEL, y) * E(Heaviside(x - z), GUMBEL, z), GUMBEL, x)
    together = E(E(E(Heaviside(x - y) * Heaviside(x - z), GUMBEL, z), GUMBEL, y), GUMBEL, x)
    assert nodes_agree(apart, together, (POINT,))
    squared = E(E(Heaviside(x - y), GUMBEL, y) ** 2, GUMBEL, x)
    assert not nodes_agree(squared, together, (POINT,))


def test_what_is_no_integral_over_draws_has_no_value() -> None:
    w = Symbol("b[3]", real=True)
    with pytest.raises(Undecided, match="of depth 4 is not taken"):
        value(E(E(E(E(x + y + z + w, GUMBEL, w), GUMBEL, z), GUMBEL, y), GUMBEL, x), {})
    with pytest.raises(Undecided, match="not affine"):
        value(E(E(Heaviside(x * y - 1), GUMBEL, y), GUMBEL, x), {})


def test_argmax_and_softmax_mean_what_they_say() -> None:
    node = ArgMax(x, y, z)
    rows = ((3, 1, 2), (1, 3, 2), (1, 2, 3))
    assert [by_comparisons(node).subs(dict(zip((x, y, z), row))) for row in rows] == [0, 1, 2]
    assert by_comparisons(node).subs({x: 1, y: 1, z: 0}) == 0
    assert node.diff(x) == S.Zero
    parts = [Softmax(k, x, y, z) for k in range(3)]
    at = {x: Rational(1, 2), y: -1, z: 2}
    assert Add(*(written_out(p).subs(at) for p in parts)).evalf() == pytest.approx(1)
    moved = written_out(parts[0].diff(y)) - written_out(parts[0]).diff(y)
    assert moved.subs(at).evalf() == pytest.approx(0, abs=1e-14)
    with pytest.raises(Undecided, match="has no part 3"):
        written_out(Softmax(3, x, y, z))
