"""Measure-valued derivatives: the derivative of the density as a difference of two laws."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="measure_valued",
    says="interchange, product rule, Hahn-Jordan split of the derivative of the density",
    rules=(
        "definition",
        "interchange",
        "product_rule",
        "linearity",
        "differentiate",
        "signed_measure",
        "fold",
        "moments",
    ),
    optional=frozenset({"product_rule", "linearity", "differentiate", "fold", "moments"}),
    source="Pflug (1996); Mohamed, Rosca, Figurnov, Mnih (2020), section 6",
)
