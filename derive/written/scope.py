"""What the names of a document stand for: parameters, the sample, the noise, and what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from sympy import Expr, Symbol

from derive.family import Family
from derive.generic import ARBITRARY, LOCATION_SCALE, MU, SIGMA, THETA, G
from derive.render._notation import split_name
from derive.terms import NOISE, SAMPLE, Law
from derive.written.document import Declared

# How the literature calls the parameters that a family calls otherwise.
PARAMETER_LETTERS: Mapping[str, Mapping[str, str]] = {
    "exponential": {"lambda": "rate"},
    "poisson": {"lambda": "rate"},
    "gamma": {"lambda": "rate", "k": "shape"},
    "weibull": {"lambda": "scale", "k": "concentration"},
    "student_t": {"nu": "df"},
    "cauchy": {"x_0": "mu"},
}
SLIDES = (
    Declared("g", G, (SAMPLE, THETA)),
    Declared("mu", MU, (THETA,)),
    Declared("sigma", SIGMA, (THETA,), positive=True),
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function that the document defines: ``g(a) = a^2``."""

    arguments: tuple[Symbol, ...]
    value: Expr


@dataclass
class Scope:
    """The meaning of every name, as far as it is declared or follows from the family.

    Keys are letters with their index, ``mu`` or ``a_0``. ``samples`` and ``noises`` give the author's names
    of the sample and the noise their symbols; ``laws`` are the letters of densities. ``functions`` are
    undefined, ``definitions`` are not. ``vectors`` have entries, as ``\\phi_1``; ``sequences`` are
    functions of their index; ``ranges`` give an index its values and ``fixed`` one. ``explicit`` are the
    functions that the document declares itself: their arguments may be left out. ``seen`` are the keys that
    occurred, ``tentative`` the constants that have a value only and may turn out to be parameters.
    """

    family: Family | None = None
    symbols: dict[str, Symbol] = field(default_factory=dict)
    samples: dict[str, Symbol] = field(default_factory=dict)
    noises: dict[str, Symbol] = field(default_factory=dict)
    functions: dict[str, Declared] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    operators: dict[str, str] = field(default_factory=dict)
    laws: dict[str, str] = field(default_factory=dict)
    vectors: dict[str, bool] = field(default_factory=dict)
    sequences: set[str] = field(default_factory=set)
    explicit: set[str] = field(default_factory=set)
    ranges: dict[str, tuple[int, ...]] = field(default_factory=dict)
    fixed: dict[str, int] = field(default_factory=dict)
    parameter: Symbol = THETA
    wrt: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    scale_convention: bool = False
    located: bool = False
    imaginary: str | None = None
    seen: set[str] = field(default_factory=set)
    tentative: set[str] = field(default_factory=set)

    @property
    def generic(self) -> bool:
        """Whether the law is an arbitrary one."""
        return self.family is None

    @property
    def record(self) -> Family:
        """The family, or the arbitrary one that stands for it."""
        if self.family is not None:
            return self.family
        return LOCATION_SCALE if self.located else ARBITRARY

    @property
    def law(self) -> Law:
        return self.record.law

    @property
    def noise_law(self) -> Law | None:
        """The law of the noise; an arbitrary family's is ``P`` at location 0 and scale 1."""
        if self.generic:
            return Law("P", 0, 1)
        transport = self.record.transport
        return transport.noise if transport else None

    def symbol(self, key: str) -> Symbol | None:
        """The symbol that a name stands for, outside every binder."""
        for table in (self.symbols, self.samples, self.noises):
            if key in table:
                return table[key]
        return None

    def fresh(self, key: str, positive: bool = False) -> Symbol:
        """A symbol of its own for a name, also where the kernel calls its sample or noise so."""
        reserved = {s.name for s in (*self.record.samples, *self.record.noise)}
        name = f"{key}_" if key in reserved else key
        return Symbol(name, positive=True) if positive else Symbol(name, real=True)

    def near(self, key: str) -> str:
        """What a name that nobody declared may have meant, and what is known."""
        known = [*self.symbols, *self.samples, *self.noises, *self.functions, *self.laws]
        close = get_close_matches(key, known, n=1, cutoff=0.6)
        hint = f"did you mean {close[0]}? " if close else ""
        names = ", ".join(dict.fromkeys(known))
        return f"{hint}declare it in the front matter (constants: {key}), or use {names}"


def scope_of(family: Family | None) -> Scope:
    """The names that every document about ``family`` (None: an arbitrary law) may use undeclared."""
    scope = Scope(family)
    if family is None:
        scope.symbols["theta"] = THETA
        scope.samples["a"] = SAMPLE
        scope.noises |= {name: NOISE for name in ("b", "epsilon")}
        scope.functions |= {d.name: d for d in SLIDES}
        scope.laws |= {"P": "P", "p": "P"}
        return scope
    _declare_family(scope, family)
    return scope


def _declare_family(scope: Scope, family: Family) -> None:
    for symbol in family.symbols:
        stem, index = split_name(symbol.name)
        scope.symbols[f"{stem}_{index}" if index else stem] = symbol
        if index:
            scope.vectors[stem] = bool(symbol.is_positive)
    for letter, name in PARAMETER_LETTERS.get(family.name, {}).items():
        found = next((s for s in family.symbols if s.name == name), None)
        if found is not None:
            scope.symbols.setdefault(letter, found)
    scope.samples |= {name_key(s): s for s in family.samples}
    if family.transport is not None:
        scope.noises |= {name_key(s): s for s in family.noise}
        if family.dimension == 1 and "epsilon" not in scope.symbols:
            scope.noises["epsilon"] = family.noise[0]
    taken = set(scope.symbols)
    scope.laws["p"] = family.name
    if "P" not in taken:
        scope.laws["P"] = family.name
    if family.transport is not None and "q" not in taken:
        scope.laws["q"] = "noise"


def name_key(symbol: Symbol) -> str:
    """The key of a symbol: ``a[0]`` is ``a_0`` on paper."""
    stem, index = split_name(symbol.name)
    return f"{stem}_{index}" if index else stem
