"""A random family, integrand and point: what a block of estimators is for."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

from tests.studies.program.laws import JUMPS, KINKED, LAWS, Law

# Beta draws of Torch cannot be made for many calls at once, and negative binomial ones are not replayed:
# their estimators are called one by one.
SELDOM = ("beta", "negative_binomial")


@dataclass(frozen=True)
class Problem:
    """The law with the integrand and the point, all exact and as text."""

    law: Law
    integrand: str
    at: str

    @property
    def jumps(self) -> bool:
        return self.integrand in JUMPS

    @property
    def smooth(self) -> bool:
        return not self.jumps and self.integrand not in KINKED

    @property
    def explicit(self) -> bool:
        """Whether the integrand depends on a parameter."""
        names = {name.partition("[")[0] for name in self.law.point} - {"a"}
        return any(name in _words(self.integrand) for name in names)


def _words(text: str) -> set[str]:
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())


def problem(seed: int, index: int) -> Problem:
    """The problem of a block; families are drawn alike often, but for those that take ten times as long."""
    rng = random.Random(f"problem/{seed}/{index}")
    law = rng.choice(LAWS)
    for i, family in enumerate(SELDOM):
        if law.family == family and rng.random() > 0.15:
            law = rng.choice([other for other in LAWS if other.family not in SELDOM[: i + 1]])
    names = [*law.point, *law.point]
    pattern = rng.choice(law.integrands)
    integrand = pattern.replace("{x}", names[0]).replace("{y}", names[1])
    at = ",".join(f"{name}={_value(law, name, value, rng)}" for name, value in law.point.items())
    return Problem(law, integrand, at)


def _value(law: Law, name: str, reference: str, rng: random.Random) -> Fraction:
    value = Fraction(reference)
    if name in law.fixed:
        return value
    if name in law.chances:
        return Fraction(rng.randint(3, 17), 20)
    if name in law.shifts:
        return value + Fraction(rng.randint(-10, 10), 20)
    return value * Fraction(rng.randint(14, 30), 20)
