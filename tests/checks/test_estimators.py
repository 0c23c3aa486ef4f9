"""Estimators and mistakes: the Torch code against the SymPy statistic, row by row on the same draws."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy
import torch
from sympy import DiracDelta, Heaviside, Symbol

from checks.calculus import slope
from checks.estimator import Estimator, Statistic
from checks.estimators import ESTIMATORS, _proposal
from checks.mistakes import MISTAKES
from checks.problem import Problem
from checks.run import estimator_called
from checks.samplers import SAMPLERS
from derive.errors import NotApplicable
from derive.expectation import Expectation
from tests.checks.proofs import expectation_of, proof_of

CASES = [
    ("normal", "mu*a**2 + sigma*cos(a)"),
    ("normal", "relu(a)*exp(a/3)"),
    ("laplace", "Abs(a - 1/3)*b"),
    ("logistic", "sigmoid(a)"),
    ("gumbel", "beta*exp(a/3)"),
    ("cauchy", "log(1 + a**2)"),
    ("student_t", "mu*sin(a)"),
    ("uniform", "high*a**3"),
    ("exponential", "rate*a**2"),
    ("weibull", "a**2/scale"),
    ("lognormal", "a**sigma"),
    ("half_normal", "sigma*log(a)"),
    ("pareto", "log(a)"),
    ("kumaraswamy", "a**2"),
    ("logit_normal", "1/a"),
    ("multivariate_normal", "a[0]**2*a[1]"),
]
ALL = [*ESTIMATORS.names(), *MISTAKES.names()]
MINE = ("dropped_explicit_term", "missing_jacobian", "detached_scale", "sign_of_score")
N = 6


def applicable() -> list[object]:
    table: list[object] = []
    for name in ALL:
        for family, integrand in CASES:
            wrt = ("mu", "sigma") if family == "student_t" else None
            estimator = estimator_called(name)
            expectation = expectation_of(family, integrand, wrt, dict(estimator.knobs))
            # With several draws the order of the draws is the code's own: the suites hold its exact moments.
            if estimator.refuses(expectation) is None and not estimator.statistic(expectation).more:
                table.append(pytest.param(name, family, integrand, wrt, id=f"{name}/{family}/{integrand}"))
    return table


def test_these_estimators_have_a_case() -> None:
    # Those of families without a transport have their cases elsewhere.
    assert {p.values[0] for p in applicable()} >= {"pathwise", "score_function", *MINE}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "family", "integrand", "wrt"), applicable())
def test_code_and_statistic_are_the_same_function(
    name: str, family: str, integrand: str, wrt: tuple[str, ...] | None
) -> None:
    estimator = estimator_called(name)
    expectation = expectation_of(family, integrand, wrt, dict(estimator.knobs))
    statistic = estimator.statistic(expectation)
    constants = {n: float(c.subs(expectation.point)) for n, c in statistic.constants}
    problem = Problem(proof_of(family, integrand, wrt, dict(estimator.knobs)), constants)
    rows = estimator.estimate(problem, N, torch.Generator().manual_seed(11))
    assert rows.shape == (N, len(problem.wrt))
    drawn = draws_of(statistic, expectation, problem).reshape(N, -1).numpy()
    point = expectation.point
    for column, value in enumerate(statistic.values):
        compute = sympy.lambdify(statistic.variables, value.subs(point), "mpmath")
        wanted = [float(compute(*map(mpmath.mpf, row))) for row in drawn]
        # Rounding of a few dozen operations, and of samples near an end of the support.
        np.testing.assert_allclose(rows[:, column].numpy(), wanted, rtol=1e-9, atol=1e-11)


def draws_of(statistic: Statistic, expectation: Expectation, problem: Problem) -> torch.Tensor:
    """The same seed gives the same draws: samples for a statistic in a, else the noise that it names."""
    generator = torch.Generator().manual_seed(11)
    if statistic.variables == expectation.family.samples:
        if statistic.law != expectation.family.law:  # a wider one, from which weights lead back
            return _proposal.drawn(problem, N, generator)
        return problem.sample(N, generator)
    transport = expectation.family.transport
    if transport is None or statistic.law == transport.noise:
        return problem.draw_noise(N, generator)
    return SAMPLERS[statistic.law.name]([float(p) for p in statistic.law.parameters], (N,), generator)


def test_another_statistic_is_noticed() -> None:
    expectation = expectation_of("normal", "a**2")
    names = ("score_function", "missing_jacobian")
    right, wrong = (estimator_called(name).statistic(expectation).values[1] for name in names)
    assert sympy.simplify(right - wrong) != 0


def test_estimates_do_not_carry_graphs_or_touch_theta() -> None:
    problem = Problem(proof_of("normal", "mu*a**2"))
    for name in ("pathwise", "score_function", *MINE):
        rows = estimator_called(name).estimate(problem, N, torch.Generator().manual_seed(0))
        assert not rows.requires_grad
    assert all(leaf.grad is None for leaf in problem.theta.values())


@pytest.mark.parametrize(
    ("name", "family", "integrand", "says"),
    [
        pytest.param("pathwise", "student_t", "a", "nu is a parameter of the noise", id="noise"),
        pytest.param("score_function", "uniform", "a", "uniform moves with low and high", id="support"),
        pytest.param("score_function", "pareto", "a", "pareto moves with scale", id="half a support"),
        pytest.param("dropped_explicit_term", "normal", "a**2", "no explicit term", id="nothing to drop"),
        pytest.param("missing_jacobian", "weibull", "a", "no transport of the form", id="not affine"),
        pytest.param("detached_scale", "lognormal", "a", "no transport of the form", id="not affine either"),
        pytest.param("sign_of_score", "uniform", "a", "the support of uniform moves", id="inherited"),
    ],
)
def test_refusals(name: str, family: str, integrand: str, says: str) -> None:
    refusal = estimator_called(name).refuses(expectation_of(family, integrand))
    assert refusal is not None
    assert says in refusal


def test_no_refusal_for_the_other_parameters() -> None:
    assert ESTIMATORS["pathwise"].refuses(expectation_of("student_t", "a", ("mu", "sigma"))) is None
    assert ESTIMATORS["score_function"].refuses(expectation_of("pareto", "log(a)", ("alpha",))) is None


def test_a_scale_that_is_not_asked_for_cannot_be_lost() -> None:
    refusal = MISTAKES["detached_scale"].refuses(expectation_of("normal", "a**2", ("mu",)))
    assert refusal == "no scale is among the parameters asked for"


def test_a_jump_is_not_refused_by_pathwise() -> None:
    expectation = expectation_of("normal", "Heaviside(a - 1)")
    assert ESTIMATORS["pathwise"].refuses(expectation) is None
    assert ESTIMATORS["pathwise"].statistic(expectation).values == (0, 0)


def test_slopes_are_taken_almost_everywhere() -> None:
    a = Symbol("a", real=True)
    assert slope(Heaviside(a) * a**2, a) == 2 * a * Heaviside(a)
    assert not slope(sympy.sign(a) + sympy.Abs(a), a).has(DiracDelta)


def test_pathwise_needs_a_transport() -> None:
    from dataclasses import replace

    from checks.estimators.pathwise import transport_of

    made = expectation_of("normal", "a")
    without = replace(made, family=replace(made.family, transport=None))
    with pytest.raises(NotApplicable, match="normal has no transport"):
        transport_of(without)
    assert "has no transport" in str(ESTIMATORS["pathwise"].refuses(without))


@pytest.mark.parametrize("name", ALL)
def test_records_are_complete(name: str) -> None:
    record: Estimator = estimator_called(name)
    assert record.name == name
    assert not (record.unbiased and name in MISTAKES)
    assert all((record.approximates, record.requires, record.source, record.route))
