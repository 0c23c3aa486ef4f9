"""The context of an expectation: its point, and further rational points at which steps are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sympy import Expr, Rational, S, Symbol
from sympy.core.relational import Relational

from .certify import stratified_points
from .context import Context
from .errors import DeriveError
from .existence import expectation_exists
from .expectation import Expectation, expectation
from .families import FAMILIES
from .family import Transport
from .generic import ARBITRARY, LOCATION_SCALE, instances, integrand
from .switches import switches

# One point beside the expectation's own, and more where a switch has further signs to show: enough to
# expose an identity that holds at one point by accident.
POINTS = 2


def setting(expected: Expectation, requires: tuple[Relational, ...] = (), count: int = POINTS) -> Context:
    """The context of ``expected``; its points satisfy the domain and ``requires``."""
    held = {p.symbol: expected.point[p.symbol] for p in expected.family.parameters if p.fixed}
    free = {s: v for s, v in expected.point.items() if s not in held}
    asked = (r.xreplace(held) for r in (*expected.constraints, *requires, *_existence(expected)))
    constraints = tuple(r for r in asked if r != S.true)
    bends = tuple(s.xreplace(held) for s in _parameter_switches(expected))
    points = stratified_points(constraints, free, bends, count)
    return Context(expected, tuple({s: p.get(s, v) for s, v in expected.at} for p in points))


def _parameter_switches(expected: Expectation) -> tuple[Expr, ...]:
    """Where the integrand bends in a parameter alone: both sides must be visited."""
    samples = set(expected.family.samples)
    found = (s for p in expected.point for s in switches(expected.integrand, p))
    return tuple(dict.fromkeys(s for s in found if not s.free_symbols & samples))


def _existence(expected: Expectation) -> tuple[Relational, ...]:
    """What the expectation needs to exist; nothing where that is not settled here."""
    try:
        found = expectation_exists(
            expected.integrand, expected.family.law, expected.family.samples, expected.point
        )
    except DeriveError:
        return ()
    return found.requires


def setting_of(
    family: str,
    integrand: Expr,
    wrt: tuple[str, ...] | None = None,
    at: Mapping[str, Rational] | None = None,
    spoil_transport: bool = False,
) -> Context:
    """The context of ``E_{a ~ family}[integrand]`` by name.

    ``spoil_transport`` replaces the scale of the map by its square: the wrong map that the change
    of variables must refuse.
    """
    record = FAMILIES[family]
    if spoil_transport and record.transport is not None:
        scale = record.symbols[-1]
        wrong = tuple(t.xreplace({scale: scale**2}) for t in record.transport.map)
        record = replace(record, transport=Transport(record.transport.noise, wrong, record.transport.form))
    return setting(expectation(record, integrand, wrt, at))


def generic_setting(location_scale: bool = True) -> Context:
    """The context of the slides' own lines: arbitrary P_theta and g_theta."""
    family = LOCATION_SCALE if location_scale else ARBITRARY
    expected = expectation(family, integrand())
    theta: Symbol = family.symbols[0]
    points = tuple({theta: Rational(n, d)} for n, d in ((7, 10), (-4, 9), (5, 11)))
    return Context(expected, points, instances())
