"""Gumbel-softmax: the pathwise gradient of a relaxed choice, exact for the relaxed objective alone."""

from __future__ import annotations

from derive.noisy import TAU, TEMPERATURE, of_the_relaxed
from derive.routes._route import Route

ROUTE = Route(
    name="gumbel_softmax",
    says="fixed Gumbel noise, interchange, derivative of the softmax",
    rules=("under_fixed_noise", "softmax_derivative"),
    optional=frozenset(),
    source="Jang, Gu and Poole (2017); Maddison, Mnih and Teh (2017)",
    constants=((TAU, TEMPERATURE),),
    start=of_the_relaxed,
)
