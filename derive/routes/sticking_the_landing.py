"""Product split, E[score] = 0 for what theta does in log q itself, and the rest along the sample's path."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="sticking_the_landing",
    says="interchange, product rule, the explicit term is a score and drops out, the sample's velocity",
    rules=(
        "definition",
        "interchange",
        "product_rule",
        "linearity",
        "differentiate",
        "zero_score",
        "implicit_reparametrization",
        "fold",
        "moments",
    ),
    optional=frozenset({"moments"}),
    source="Roeder, Wu, Duvenaud, Sticking the landing (2017), section 3",
)
