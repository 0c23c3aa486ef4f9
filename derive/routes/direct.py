"""The closed form of the expectation, differentiated: no estimator, and the judge of all others."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="direct",
    says="closed form first, derivative second",
    rules=("moments", "differentiate"),
    optional=frozenset(),
    source="elementary",
)
