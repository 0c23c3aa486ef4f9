"""Every transport increases, maps end to end and pushes the noise forward; spoiled ones are refused."""

from __future__ import annotations

import pytest
from sympy import S, Symbol

from derive.context import Context
from derive.expectation import expectation
from derive.families import FAMILIES
from derive.family import Family
from derive.transports import ends_map, increasing, pushes_forward

WITH_TRANSPORT = [name for name in FAMILIES if FAMILIES[name].transport is not None]


def _conditions(family: Family, path: tuple[object, ...]) -> list[str]:
    assert family.transport is not None
    made = expectation(family, S.One)
    context = Context(made, (made.point,))
    noise = family.transport.noise
    found = (
        increasing(path, noise, context),  # type: ignore[arg-type]  # tuples of expressions
        ends_map(path, family.law, noise, context),  # type: ignore[arg-type]
        pushes_forward(path, family.law, noise, context),  # type: ignore[arg-type]
    )
    return [c.status for c in found]


@pytest.mark.parametrize("name", WITH_TRANSPORT)
def test_the_transport_of_a_family_is_proved(name: str) -> None:
    family = FAMILIES[name]
    assert family.transport is not None
    assert _conditions(family, family.transport.map) == ["proved", "proved", "proved"]


@pytest.mark.parametrize("name", WITH_TRANSPORT)
def test_a_map_stretched_by_two_is_refused(name: str) -> None:
    family = FAMILIES[name]
    assert family.transport is not None
    twice = tuple(2 * t for t in family.transport.map)
    assert "failed" in _conditions(family, twice)


def test_a_decreasing_map_is_not_called_increasing() -> None:
    family = FAMILIES["normal"]
    assert family.transport is not None
    turned = tuple(t.subs(b, -b) for t, b in zip(family.transport.map, family.noise, strict=True))
    status = _conditions(family, turned)
    assert status[:2] == ["failed", "failed"]


def test_a_constant_may_not_capture_the_noise() -> None:
    from derive.errors import UnknownName

    with pytest.raises(UnknownName, match="'b' names the sample or the noise"):
        expectation(FAMILIES["normal"], Symbol("b", real=True), at={"b": S(1)})
