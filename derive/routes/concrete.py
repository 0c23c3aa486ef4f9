"""The Concrete density: the law of the softmax of Gumbel noise, by change of variables."""

from __future__ import annotations

from derive.noisy import TAU, TEMPERATURE, of_the_relaxed
from derive.routes._route import Route

ROUTE = Route(
    name="concrete",
    says="change of variables to the simplex, the shift integrated out",
    rules=("onto_the_simplex", "exponential_substitution", "gamma_integral"),
    optional=frozenset(),
    source="Maddison, Mnih and Teh, The Concrete Distribution (2017), appendix C.1",
    constants=((TAU, TEMPERATURE),),
    start=of_the_relaxed,
)
