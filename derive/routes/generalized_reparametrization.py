"""Generalized reparametrization: along the path of standardised noise, and the score that its law keeps."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="generalized_reparametrization",
    says="interchange, product rule, standardised noise held fixed with the rest of its score, fold",
    rules=(
        "definition",
        "interchange",
        "product_rule",
        "linearity",
        "differentiate",
        "generalized_reparametrization",
        "fold",
        "moments",
    ),
    optional=frozenset({"product_rule", "linearity", "differentiate", "moments"}),
    source="Ruiz, Titsias, Blei (2016), section 3",
)
