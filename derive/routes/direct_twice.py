"""The closed form of the expectation, differentiated twice: of a finite law the sum over its outcomes."""

from __future__ import annotations

from derive.routes._route import Route

ROUTE = Route(
    name="direct_twice",
    says="closed form first, both derivatives second",
    rules=("moments", "differentiate"),
    second=("differentiate",),
    optional=frozenset(),
    source="elementary",
)
