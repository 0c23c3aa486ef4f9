"""Doubly reparametrized: the explicit term is a score with a weight, and goes along the samples as well."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="doubly_reparametrized",
    says="interchange, product rule, both terms along the samples' velocities, gathered",
    rules=(
        "definition",
        "interchange",
        "product_rule",
        "linearity",
        "differentiate",
        "along_each_sample",
        "fold",
        "gather",
        "moments",
    ),
    optional=frozenset({"gather", "moments"}),
    source="Tucker, Lawson, Gu, Maddison (2019), section 3",
)
