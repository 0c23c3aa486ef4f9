"""What is known of the linear simulator: the gradient in closed form, and polynomials in its noise."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from checks.environment.estimator import EnvironmentEstimator, Knobs
from checks.environment.records import record_called
from derive.environment.linear_quadratic import LinearQuadratic
from derive.environment.noise_polynomials import central_moments
from derive.errors import StepRefuted
from derive.proof import Proof, RouteProof, StatisticProof

# The degree of a score times a return grows with the horizon: beyond this its square has too many monomials.
LONGEST_MOMENTS = 5
# The closed form is a double sum over the steps: beyond this nobody reads it.
LONGEST_FORM = 8


def statistic_of(record: EnvironmentEstimator, lq: LinearQuadratic) -> StatisticProof:
    """The exact moments of a polynomial in normal noise; nothing is said of a long one."""
    if lq.horizon > LONGEST_MOMENTS:
        return StatisticProof(record.name, source=f"a horizon of {lq.horizon}: moments not expanded")
    mean, variance, fourth = map(float, central_moments(record.statistic(lq)))
    return StatisticProof(
        estimator=record.name,
        mean={"theta": mean},
        variance={"theta": variance},
        fourth={"theta": fourth},
        source="moments of normal noise",
    )


def closed_form(lq: LinearQuadratic) -> Expr:
    """The gradient in theta, A, B, sigma and x0, a sum over the steps."""
    theta, a, b, sigma, x0 = (Symbol(name, real=True) for name in ("theta", "A", "B", "sigma", "x0"))
    loop = a + b * theta
    steps = []
    for t in range(1, lq.horizon + 1):
        steps.append(2 * t * x0**2 * Pow(loop, 2 * t - 1))
        steps += [2 * j * b**2 * sigma**2 * Pow(loop, 2 * j - 1) for j in range(1, t)]
    return Mul(-b, Add(*steps))


def proof(
    lq: LinearQuadratic,
    request: Mapping[str, Any],
    wrt: tuple[str, ...],
    knobs: Knobs,
    statistics: dict[str, StatisticProof],
) -> Proof:
    """The proof of the gradient by the feedback, at the point."""
    exact = _certified(lq)
    return Proof(
        family=request["family"],
        integrand="return",
        at={name: str(value) for name, value in lq.point.items()},
        wrt=wrt,
        gradient={"theta": str(closed_form(lq)) if lq.horizon <= LONGEST_FORM else None},
        exact={"theta": float(exact)},
        radius={"theta": 0.0},
        requires=(),
        routes=_routes(lq, request["estimators"]),
        statistics=statistics,
        trees={"environment": dict(request["environment"])},
    )


def _routes(lq: LinearQuadratic, estimators: list[str]) -> dict[str, RouteProof]:
    """The derivations that justify the estimators, where their unrolled terms are not too long."""
    from checks.prove import route_proof
    from derive.environment.dynamics import LONGEST, ROUTES, dynamics_context, dynamics_walk

    if lq.horizon > LONGEST:
        return {}
    context = dynamics_context(lq)
    wanted = {r.route for r in map(record_called, estimators) if r is not None} & set(ROUTES)
    walked = {route: dynamics_walk(context, route) for route in sorted(wanted)}
    for derivation in walked.values():
        _must_be(derivation.result, lq)
    return {route: route_proof(route, {d.wrt: d}) for route, d in walked.items()}


def _must_be(result: Expr, lq: LinearQuadratic) -> None:
    """Raises ``StepRefuted`` where a derivation ends with another number than the recursion."""
    found, exact = result.xreplace(_point(lq)), lq.gradient()
    if found != Rational(exact.numerator, exact.denominator):
        help = "this is a bug in gradproof; please report it"
        raise StepRefuted(f"the gradient is {exact} by the recursion, and {found} as derived", {}, help)


def _point(lq: LinearQuadratic) -> dict[Symbol, Rational]:
    return {Symbol(n, real=True): Rational(v.numerator, v.denominator) for n, v in lq.point.items()}


def _certified(lq: LinearQuadratic) -> Fraction:
    """The exact gradient by recursion, held against the closed form at the point where there is one."""
    if lq.horizon <= LONGEST_FORM:
        _must_be(closed_form(lq), lq)
    return lq.gradient()
