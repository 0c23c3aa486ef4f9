"""The records of families at other sizes than the folder's: choices among K outcomes, products of K coins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from sympy import Add, Eq, Expr, Piecewise, Rational, S, Symbol, exp, log

from .errors import Undecided
from .families import FAMILIES
from .family import Family, Parameter, Support
from .sizes import SIZED, reference
from .terms import sample_symbols

Symbols = tuple[Symbol, ...]


@lru_cache(maxsize=64)
def sized(name: str, size: int) -> Family:
    """The family called ``name`` with ``size`` parameters; ``Undecided`` where it has another number."""
    record = FAMILIES[name]
    if len(record.parameters) == size:
        return record
    if name not in SIZED:
        raise Undecided(f"{name} has {len(record.parameters)} parameters, not {size}")
    values = reference(name, size)
    first = record.parameters[0]
    parameters = tuple(
        replace(first, symbol=_like(first, key), reference=Rational(value.numerator, value.denominator))
        for key, value in values.items()
    )
    return _BUILDERS[name](replace(record, parameters=parameters), tuple(p.symbol for p in parameters))


def _like(parameter: Parameter, name: str) -> Symbol:
    """A symbol with the assumptions of the parameter's own."""
    positive = parameter.symbol.is_positive
    return Symbol(name, positive=True) if positive else Symbol(name, real=True)


def _categorical(record: Family, p: Symbols) -> Family:
    density = _by_outcome(record, [log(x) for x in p]) - log(Add(*p))
    return replace(record, support=_outcomes(p), log_density=density, normalised=p)


def _categorical_logits(record: Family, logits: Symbols) -> Family:
    density = _by_outcome(record, list(logits)) - log(Add(*map(exp, logits)))
    return replace(record, support=_outcomes(logits), log_density=density)


def _bernoulli_product(record: Family, p: Symbols) -> Family:
    coins = zip(sample_symbols(len(p)), p, strict=True)
    density = Add(*(a * log(x) + (1 - a) * log(1 - x) for a, x in coins))
    return replace(record, support=(Support(S.Zero, S.One, lattice=True),) * len(p), log_density=density)


def _by_outcome(record: Family, values: list[Expr]) -> Expr:
    (a,) = record.samples
    *first, last = values
    return Piecewise(*((value, Eq(a, k)) for k, value in enumerate(first)), (last, True))


def _outcomes(symbols: Symbols) -> tuple[Support, ...]:
    return (Support(S.Zero, S(len(symbols) - 1), lattice=True),)


_BUILDERS: dict[str, Callable[[Family, Symbols], Family]] = {
    "categorical": _categorical,
    "categorical_logits": _categorical_logits,
    "bernoulli_product": _bernoulli_product,
}
