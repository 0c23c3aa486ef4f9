"""The score-function route with a baseline: the gradient is the covariance of cost and score."""

from __future__ import annotations

from sympy import Rational

from derive.routes._route import Route
from derive.rules._statement import CONSTANT

ROUTE = Route(
    name="baseline",
    says="the score-function route, and E[score] = 0 to take the mean from the cost",
    rules=(
        "definition",
        "interchange",
        "product_rule",
        "differentiate",
        "linearity",
        "log_derivative",
        "fold",
        "baseline",
        "score",
        "moments",
    ),
    optional=frozenset({"product_rule", "differentiate", "linearity", "score", "moments"}),
    source="Williams (1992), section 4; Greensmith, Bartlett and Baxter (2004)",
    constants=((CONSTANT, Rational(1, 3)),),
)
