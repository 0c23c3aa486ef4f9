"""From what the command line asks for to the checks that answer it.

A family, integrand or estimator that a suite has selects its checks there; a combination that no suite has
becomes a check of its own, whose expected outcome is what the proof says of the estimator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from checks import kinds, quantities
from checks.catalogue import ESTIMATOR_KINDS, knobs, names
from checks.suite import CheckSpec
from checks.suites import SUITES
from derive.errors import NotApplicable, UnknownName
from derive.registry import unknown
from derive.sizes import SIZED, refuse_twin
from derive.syntax import assignments

Specs = tuple[CheckSpec, ...]
DEFAULT_FAMILY = "normal"
DEFAULT_INTEGRAND = "a**2"


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for; empty tuples and None leave the choice to the suite."""

    families: tuple[str, ...] = ()
    integrands: tuple[str, ...] = ()
    estimators: tuple[str, ...] = ()
    at: str | None = None
    wrt: tuple[str, ...] | None = None

    @property
    def is_typed(self) -> bool:
        """Whether a person typed something that may be wrong, rather than naming a whole suite."""
        return bool(self.families or self.integrands or self.at or self.wrt)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One check to run; ``foretold`` where its expected outcome is the proof's to say."""

    spec: CheckSpec
    foretold: bool = False


def select(check: str, selection: Selection) -> tuple[Chosen, ...]:
    """The checks of one suite that a selection asks for, in the suite's order, then the new ones.

    Raises ``UnknownName`` for families, estimators or parameters that do not exist.
    """
    asked = replace(
        selection,
        families=tuple(map(kinds.family_named, selection.families)),
        estimators=tuple(estimator_named(name) for name in selection.estimators),
    )
    suite = SUITES[check]
    matched = [spec for spec in suite if _matches(spec, asked)]
    found = [Chosen(spec) for spec in matched]
    found += [Chosen(spec, foretold=True) for spec in _new(check, suite, matched, asked)]
    return tuple(placed(chosen, asked) for chosen in found)


def estimator_named(name: str) -> str:
    known = tuple(name for kind in ESTIMATOR_KINDS for name in names(kind))
    stem = name.replace("-", "_")
    if stem not in known:
        raise unknown(name, "estimator", known)
    return stem


def _matches(spec: CheckSpec, asked: Selection) -> bool:
    return (
        spec.family in (asked.families or (spec.family,))
        and _bare(spec.integrand) in map(_bare, asked.integrands or (spec.integrand,))
        and spec.estimator in (asked.estimators or (spec.estimator,))
    )


def _bare(integrand: str) -> str:
    return "".join(integrand.split())


def _new(check: str, suite: Specs, matched: list[CheckSpec], asked: Selection) -> list[CheckSpec]:
    """The combinations that were asked for and that the suite does not have."""
    have = {(s.family, _bare(s.integrand), s.estimator) for s in matched}
    new = []
    for family, integrand in _pairs(suite, matched, asked):
        kinds.require_integrand(family, integrand)
        known = any(h[:2] == (family, _bare(integrand)) for h in have)
        wanted = asked.estimators or (() if known else _with_knobs(suite, asked.at, family))
        for estimator in wanted or (() if known else _usual_estimators(check, suite, family)):
            if (family, _bare(integrand), estimator) not in have:
                new.append(CheckSpec(check, family, integrand, estimator))
    return new


def _pairs(suite: Specs, matched: list[CheckSpec], asked: Selection) -> list[tuple[str, str]]:
    """The families with integrands that must be there; the suite or a default fills in what was left open."""
    if not asked.integrands:
        families = asked.families or (DEFAULT_FAMILY,) * (not matched)
        missing = [f for f in families if not _covers(matched, f, asked.estimators)]
        return [(family, kinds.default_integrand(family, DEFAULT_INTEGRAND)) for family in missing]
    pairs: list[tuple[str, str]] = []
    for integrand in asked.integrands:
        having = dict.fromkeys(s.family for s in suite if _bare(s.integrand) == _bare(integrand))
        pairs += [(family, integrand) for family in asked.families or having or (DEFAULT_FAMILY,)]
    return pairs


def _covers(matched: list[CheckSpec], family: str, estimators: tuple[str, ...]) -> bool:
    """Whether there are checks of the family, and for each estimator that was asked for."""
    found = {s.estimator for s in matched if s.family == family}
    return bool(found) and found >= set(estimators)


def _with_knobs(suite: Specs, at: str | None, family: str) -> tuple[str, ...]:
    """The suite's estimators that have a number of their own which the point gives, such as a temperature."""
    given = assignments(at).keys() - kinds.parameters(family).keys() if at else set()
    own = (s.estimator for s in suite if s.estimator in names("estimators"))
    return tuple(name for name in dict.fromkeys(own) if given & knobs(name).keys())


def _usual_estimators(check: str, suite: Specs, family: str) -> tuple[str, ...]:
    """The estimators that the suite expects to agree somewhere, of those for the family's kind."""
    kind = kinds.kind_of(family)
    right = (s for s in suite if s.expected == "agrees" and kinds.kind_of(s.family) == kind)
    usual = tuple(dict.fromkeys(s.estimator for s in right))
    if not usual:
        having = [n for n in SUITES if any(kinds.kind_of(s.family) == kind for s in SUITES[n])]
        commands = (f"`python cli.py verify {name.replace('_', '-')} --family {family}`" for name in having)
        help = " or ".join(commands) if kind != kinds.LAW else None
        raise NotApplicable(f"{check} has no estimator for {family}", help)
    return usual


def placed(chosen: Chosen, asked: Selection) -> Chosen:
    """The check at the point and by the parameters that were asked for."""
    spec = chosen.spec
    at = spec.at if asked.at is None else _point(asked.at, spec)
    wrt = spec.wrt if asked.wrt is None else _parameters(asked.wrt, spec)
    if (at, wrt) == (spec.at, spec.wrt):
        return chosen
    return Chosen(replace(spec, at=at, wrt=wrt), foretold=True)


def _point(text: str, spec: CheckSpec) -> tuple[tuple[str, str], ...]:
    """The values that differ from the family's reference point, as exact fractions."""
    given = {name: _exact(value, text) for name, (value, _) in assignments(text).items()}
    refuse_twin(spec.family, given)
    total = sum((v for n, v in given.items() if n.startswith("p[")), Fraction(0))
    own = kinds.parameters(spec.family, spec.integrand, given, total)
    # Of another size than usual every value is kept: the names say which.
    resized = tuple(own) != tuple(kinds.parameters(spec.family, spec.integrand))
    reference = own | knobs(spec.estimator)
    point: dict[str, str] = {}
    for name, exact in given.items():
        if name not in reference and not _occurs(name, spec.integrand):
            raise _no_parameter(name, spec, reference)
        if resized or exact != reference.get(name):
            point[name] = str(exact)
    # In the family's order, then by name: the same point is the same check however it was typed.
    order = (*reference, *sorted(point.keys() - reference.keys()))
    return tuple((name, point[name]) for name in order if name in point)


def _exact(value: str, text: str) -> Fraction:
    try:
        return quantities.exact(value)
    except (ValueError, ZeroDivisionError):
        # An expression such as 2**-3, or a mistake: the grammar says which, and where.
        from derive.grammar import parse_at

        name = next(n for n, (v, _) in assignments(text).items() if v == value)
        found = parse_at(text)[name]
        return Fraction(found.p, found.q)


def _parameters(wrt: tuple[str, ...], spec: CheckSpec) -> tuple[str, ...] | None:
    refuse_twin(spec.family, wrt)
    known = kinds.directions(spec.family)
    if spec.family in SIZED:
        known = tuple(kinds.parameters(spec.family, spec.integrand, (*dict(spec.at), *wrt)))
    reference = dict.fromkeys(known, Fraction(0))
    for name in wrt:
        if name not in reference and not _occurs(name, spec.integrand):
            raise _no_parameter(name, spec, reference)
    return None if wrt == tuple(reference) else wrt


def _occurs(name: str, integrand: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", integrand) is not None


def _no_parameter(name: str, spec: CheckSpec, reference: dict[str, Fraction]) -> UnknownName:
    return unknown(name, f"parameter of {spec.family}", tuple(reference))
