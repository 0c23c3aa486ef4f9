"""The score-function route applied twice: the second derivative as one expectation under the law."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="score_function_twice",
    says="the score-function route, and again on the expectation that it ends with",
    rules=(
        "definition",
        "interchange",
        "product_rule",
        "differentiate",
        "linearity",
        "log_derivative",
        "score",
        "fold",
        "gather",
    ),
    second=(
        "definition",
        "interchange",
        "product_rule",
        "products_and_sums",
        "differentiate",
        "linearity",
        "log_derivative",
        "score",
        "fold",
        "moments",
        "gather",
    ),
    optional=frozenset(
        {
            "product_rule",
            "products_and_sums",
            "differentiate",
            "linearity",
            "log_derivative",
            "score",
            "fold",
            "gather",
            "moments",
        }
    ),
    source="Foerster, Farquhar, Al-Shedivat, Rocktaeschel, Xing, Whiteson (2018), section 3",
)
