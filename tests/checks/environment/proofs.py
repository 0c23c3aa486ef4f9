"""Proofs of problems, as verify asks for them."""

from __future__ import annotations

from checks import kinds
from checks.environment.prove import prove
from derive.proof import Proof


def proof_of(
    family: str,
    *estimators: str,
    integrand: str | None = None,
    at: tuple[tuple[str, str], ...] = (),
    wrt: tuple[str, ...] | None = None,
) -> Proof:
    """The proof of a problem with the statistics of the estimators named."""
    request = {
        "family": family,
        "integrand": integrand or kinds.default_integrand(family, ""),
        "at": at,
        "wrt": wrt,
        "estimators": list(estimators),
        "fourth": False,
        **kinds.content(family),
    }
    return prove(request)
