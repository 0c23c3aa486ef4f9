"""Implicit reparametrization: the derivative of the density becomes a velocity of the samples."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="implicit",
    says="interchange, product rule, implicit differentiation of F(a) = u, fold",
    rules=(
        "definition",
        "interchange",
        "product_rule",
        "linearity",
        "differentiate",
        "implicit_reparametrization",
        "fold",
        "moments",
    ),
    optional=frozenset({"product_rule", "linearity", "differentiate", "moments"}),
    source="Figurnov, Mohamed, Mnih (2018); Mohamed, Rosca, Figurnov, Mnih (2020), section 5.3.2",
)
