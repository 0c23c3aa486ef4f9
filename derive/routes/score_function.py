"""The score-function route: the derivative goes to the density, whose logarithm makes it an expectation."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="score_function",
    says="interchange under the density, product rule, log-derivative identity",
    rules=(
        "definition",
        "interchange",
        "product_rule",
        "differentiate",
        "linearity",
        "log_derivative",
        "score",
        "fold",
        "moments",
    ),
    optional=frozenset({"product_rule", "differentiate", "linearity", "score", "moments"}),
    source="Williams (1992); Glynn (1990)",
)
