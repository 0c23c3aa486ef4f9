"""Gumbel-max: the argmax of log-probabilities with Gumbel noise has the law of the choice."""

from __future__ import annotations

from derive.noisy import of_the_winner
from derive.routes._route import Route

ROUTE = Route(
    name="gumbel_max",
    says="sum over the winner, given its noise, product of distribution functions, exponential integral",
    rules=(
        "winner",
        "independence",
        "distribution_function",
        "definition",
        "exponential_substitution",
        "gamma_integral",
        "recognised_law",
        "moments",
        "differentiate",
    ),
    optional=frozenset(),
    source="Gumbel (1954); Maddison, Tarlow and Minka, A* Sampling (2014), section 2",
    start=of_the_winner,
)
