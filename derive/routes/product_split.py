"""The slides' own line: the distributional and the explicit term, each by itself."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="product_split",
    says="Leibniz with boundary terms, product rule, the two terms apart",
    rules=(
        "definition",
        "leibniz",
        "interchange",
        "density_value",
        "product_rule",
        "linearity",
        "differentiate",
        "log_derivative",
        "score",
        "fold",
        "moments",
    ),
    # An integral is Leibniz's, whose boundary terms a sum does not have.
    optional=frozenset(
        {
            "leibniz",
            "interchange",
            "density_value",
            "product_rule",
            "linearity",
            "differentiate",
            "score",
            "moments",
        }
    ),
    source="Kraehenbuehl and Wu, Differentiating sampling (2019), slide 'Differentiating sampling'",
)
