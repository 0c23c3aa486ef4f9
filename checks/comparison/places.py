"""Where to compare: values of one parameter about the point, inside its domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from checks.quantities import exact
from derive.errors import DeriveError, UnknownName

if TYPE_CHECKING:
    from sympy import Expr

# About a parameter of a whole line, by what it is multiplied where it must be positive, and in (0, 1).
STEPS = tuple(Fraction(k, 2) for k in range(-4, 5))
FACTORS = tuple(map(Fraction, ("1/4", "1/3", "1/2", "2/3", "1", "3/2", "2", "3", "4")))
PORTIONS = tuple(Fraction(k, 10) for k in range(1, 10))
MOST = 200


class BadRange(DeriveError):
    """A range of values that cannot be read, or holds nothing."""


@dataclass(frozen=True, slots=True)
class Range:
    """The values of ``name`` in order; none where the usual ones are meant."""

    name: str
    values: tuple[Fraction, ...] = ()


def read(text: str) -> Range:
    """``mu``, ``mu=-2:2:9`` (from, to, how many) or ``mu=0,1/2,2``; raises ``BadRange``."""
    name, equals, rest = text.partition("=")
    if not equals:
        return Range(name.strip())
    parts = rest.split(":")
    if len(parts) == 1:
        return Range(name.strip(), tuple(_exact(part, text) for part in rest.split(",")))
    if len(parts) != 3 or not parts[2].strip().isdigit():
        raise BadRange(f"'{text}' is not a range", "write it as mu=-2:2:9 (from, to, how many) or mu=0,1/2,2")
    low, high, count = _exact(parts[0], text), _exact(parts[1], text), int(parts[2])
    if count < 2 or count > MOST:
        raise BadRange(f"'{text}' asks for {count} values", f"2 to {MOST} can be compared")
    return Range(name.strip(), tuple(low + (high - low) * k / (count - 1) for k in range(count)))


def _exact(text: str, whole: str) -> Fraction:
    try:
        return exact(text)
    except (ValueError, ZeroDivisionError):
        message = f"'{text.strip()}' in '{whole}' is not a number"
        raise BadRange(message, "write it as 0.5, 1/2 or 3") from None


def usual(name: str, reference: Fraction, domain: tuple[Fraction | None, Fraction | None]) -> Range:
    """Nine values about the reference that lie in the open interval ``domain``."""
    low, high = domain
    if low is None and high is None:
        return Range(name, tuple(reference + step for step in STEPS))
    if low == 0 and high is None:
        return Range(name, tuple(reference * factor for factor in FACTORS))
    if low is not None and high is not None:
        return Range(name, tuple(low + (high - low) * part for part in PORTIONS))
    bound = low if low is not None else high
    assert bound is not None
    return Range(name, tuple(bound + (reference - bound) * factor for factor in FACTORS))


def chosen(asked: str | None, family: str, parameters: Mapping[str, Fraction]) -> Range:
    """The range that was asked for, or the usual one of the first parameter; raises ``UnknownName``."""
    wanted = read(asked) if asked else Range(next(iter(parameters)))
    if wanted.name not in parameters:
        raise UnknownName(f"there is no parameter '{wanted.name}' here", f"there are {', '.join(parameters)}")
    if wanted.values:
        return wanted
    return usual(wanted.name, parameters[wanted.name], domain(family, wanted.name))


def domain(family: str, name: str) -> tuple[Fraction | None, Fraction | None]:
    """The ends of the open interval in which a parameter lies, None where there is none."""
    from derive.families import FAMILIES

    for parameter in FAMILIES[family].parameters:
        if parameter.name == name:
            return _end(parameter.lower), _end(parameter.upper)
    return None, None


def _end(bound: Expr) -> Fraction | None:
    return Fraction(int(bound.p), int(bound.q)) if bound.is_Rational else None
