"""The reparametrization trick once, then two derivatives under fixed noise: the path's curvature counts."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="pathwise_twice",
    says="change of variables to fixed noise, the chain rule, and the derivative of what it ends with",
    rules=(
        "definition",
        "change_of_variables",
        "interchange",
        "constant_factor",
        "chain_rule",
        "fold",
    ),
    second=("definition", "interchange", "constant_factor", "differentiate", "fold", "moments"),
    optional=frozenset({"moments"}),
    source="Rezende, Mohamed, Wierstra (2014), section 3; Mohamed, Rosca, Figurnov, Mnih (2020), section 5",
)
