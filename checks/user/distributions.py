"""A ``torch.distributions`` object as a law: the family that it is, if its parameters are simple formulas.

``Normal(theta.mu, theta.rho.exp())`` is read as ``normal(mu, exp(rho))``: its class names the family, and
each of its arguments is compared with small formulas in the parameters at three points. What is found is
exact from there on; what is not is integrated numerically (``checks.user.numerics``).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from checks.user.describing import BadDescription, Described, described
from checks.user.errors import shortened
from derive.syntax import assignments

if TYPE_CHECKING:
    from torch.distributions import Distribution

    from checks.user.parameters import Leaves

Make = Callable[[Any], Any]
Point = Mapping[str, Fraction]
# Relative steps to further points: a formula has to fit at three.
STEPS = (Fraction(0), Fraction(1, 37), Fraction(-1, 41))
FITS = 1e-13


@dataclass(frozen=True, slots=True)
class Numeric:
    """A distribution that is no known family: its ``name``, and what makes it."""

    name: str
    make: Make
    point: tuple[tuple[str, Fraction], ...]


def law_of(make: Make, at: str | None) -> Described | Numeric:
    """The law of ``make(theta)`` near the point; raises ``BadDescription`` where it makes no distribution."""
    if not at:
        raise BadDescription("the parameters of the distribution have no values", "give all of them in at=")
    point = {name: _fraction(text, name) for name, (text, _) in assignments(at).items()}
    found = [made(make, _moved(point, step)) for step in STEPS]
    text = _recognised(found, [_moved(point, step) for step in STEPS])
    if text is not None:
        return described(text, at)
    return Numeric(type(found[0]).__name__, make, tuple(point.items()))


def made(make: Make, point: Point, lead: tuple[int, ...] = ()) -> Distribution:
    """The distribution at a point; each parameter expanded by ``lead``."""
    from checks.user.parameters import Leaves

    return called(make, Leaves.at({name: float(value) for name, value in point.items()}, lead))


def called(make: Make, theta: Leaves) -> Distribution:
    """``make(theta)``; raises ``BadDescription`` where it raises, or returns something else."""
    from torch.distributions import Distribution

    try:
        found = make(theta)
    except Exception as error:
        raise BadDescription(
            shortened(error, "the distribution cannot be made: "),
            "it is called with theta, as estimators are",
        ) from None
    if not isinstance(found, Distribution):
        raise BadDescription(
            f"the distribution is {type(found).__name__}, not a torch.distributions.Distribution",
            "as in distribution=lambda theta: Normal(theta.mu, theta.sigma)",
        )
    return found


def _fraction(text: str, name: str) -> Fraction:
    try:
        return Fraction("".join(text.split()))
    except (ValueError, ZeroDivisionError):
        raise BadDescription(f"{name} = {text} is not a number", "write 1/2 or 0.5") from None


def _moved(point: Point, step: Fraction) -> dict[str, Fraction]:
    """Every parameter by a step of its own."""
    return {
        name: value * (1 + step / (1 + i)) if value else step / (1 + i)
        for i, (name, value) in enumerate(point.items())
    }


def _recognised(found: list[Distribution], points: list[dict[str, Fraction]]) -> str | None:
    """``family(formula, ...)``, or None."""
    from checks.catalogue import entries

    arguments = [_plane(d) or _arguments(d) for d in found]
    kind = type(found[0]).__name__ if _plane(found[0]) is None else "MultivariateNormal"
    for entry in entries("families"):
        matched = re.fullmatch(rf"{kind}\(([^()|]*)\)", str(entry.fields.get("reference", "")))
        if matched is None:
            continue
        names = _entry_names(matched[1], tuple(dict(entry.fields["parameters"])))
        columns = [[values.get(name) for values in arguments] for name in names]
        formulas = [_formula(column, points) for column in columns]
        if all(formulas):
            return f"{entry.name}({', '.join(map(str, formulas))})"
    return None


def _entry_names(reference: str, parameters: tuple[str, ...]) -> list[str]:
    """What each parameter of the family is called by Torch, entries of vectors included."""
    of = {theirs: ours for ours, theirs in re.findall(r"(\w+)=(\w+)", reference)}
    names = []
    for parameter in parameters:
        base, bracket, index = parameter.partition("[")
        names.append(f"{of.get(base, '')}{bracket}{index}")
    return names


def _arguments(distribution: Distribution) -> dict[str, float]:
    """The scalar arguments, and entries of vector ones, in double precision."""
    import torch

    values: dict[str, float] = {}
    # Both, where one is computed from the other: Bernoulli has probs and logits.
    for name in distribution.arg_constraints:
        value = getattr(distribution, name, None)
        if isinstance(value, (int, float)):
            values[name] = float(value)
        elif isinstance(value, torch.Tensor) and value.dtype == torch.float64 and value.dim() <= 2:
            for index in itertools.product(*map(range, value.shape)):
                values[name + _bracket(index)] = float(value.detach()[index])
    if distribution.batch_shape or type(distribution).__name__ == "Independent":
        return {}
    return values


def _plane(distribution: Distribution) -> dict[str, float] | None:
    """Two independent normals as a normal law in the plane."""
    from torch.distributions import Independent, Normal

    if not isinstance(distribution, Independent) or tuple(distribution.event_shape) != (2,):
        return None
    base = distribution.base_dist
    if not isinstance(base, Normal) or distribution.batch_shape or str(base.loc.dtype) != "torch.float64":
        return None
    (one, two), (low, high) = base.loc.tolist(), base.scale.tolist()
    return {
        "loc[0]": one, "loc[1]": two,
        "scale_tril[0,0]": low, "scale_tril[1,0]": 0.0, "scale_tril[1,1]": high,
    }  # fmt: skip


def _bracket(index: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, index))}]" if index else ""


def _formula(values: list[float | None], points: list[dict[str, Fraction]]) -> str | None:
    """The first small formula that has these values at the points; a constant where none moves it."""
    known = [v for v in values if v is not None and math.isfinite(v)]
    if len(known) < len(points):
        return None
    if len(set(known)) == 1:
        exact = Fraction(repr(known[0]))
        return str(exact)
    at = [{name: float(x) for name, x in point.items()} for point in points]
    for text, formula in _formulas(tuple(points[0])):
        if all(_equal(formula, point, value) for point, value in zip(at, known)):
            return text
    return None


def _equal(formula: Callable[[Mapping[str, float]], float], point: Mapping[str, float], value: float) -> bool:
    try:
        return abs(formula(point) - value) <= FITS * max(abs(value), 1e-300)
    except (ValueError, OverflowError, ZeroDivisionError):
        return False


Formula = Callable[[Mapping[str, float]], float]
_OF_ONE: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("{}", lambda x: x),
    ("exp({})", math.exp),
    ("exp({}/2)", lambda x: math.exp(x / 2)),
    ("exp(-{})", lambda x: math.exp(-x)),
    ("softplus({})", lambda x: math.log1p(math.exp(x))),
    ("sigmoid({})", lambda x: 1 / (1 + math.exp(-x))),
    ("{}**2", lambda x: x * x),
    ("sqrt({})", math.sqrt),
    ("1/{}", lambda x: 1 / x),
    ("1/sqrt({})", lambda x: 1 / math.sqrt(x)),
    ("2*{}", lambda x: 2 * x),
    ("{}/2", lambda x: x / 2),
    ("-{}", lambda x: -x),
    ("1 - {}", lambda x: 1 - x),
    ("1 + {}", lambda x: 1 + x),
)
_OF_TWO: tuple[tuple[str, Callable[[float, float], float]], ...] = (
    ("{} + {}", lambda x, y: x + y),
    ("{} - {}", lambda x, y: x - y),
    ("{}*{}", lambda x, y: x * y),
    ("{}/{}", lambda x, y: x / y),
)


def _formulas(names: tuple[str, ...]) -> Iterator[tuple[str, Formula]]:
    for text, one in _OF_ONE:
        for name in names:
            yield text.format(name), _of_one(one, name)
    for text, two in _OF_TWO:
        for x, y in itertools.permutations(names, 2):
            yield text.format(x, y), _of_two(two, x, y)


def _of_one(function: Callable[[float], float], name: str) -> Formula:
    return lambda point: function(point[name])


def _of_two(function: Callable[[float, float], float], x: str, y: str) -> Formula:
    return lambda point: function(point[x], point[y])
