"""Checks as data: an expectation in words, an estimator, and what should come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["agrees", "refuted", "inconclusive", "untestable", "broken"]


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check: does ``estimator`` compute the gradient of E[integrand] under ``family``?

    ``at`` overrides the family's reference point, ``wrt`` None means every parameter. A known-biased
    estimator is ``expected`` to be refuted, by exactly its exact bias.
    """

    check: str
    family: str
    integrand: str
    estimator: str
    at: tuple[tuple[str, str], ...] = ()
    wrt: tuple[str, ...] | None = None
    expected: Outcome = "agrees"

    @property
    def id(self) -> str:
        """``reparam/normal/a**2/pathwise``; the point is part of it only where it is not the default."""
        at = ",".join(f"{name}={value}" for name, value in self.at)
        parts = (self.check, self.family, self.integrand, *((at,) if at else ()), self.estimator)
        return "/".join(parts)
