"""The exact mean, variance and fourth moment of an estimator's per-sample gradient at the point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf, isfinite

from sympy import Expr, Rational, Symbol

from checks.aims import target_of
from checks.estimator import Draw, Estimator, Statistic
from checks.joint import Joint
from checks.mistakes import estimator_called
from derive.errors import DeriveError, NoExpectation, StepRefuted
from derive.expectation import Expectation
from derive.numeric.balls import value
from derive.proof import StatisticProof
from derive.terms import Law


def statistic_proof(
    name: str,
    expectation: Expectation,
    exact: Mapping[str, float],
    fourth: bool,
    gradient: Mapping[Symbol, Expr | None],
) -> StatisticProof:
    """What the estimator called ``name`` should show on this expectation, exactly.

    ``exact`` is the gradient by parameter, and ``gradient`` its closed form: a mean that equals it was proved
    by another road.
    The fourth moment serves the test of a sampled variance only, and is taken only if asked for.
    """
    estimator = estimator_called(name)
    refusal = estimator.refuses(expectation)
    if refusal is not None:
        return StatisticProof(name, refusal=refusal)
    target = target_of(estimator, expectation, gradient, exact)
    aims = {**exact, **{n: said["value"] for n, said in target.items()}}
    return replace(proof_of(estimator, expectation, aims, fourth), target=target)


def proof_of(
    estimator: Estimator, expectation: Expectation, exact: Mapping[str, float], fourth: bool
) -> StatisticProof:
    """The same of an estimator that applies; ``exact`` names what its statistic has values for, in order."""
    statistic = estimator.statistic(expectation)
    moments = {
        name: _Moments(v, statistic, expectation, aim, fourth)
        for (name, aim), v in zip(exact.items(), statistic.values, strict=True)
    }
    infinite = next((m.reason for m in moments.values() if m.reason), None)
    return StatisticProof(
        estimator=estimator.name,
        mean={n: m.mean for n, m in moments.items()},
        variance={n: m.variance for n, m in moments.items()},
        fourth={n: m.fourth for n, m in moments.items()},
        source="closed form" if all(m.exact for m in moments.values()) else "quadrature",
        infinite=infinite,
        call=estimator.call,
        constants={n: value(c, expectation.point)[0] for n, c in statistic.constants},
        evaluations=estimator.cost,
        accuracy=estimator.accuracy(expectation) if estimator.accuracy else {},
    )


def _double(moment: Callable[[Expr], float | None], body: Expr) -> float | None:
    """The moment, or None where it is too large for a double."""
    try:
        return moment(body)
    except OverflowError:
        return None


class _Moments:
    """Mean, variance and fourth central moment of one coordinate at the point.

    The closed form of a mean is believed where it is the gradient that the routes agreed on, or where
    quadrature confirms it; the fourth moment, which only plans samples, is quadrature alone.
    """

    def __init__(
        self, x: Expr, statistic: Statistic, expectation: Expectation, gradient: float, fourth: bool
    ) -> None:
        point = expectation.point
        # Of the draws of other parameters this one knows nothing.
        own = [draw for draw in statistic.draws if x.free_symbols & set(draw.variables)]
        self.joint = Joint(tuple(placed(draw, point) for draw in own or statistic.draws[:1]))
        self.gradient = gradient
        self.exact = self.closed = statistic.closed
        self.reason: str | None = None
        body = x.xreplace(point)
        self.mean = self._raw(body)
        self.variance = _double(self._variance, body)
        self.fourth = _double(self._fourth, body) if fourth else None

    def _variance(self, body: Expr) -> float | None:
        if self.mean is None:
            return None
        try:
            if self.closed:
                self.joint.exists(body**2)
        except NoExpectation as error:
            self.reason = f"the variance is infinite: {error.message}; {error.help}"
            return inf
        second = self._closed(body**2)
        if second is None:
            return self._central((1, body**2)) if len(self.joint.draws) == 1 else self._spread(body)
        first = self._closed(body)
        spread = second - (first**2 if first is not None else Rational(self.mean) ** 2)
        return max(value(spread, {})[0], 0.0)

    def _fourth(self, body: Expr) -> float | None:
        if self.mean is None or self.variance in (None, inf):
            return self.variance
        try:
            if self.closed:
                self.joint.exists(body**4)
        except NoExpectation:
            return inf
        m = self.mean
        return self._central((1, body**4), (-4 * m, body**3), (6 * m**2, body**2))

    def _central(self, *terms: tuple[float, Expr]) -> float | None:
        """A central moment from raw ones, less ``m**2`` or ``3 m**4``; None where the difference is lost.

        Raw moments are taken because a statistic that ends like ``s log(s)`` is a number only as a product.
        """
        assert self.mean is not None
        raw = [(c, self.joint.estimate(body)) for c, body in terms]
        last = self.mean**2 if len(terms) == 1 else 3 * self.mean**4
        found = sum(c * e.value for c, e in raw) - last
        error = sum(abs(c) * e.error for c, e in raw)
        return found if isfinite(found) and error <= _SETTLED * abs(found) else None

    def _raw(self, body: Expr) -> float | None:
        closed = self._closed(body)
        if closed is None:
            return self._quadrature(body)
        exact = value(closed, {})[0]
        if abs(exact - self.gradient) > _ROUNDING * max(abs(self.gradient), 1.0):
            self._hold(exact, body)
        return exact

    def _closed(self, body: Expr) -> Expr | None:
        if not self.closed:
            return None
        try:
            return self.joint.closed(body)
        except DeriveError:
            self.exact = False
            return None

    def _spread(self, body: Expr) -> float | None:
        """The variance over several draws, centred before it is squared."""
        found = self.joint.variance(body)
        return found.value if found.error <= _SETTLED * abs(found.value) else None

    def _quadrature(self, body: Expr) -> float | None:
        found = self.joint.estimate(body)
        if not isfinite(found.value):
            return None
        close = found.error <= _CLOSE * max(abs(self.gradient), 1.0)
        if close and abs(found.value - self.gradient) <= _SLACK * found.error:
            return self.gradient  # which is known better than quadrature can tell
        return found.value if found.error <= _SETTLED * abs(found.value) else None

    def _hold(self, exact: float, body: Expr) -> None:
        """A closed form that quadrature contradicts is a bug of ours, never a verdict about others."""
        seen = self.joint.estimate(body)
        if abs(seen.value - exact) > _SLACK * seen.error + 1e-6 * max(abs(exact), 1.0):
            raise StepRefuted(
                f"the closed form of E[{body}] under {self.joint} is {exact:.12g}; "
                f"quadrature says {seen.value:.12g}",
                {},
                "this is a bug in gradproof; please report it",
            )


def placed(draw: Draw, point: Mapping[Symbol, Expr]) -> Draw:
    """The draw with numbers for parameters."""
    return replace(draw, law=Law(draw.law.name, *(p.xreplace(point) for p in draw.law.parameters)))


# Error estimates are themselves estimates: a difference counts from ten times the error on.
_SLACK = 10.0
# A quadrature with a larger error than this would take many a biased mean for the gradient.
_CLOSE = 1e-5
# Two closed forms of one number, each rounded to a double after sums of a few terms.
_ROUNDING = 1e-14
# Quadrature is believed where its own error estimate is below a millionth of the value.
_SETTLED = 1e-6
