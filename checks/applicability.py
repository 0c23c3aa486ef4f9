"""Which estimator applies to which family, and why not: measured once, and kept in a file that `list` reads.

``refuses`` of every estimator is asked for every family at its reference point. That takes SymPy, which
`list` does not import: the answers stand in ``applicability.json``, and a test holds the file to the code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sympy import Rational

    from checks.estimator import Estimator
    from derive.expectation import Expectation

FILE = Path(__file__).with_name("applicability.json")
APPLIES = ""

# Of vectors, of outcomes, and of a law without moments; a**2 for everything else.
INTEGRANDS = {
    "bernoulli_product": "a[0]*a[1]*a[2]",
    "cauchy": "log(1 + a**2)",
    "categorical": "table(1, 9, 4)",
    "categorical_logits": "table(1, 9, 4)",
    "dirichlet": "a[0]*a[1]",
    "multivariate_normal": "a[0]*a[1]",
}
# Estimators of an objective with an entropy: the integrand less the log-density.
OF_ENTROPIES = ("sticking_the_landing",)

# Reasons by estimator and family; empty where it applies.
Table = dict[str, dict[str, str]]


def measured() -> Table:
    """The answers of the estimators themselves."""
    from checks.estimators import ESTIMATORS
    from checks.higher_order.records import ESTIMATORS as OF_SECOND_DERIVATIVES
    from derive.families import FAMILIES

    known = (*ESTIMATORS, *OF_SECOND_DERIVATIVES)
    return {name: {family: _reason(name, family) for family in FAMILIES} for name in known}


def _record(name: str) -> Estimator:
    from checks.estimators import ESTIMATORS
    from checks.higher_order.records import record_called

    return record_called(name) or ESTIMATORS[name]


def _reason(name: str, family: str) -> str:
    from derive.errors import DeriveError
    from derive.grammar import parse_value

    estimator = _record(name)
    at = {knob: parse_value(text) for knob, text in estimator.knobs if knob not in _parameters(family)}
    made = _asked(name, family, None, at)
    try:
        whole = estimator.refuses(made)
    except DeriveError as error:
        whole = error.message
    if whole is None:
        return APPLIES
    applies = [s for s in made.wrt if _alone(name, family, s.name, at) is None]
    if not applies:
        return whole
    return f"by {', '.join(map(str, applies))} only: {whole}"


def _asked(name: str, family: str, wrt: tuple[str, ...] | None, at: Mapping[str, Rational]) -> Expectation:
    from dataclasses import replace

    from derive.deriving import requested

    made = requested(family, INTEGRANDS.get(family, "a**2"), wrt, at)
    if name not in OF_ENTROPIES:
        return made
    return replace(made, integrand=made.integrand - made.family.log_density)


def _parameters(family: str) -> tuple[str, ...]:
    from derive.families import FAMILIES

    return tuple(p.name for p in FAMILIES[family].parameters)


def _alone(name: str, family: str, wrt: str, at: Mapping[str, Rational]) -> str | None:
    from derive.errors import DeriveError

    try:
        return _record(name).refuses(_asked(name, family, (wrt,), at))
    except DeriveError as error:
        return error.message


@cache
def stored() -> Table:
    """The answers as they were measured last."""
    found: Table = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def store() -> None:
    """Measure anew, and keep."""
    FILE.write_text(json.dumps(measured(), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def estimators_of(family: str) -> tuple[str, ...]:
    """The estimators that apply to a family, for all or for some of its parameters."""
    return tuple(name for name, row in stored().items() if serves(row.get(family, "not measured")))


def families_of(estimator: str) -> tuple[str, ...]:
    """The families that an estimator applies to, for all or for some of their parameters."""
    return tuple(family for family, reason in stored().get(estimator, {}).items() if serves(reason))


def serves(reason: str) -> bool:
    """Whether the answer is yes, for some parameter at least."""
    return reason == APPLIES or reason.startswith("by ")
