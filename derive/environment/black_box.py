"""A function that can only be called, and the normal noise through which it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from derive.environment.files import Data, number, require_keys
from derive.errors import BadProblem, OutsideDomain
from derive.registry import unknown

# Normal laws of more dimensions are not there to be looked through.
MOST_DIMENSIONS = 2


@dataclass(frozen=True, slots=True)
class BlackBox:
    """``f(t)``, of which the derivative is wanted; ``s`` is the width of the noise that estimators add to t.

    ``t`` has one coordinate, or two called ``t[0]`` and ``t[1]``. ``E[f(t + s eps)]`` with eps standard
    normal is the smoothed function, differentiable wherever it exists.
    """

    name: str
    integrand: str
    t: tuple[Fraction, ...]
    s: Fraction

    @property
    def parameters(self) -> tuple[str, ...]:
        return ("t",) if len(self.t) == 1 else tuple(f"t[{i}]" for i in range(len(self.t)))

    @property
    def point(self) -> dict[str, Fraction]:
        """The numbers that ``--at`` may change."""
        return {**dict(zip(self.parameters, self.t, strict=True)), "s": self.s}

    def at(self, values: Mapping[str, Fraction]) -> BlackBox:
        """The same at another point; raises ``UnknownName`` and ``OutsideDomain``."""
        for name in values:
            if name not in self.point:
                raise unknown(name, f"number of {self.name}", tuple(self.point))
        moved = {**self.point, **values}
        made = BlackBox(self.name, self.integrand, tuple(moved[n] for n in self.parameters), moved["s"])
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
    listed = data["t"] if isinstance(data["t"], list) else [data["t"]]
    if not 1 <= len(listed) <= MOST_DIMENSIONS:
        raise BadProblem(f"{name}: t has {len(listed)} coordinates", f"from 1 to {MOST_DIMENSIONS} are read")
    t = tuple(number(f"{name}: t", x) for x in listed)
    made = BlackBox(name, data["integrand"], t, number(f"{name}: s", data["s"]))
    made.require()
    return made


@dataclass(frozen=True, slots=True)
class AsLaw:
    """A black box as its estimators see it: an expectation under a normal law around the point.

    ``names`` says which of the law's parameters is which number of the black box; None is for zero.
    """

    family: str
    integrand: str
    point: dict[str, Fraction]
    wrt: tuple[str, ...]
    names: dict[str, str | None]


def as_law(box: BlackBox, integrand: str, wrt: tuple[str, ...] | None = None) -> AsLaw:
    """The integrand in the sample of the normal law; raises ``BadExpression`` for one that cannot be read."""
    from sympy import Symbol

    from derive.grammar import parse_integrand
    from derive.terms import sample_symbols

    ts = {name: Symbol(name, real=True) for name in box.parameters}
    parsed = parse_integrand(integrand, dict(ts))
    text = str(parsed.xreplace(dict(zip(ts.values(), sample_symbols(len(ts)), strict=True))))
    if len(box.t) == 1:
        return AsLaw("normal", text, {"mu": box.t[0], "sigma": box.s}, ("mu",), {"mu": "t", "sigma": "s"})
    zero = Fraction(0)
    point = {"mu[0]": box.t[0], "mu[1]": box.t[1], "L[0,0]": box.s, "L[1,0]": zero, "L[1,1]": box.s}
    names = {"mu[0]": "t[0]", "mu[1]": "t[1]", "L[0,0]": "s", "L[1,0]": None, "L[1,1]": "s"}
    asked = wrt or box.parameters
    return AsLaw("multivariate_normal", text, point, tuple(n for n in names if names[n] in asked), names)
