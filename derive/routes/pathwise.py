"""The reparametrization trick: move theta out of the law, then differentiate under fixed noise."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="pathwise",
    says="change of variables to fixed noise, interchange, chain rule",
    rules=(
        "definition",
        "change_of_variables",
        "interchange",
        "constant_factor",
        "chain_rule",
        "fold",
        "moments",
    ),
    optional=frozenset({"moments"}),
    source="Kingma and Welling (2014), section 2.4; Rezende, Mohamed, Wierstra (2014)",
)
