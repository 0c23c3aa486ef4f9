"""What a law in a term means: its family's density and support with the law's own parameters."""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr

from .errors import Undecided
from .families import FAMILIES
from .family import Family, Support
from .terms import Law


def family_of(law: Law) -> Family:
    """The family that carries the law; raises ``Undecided`` for a generic law such as ``P``."""
    if law.name not in FAMILIES:
        raise Undecided(f"'{law.name}' is a generic law: nothing is known of its density")
    record = FAMILIES[law.name]
    if len(record.parameters) == len(law.parameters):
        return record
    from .sized import sized  # most laws have the size of their record

    return sized(law.name, len(law.parameters))


def is_generic(law: Law) -> bool:
    """Whether the law stands for an arbitrary one, as on the slides."""
    return law.name not in FAMILIES


@lru_cache(maxsize=512)
def log_density(law: Law, *point: Expr) -> Expr:
    """``log p(point)`` under the law as an ordinary expression."""
    samples = family_of(law).samples
    inner = _in_samples(law)
    return inner if point == samples else inner.xreplace(dict(zip(samples, point, strict=True)))


@lru_cache(maxsize=512)
def _in_samples(law: Law) -> Expr:
    """Not rebuilt where the parameters are the family's own: SymPy would ask for all it knows of them."""
    family = family_of(law)
    if law.parameters == family.symbols:
        return family.log_density
    return family.log_density.xreplace(dict(zip(family.symbols, law.parameters, strict=True)))


@lru_cache(maxsize=512)
def support_of(law: Law) -> tuple[Support, ...]:
    """The support of the law, one axis each, in terms of the law's own parameters."""
    family = family_of(law)
    values = dict(zip(family.symbols, law.parameters, strict=True))
    return tuple(
        Support(axis.lower.xreplace(values), axis.upper.xreplace(values), axis.lattice)
        for axis in family.support
    )
