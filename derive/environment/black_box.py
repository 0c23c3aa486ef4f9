"""A function that can only be called, and the Gaussian noise through which it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from derive.environment.files import Data, number, require_keys
from derive.errors import BadProblem, OutsideDomain
from derive.registry import unknown


@dataclass(frozen=True, slots=True)
class BlackBox:
    """``f(t)``, of which the derivative is wanted; ``s`` is the width of the noise that estimators add to t.

    ``E[f(t + s eps)]`` with eps standard normal is the smoothed function, differentiable wherever it exists.
    """

    name: str
    integrand: str
    t: Fraction
    s: Fraction

    @property
    def parameters(self) -> tuple[str, ...]:
        return ("t",)

    @property
    def point(self) -> dict[str, Fraction]:
        """The numbers that ``--at`` may change."""
        return {"t": self.t, "s": self.s}

    def at(self, values: Mapping[str, Fraction]) -> BlackBox:
        """The same at another point; raises ``UnknownName`` and ``OutsideDomain``."""
        for name in values:
            if name not in self.point:
                raise unknown(name, f"number of {self.name}", tuple(self.point))
        made = BlackBox(self.name, self.integrand, **{**self.point, **values})
        made.require()
        return made

    def require(self) -> None:
        """Raises ``OutsideDomain`` unless the noise has a width."""
        if self.s <= 0:
            help = "the smoothing width is positive; the bias vanishes with it, and the variance grows"
            raise OutsideDomain(f"{self.name}: the width s = {self.s} is not positive", help)

    def unreachable(self) -> tuple[str, ...]:
        """Nothing: there are no rewards."""
        return ()


def black_box_of(name: str, data: Data) -> BlackBox:
    """The black box of a problem file; raises ``BadProblem`` or ``OutsideDomain``."""
    keys = ("integrand", "t", "s")
    require_keys(name, data, ("kind", "says", "source", *keys), keys)
    if not isinstance(data["integrand"], str):
        raise BadProblem(f"{name}: the integrand is {data['integrand']!r}, not text", 'as in "t**3"')
    t, s = (number(f"{name}: {key}", data[key]) for key in ("t", "s"))
    made = BlackBox(name, data["integrand"], t, s)
    made.require()
    return made


def as_law(box: BlackBox, integrand: str) -> tuple[str, dict[str, Fraction]]:
    """The integrand in the sample of Normal(t, s), and the point of that law: f as its estimators see it."""
    from sympy import Symbol

    from derive.grammar import parse_integrand
    from derive.terms import SAMPLE

    t = Symbol("t", real=True)
    return str(parse_integrand(integrand, {"t": t}).xreplace({t: SAMPLE})), {"mu": box.t, "sigma": box.s}
