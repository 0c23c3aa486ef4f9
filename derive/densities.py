"""A law that somebody describes in words: by its log-density, or as a known law in other parameters.

A description is plain data, so that it crosses a process border and can be the key of a cache. That a
log-density is one, and stays one around the point, is not believed but enclosed: ``normalised`` proves
``int p = 1`` and ``d/dtheta int p = 0`` up to the width of rigorous balls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Expr, Rational, S, Symbol, oo

from .errors import BadExpression, NoClosedForm, OutsideDomain, Undecided
from .expectation import expectation
from .families import FAMILIES
from .family import Atom, Family, Moment, Parameter, Support, Transport
from .grammar import parse_integrand, parse_value
from .numeric.enclosure import enclose, enclose_gradient
from .setting import setting
from .syntax import split_at_commas
from .terms import Law, noise_symbols, sample_symbols
from .transports import ends_map, pushes_forward

Description = Mapping[str, Any]
Symbols = Mapping[str, Symbol]
_SOURCE = "described by a user"


class NotNormalised(OutsideDomain):
    """What was given as a density does not integrate to one."""


@dataclass(frozen=True, slots=True)
class Renamed(Family):
    """A family whose law is another's, with expressions of its own parameters in place of that one's."""

    base: Law = field(kw_only=True)

    @property
    def law(self) -> Law:
        """``normal(mu, exp(rho))``: whatever is known of the base serves."""
        return self.base


def register(described: Description) -> Family:
    """The family of a description, from then on found by its name in ``FAMILIES``.

    Raises ``BadExpression``, ``UnknownName`` or ``OutsideDomain`` where the description makes no sense, and
    ``NotNormalised`` where what it gives is no density.
    """
    family = family_of(described)
    FAMILIES.add(family.name, family)
    if not isinstance(family, Renamed):
        refuse_unnormalised(family)
        _refuse_transport(family)
    return family


def family_of(described: Description) -> Family:
    """The family of a description; the density is not looked at yet."""
    parameters = tuple(map(_parameter, described["parameters"]))
    symbols = {p.name: p.symbol for p in parameters}
    if described.get("law"):
        return _renamed(described, parameters, symbols)
    support = tuple(_axis(pair, bool(described.get("lattice")), symbols) for pair in described["support"])
    known = {**symbols, **{s.name: s for s in sample_symbols(len(support))}}
    return Family(
        name=described["name"],
        parameters=parameters,
        support=support,
        log_density=_parsed(described["log_density"], known, "log_density"),
        transport=_transport(described.get("transport"), parameters, len(support)),
        moment=_no_moments,
        reference="",
        source=_SOURCE,
    )


def refuse_unnormalised(family: Family, at: Mapping[Symbol, Rational] | None = None) -> None:
    """Raise ``NotNormalised`` unless the density integrates to one at the point, and near it."""
    point = {p.symbol: p.reference for p in family.parameters} | dict(at or {})
    shown = ", ".join(f"{s} = {v}" for s, v in point.items())
    try:
        total = enclose(S.One, family.law, family.samples, point, digits=12)
        slopes = {s: enclose_gradient(S.One, family.law, family.samples, s, point, digits=9) for s in point}
    except Undecided as error:
        raise NotNormalised(
            f"it could not be shown that the density of {family.name} integrates to 1 at {shown}: "
            f"{error.message}",
            "give a smaller support, or write the log-density with the usual functions",
        ) from None
    if not total.contains(1):
        value = float(total.mid())
        raise NotNormalised(
            f"the density of {family.name} integrates to {value:.12g} at {shown}, not to 1",
            f"subtract log({value:.12g}), which depends on the parameters in general, from log_density",
        )
    for symbol, slope in slopes.items():
        if not slope.contains(0):
            raise NotNormalised(
                f"the density of {family.name} integrates to 1 at {shown}, and not around it: the integral "
                f"changes by {float(slope.mid()):.6g} per unit of {symbol}",
                f"its normalising constant must be a function of {symbol}",
            )


def _refuse_transport(family: Family) -> None:
    """Raise ``OutsideDomain`` for a map that is known not to turn its noise into the density."""
    if family.transport is None:
        return
    context = setting(expectation(family, S.One))
    noise, path = family.transport.noise, family.transport.map
    for condition in (
        pushes_forward(path, family.law, noise, context),
        ends_map(path, family.law, noise, context),
    ):
        if condition.status == "failed":
            raise OutsideDomain(
                f"the transport of {family.name} does not turn {noise} into the density: "
                f"{condition.evidence}",
                "p(T(b)) |T'(b)| must be the density of the noise at b",
            )


def _parameter(given: Mapping[str, Any]) -> Parameter:
    name, value = given["name"], parse_value(given["at"])
    lower, upper = (_end(given.get(key), sign) for key, sign in (("lower", -oo), ("upper", oo)))
    if not (lower < value < upper):
        raise OutsideDomain(
            f"{name} = {value} is not between its bounds {lower} and {upper}", "the bounds are open"
        )
    sign = {"positive": True} if lower >= 0 else {"negative": True} if upper <= 0 else {"real": True}
    return Parameter(Symbol(name, **sign), value, lower, upper)


def _end(text: str | None, default: Expr, symbols: Symbols | None = None) -> Expr:
    bare = "" if text is None else "".join(text.split())
    if bare in ("", "oo", "+oo", "inf", "-oo", "-inf"):
        return default if bare == "" else -oo if bare.startswith("-") else oo
    return parse_integrand(bare, symbols or {})


def _axis(pair: Sequence[str], lattice: bool, symbols: Symbols) -> Support:
    low, high = _end(pair[0], -oo, symbols), _end(pair[1], oo, symbols)
    return Support(low, high, lattice)


def _parsed(text: str, symbols: Symbols, where: str) -> Expr:
    try:
        return parse_integrand(text, symbols)
    except BadExpression as error:
        raise BadExpression(f"{where}: {error.message}", error.text, error.position, error.help) from None


def _transport(
    given: Mapping[str, Any] | None, parameters: tuple[Parameter, ...], dimension: int
) -> Transport | None:
    if given is None:
        return None
    # As Family.noise: a parameter that is called b takes the letter from the noise.
    taken = any(p.name == "b" for p in parameters)
    noise = (Symbol("z", real=True),) if taken else noise_symbols(dimension)
    known = {p.name: p.symbol for p in parameters} | {s.name: s for s in noise}
    path = tuple(_parsed(text, known, "transport map") for text in given["map"])
    law = _law(given["noise"], {})
    form = "quantile" if law == Law("uniform", 0, 1) else "push_forward"
    return Transport(law, path, form)


def _law(text: str, symbols: Symbols) -> Law:
    """``normal(mu, exp(rho))`` as a law; raises ``UnknownName`` for families that do not exist."""
    name, opened, rest = text.strip().partition("(")
    if not opened or not rest.endswith(")"):
        raise BadExpression("a law is written family(value, ...)", text, 0, "as in normal(mu, exp(rho))")
    record = FAMILIES[name.strip()]
    parts = [part.strip() for _, part in split_at_commas(rest[:-1])]
    if len(parts) != len(record.parameters):
        names = ", ".join(p.name for p in record.parameters)
        raise BadExpression(
            f"{record.name} takes {len(record.parameters)} values, not {len(parts)}",
            text,
            0,
            f"they are {names}",
        )
    return Law(record.name, *(_parsed(part, symbols, "law") for part in parts))


def _renamed(described: Description, parameters: tuple[Parameter, ...], symbols: Symbols) -> Family:
    base = _law(described["law"], symbols)
    record = FAMILIES[base.name]
    values = dict(zip(record.symbols, base.parameters, strict=True))
    point = {p.symbol: p.reference for p in parameters}
    for p, value in zip(record.parameters, base.parameters, strict=True):
        number = value.xreplace(point)
        if not (p.lower < number < p.upper):
            raise OutsideDomain(
                f"{base} has {p.name} = {number}, outside its domain", f"{p.name} lies above {p.lower}"
            )
    noise = dict(zip(record.noise, _noise_of(record, parameters), strict=True))
    transport = record.transport and replace(
        record.transport, map=tuple(t.xreplace({**values, **noise}) for t in record.transport.map)
    )
    return Renamed(
        name=described["name"],
        parameters=parameters,
        support=tuple(
            Support(s.lower.xreplace(values), s.upper.xreplace(values), s.lattice) for s in record.support
        ),
        log_density=record.log_density.xreplace(values),
        transport=transport,
        moment=record.moment,
        reference=record.reference,
        source=_SOURCE,
        constraints=tuple(c.xreplace(values) for c in record.constraints),
        kinks=tuple(k.xreplace(values) for k in record.kinks),
        squares=record.squares,
        base=base,
    )


def _noise_of(record: Family, parameters: tuple[Parameter, ...]) -> tuple[Symbol, ...]:
    taken = any(p.name == "b" for p in parameters)
    return (Symbol("z", real=True),) if taken else noise_symbols(record.dimension)


def _no_moments(atom: Atom, _: tuple[Expr, ...]) -> Moment:
    raise NoClosedForm("no moments of a described density are known in closed form")
