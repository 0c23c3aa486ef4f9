"""Steps that other systems accept and that are false, each refused here.

The five of holpy's integral prover were found by running it; SymPy's three by running SymPy 1.14.
"""

from __future__ import annotations

import pytest
from sympy import (
    Expr,
    Heaviside,
    Integral,
    Piecewise,
    Rational,
    S,
    Symbol,
    exp,
    log,
    oo,
    sin,
    sqrt,
)

from derive.context import Context
from derive.errors import NoExpectation
from derive.existence import expectation_exists
from derive.families import FAMILIES
from derive.kernel import apply, check
from derive.routes import ROUTES, derive
from derive.rules import RULES
from derive.setting import setting_of
from derive.terms import SAMPLE as a
from derive.terms import D, Int

t = Symbol("t", real=True)
u = Symbol("u", real=True)


def _context() -> Context:
    """Any context in which t has values: 7/5 and another."""
    return setting_of("normal", a * t, wrt=("t",), at={"t": Rational(7, 5)})


def test_a_moving_end_is_not_exchanged_for_nothing() -> None:
    """holpy: D_t of the integral of x t over (0, t) becomes the integral of D_t(x t)."""
    before = D(Int(a * t, (a, 0, t)), t)
    step = apply(RULES["interchange"], before, _context())
    assert step.status == "condition-failed"
    assert [c.statement for c in step.conditions if c.status == "failed"] == [
        "the ends of the integral do not depend on t"
    ]
    assert check(RULES["leibniz"], before, step.after, _context()).status == "refuted"


def test_the_boundary_term_makes_it_right() -> None:
    before = D(Int(a * t, (a, 0, t)), t)
    step = apply(RULES["leibniz"], before, _context())
    assert step.after == Int(D(a * t, t), (a, 0, t)) + t**2


CLAIMS: dict[str, tuple[str, Expr, Expr]] = {
    # holpy's reverse exchange swaps the limits, and so the sign.
    "swapped limits": ("interchange", Int(D(t * a, t), (a, 0, 2)), D(Int(t * a, (a, 2, 0)), t)),
    "u = x**2 over (-1, 1)": ("change_of_variables", Int(a**2, (a, -1, 1)), S.Zero),
    "u = x**2 over (-1, 2)": ("change_of_variables", Int(a**2, (a, -1, 2)), Int(sqrt(u) / 2, (u, 1, 4))),
    # Integral.transform of SymPy maps the ends of (0, 1) under the sigmoid to (-oo, 0).
    "ends of the sigmoid": (
        "change_of_variables",
        Int(a, (a, 0, 1)),
        Int(exp(-u) / (1 + exp(-u)) ** 3, (u, -oo, 0)),
    ),
    "ends of 1 - exp(-b)": (
        "change_of_variables",
        Int(a, (a, 0, 1)),
        Int((1 - exp(-u)) * exp(-u), (u, 0, 0)),
    ),
}


@pytest.mark.parametrize(("rule", "before", "after"), CLAIMS.values(), ids=CLAIMS.keys())
def test_a_false_claim_is_refuted_with_a_witness(rule: str, before: Expr, after: Expr) -> None:
    step = check(RULES[rule], before, after, _context())
    assert step.status == "refuted"
    assert dict(step.witness)["t"] == "7/5"


def test_the_true_limits_of_the_sigmoid_are_not_refuted() -> None:
    after = Int(exp(-u) / (1 + exp(-u)) ** 3, (u, -oo, oo))
    assert check(RULES["change_of_variables"], Int(a, (a, 0, 1)), after, _context()).status == "evidence"


def test_a_constant_under_the_derivative_is_no_mistake() -> None:
    """d/dt X = d/dt (X + 3) is true although X is not X + 3."""
    integral, rule = Int(a * t, (a, 0, 2)), RULES["differentiate"]
    assert check(rule, D(integral, t), D(integral + 3, t), _context()).status == "evidence"
    assert check(rule, D(integral, t), D(integral + 3 * t, t), _context()).status == "refuted"


def test_a_logarithm_of_negative_numbers_is_no_integrand() -> None:
    """holpy lets sin(log x) through on an interval that holds negative numbers."""
    family = FAMILIES["uniform"]
    at = {family.symbols[0]: Rational(-1), family.symbols[1]: Rational(2)}
    with pytest.raises(NoExpectation, match="not a real number"):
        expectation_exists(sin(log(a)), family.law, family.samples, at)


STEPS = [Heaviside(a - t), Piecewise((1, a > t), (0, True)), a * Piecewise((1, a > t), (0, True))]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_jump_that_moves_in_the_integrand_is_not_lost(step: Expr) -> None:
    """SymPy differentiates the integral of a Piecewise with a moving jump to 0."""
    context = setting_of("normal", step, wrt=("t",), at={"t": Rational(1, 3)})
    refused = derive(ROUTES["score_function"], context, t)
    assert refused.status == "condition-failed"
    kept = derive(ROUTES["product_split"], context, t)
    assert kept.status == "proved"
    mu, sigma = FAMILIES["normal"].symbols
    density = exp(-((t - mu) ** 2) / (2 * sigma**2)) / (sigma * sqrt(2 * S.Pi))
    height = step.subs(t, a - 1)
    truth = -height.subs(a, t) * density
    difference = (kept.result - truth).subs({mu: Rational(2, 7), sigma: Rational(3, 4), t: Rational(1, 3)})
    assert abs(difference.evalf(30)) < 1e-25


def test_sympy_still_loses_that_jump() -> None:
    """Why the kernel moves derivatives itself; should SymPy mend this, the words above are out of date."""
    x, c = Symbol("x"), Symbol("c")
    lost = Integral(Piecewise((1, x > c), (0, True)) * exp(-(x**2)), (x, -oo, oo)).diff(c)
    assert lost.doit() == 0
