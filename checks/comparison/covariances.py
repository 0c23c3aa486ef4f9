"""Covariances of pairs of estimators on common noise, as rows and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from checks.terminal import Style, plain, table

if TYPE_CHECKING:
    from derive.proof import Proof


@dataclass(frozen=True, slots=True)
class Pair:
    """Two estimators of one derivative at one place.

    ``common`` says whether they share a draw; ``source`` what the number stands on, or why there is none.
    ``correlation`` is None where a variance is zero.
    """

    over: str
    value: str
    wrt: str
    one: str
    other: str
    covariance: float | None
    correlation: float | None
    common: bool
    source: str


def pairs_of(over: str, place: Fraction, proof: Proof) -> Iterator[Pair]:
    """The pairs of one proof."""
    for said in proof.covariances:
        wrt, one, other, covariance = (said[key] for key in ("wrt", "one", "other", "covariance"))
        spread = [proof.statistics[name].variance[wrt] for name in (one, other)]
        correlation = _correlation(covariance, spread)
        yield Pair(over, str(place), wrt, one, other, covariance, correlation, said["common"], said["source"])


def _correlation(covariance: float | None, spread: Sequence[float | None]) -> float | None:
    first, second = spread
    if covariance is None or not first or not second:
        return None
    return float(covariance / (first * second) ** 0.5)


def text(pairs: Sequence[Pair], wrt: str, places: Sequence[Fraction], style: Style = plain) -> str:
    """Covariance and correlation of the pairs that share noise; how many do not, in words."""
    own = [pair for pair in pairs if pair.wrt == wrt]
    common = dict.fromkeys((pair.one, pair.other) for pair in own if pair.common)
    independent = (pair for pair in own if not pair.common and pair.covariance == 0.0)
    apart = dict.fromkeys((pair.one, pair.other) for pair in independent)
    found = {(pair.one, pair.other, pair.value): pair for pair in own}
    head = (f"covariance (correlation), by {wrt}", *(f"{own[0].over}={p}" for p in places)) if own else ()
    lines = [
        (" and ".join(both).replace("_", " "), *(_cell(found.get((*both, str(p)))) for p in places))
        for both in common
    ]
    said = f"{len(apart)} pairs share no draws: their covariance is zero"
    return "\n".join(([table(lines, head, style)] if lines else []) + ([said] if apart else []))


def _cell(pair: Pair | None) -> str:
    if pair is None or pair.covariance is None:
        return "-"
    known = "" if pair.correlation is None else f" ({pair.correlation:.3f})"
    return f"{pair.covariance:.4g}{known}"
