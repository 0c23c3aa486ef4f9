"""What the mean of an estimator is held against where that is not the gradient itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr, Rational, Symbol

from checks.estimator import Estimator
from derive.expectation import Expectation
from derive.numeric.balls import value


def target_of(
    estimator: Estimator,
    made: Expectation,
    gradient: Mapping[Symbol, Expr | None],
    exact: Mapping[str, float],
) -> dict[str, dict[str, Any]]:
    """``text``, ``value`` and ``radius`` by parameter; empty for estimators of the gradient.

    Of a gradient without a closed form the number stands in; there is no text then.
    """
    if estimator.target is None or estimator.refuses(made) is not None:
        return {}
    known = {s: Rational(exact[s.name]) if g is None else g for s, g in gradient.items()}
    found = estimator.target(made, known)
    closed = None not in gradient.values()
    said: dict[str, dict[str, Any]] = {}
    for s, expr in found.items():
        number, radius = value(expr, made.point)
        said[s.name] = {"text": str(expr) if closed else None, "value": number, "radius": radius}
    return said
