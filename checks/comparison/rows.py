"""Exact mean, bias and variance of each estimator at each place, from proofs: nothing is sampled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from checks import kinds
from checks.catalogue import knobs, names
from checks.comparison.covariances import Pair, pairs_of
from checks.comparison.places import Range, chosen
from checks.prover import Crash, Request, proving, result
from checks.quantities import exact
from checks.selection import estimator_named
from derive.cache import Cache
from derive.errors import DeriveError, NotApplicable
from derive.proof import Proof
from derive.syntax import assignments, symbols_in

Progress = Callable[[int, int, str], None]
ALL = ("all",)


@dataclass(frozen=True, slots=True)
class Row:
    """One estimator of one derivative at one place.

    ``call`` is how many samples one evaluation takes, ``evaluations`` how often it evaluates g, ``work`` the
    variance times that: what a mean over a fixed number of them is worth. ``reason`` says why there are no
    numbers.
    """

    over: str
    value: str
    estimator: str
    wrt: str
    exact: float | None
    mean: float | None
    bias: float | None
    variance: float | None
    call: int
    evaluations: int
    work: float | None
    source: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared; ``estimators`` ``("all",)`` for all that apply."""

    family: str
    integrand: str
    estimators: tuple[str, ...] = ALL
    at: str | None = None
    over: str | None = None
    wrt: tuple[str, ...] | None = None
    covariance: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows in order of place, estimator and parameter; ``left_out`` says why the others do not apply."""

    family: str
    integrand: str
    over: Range
    rows: tuple[Row, ...]
    left_out: tuple[tuple[str, str], ...]
    # Those of pairs of estimators, where they were asked for.
    covariances: tuple[Pair, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """A dict that ``json`` can write."""
        return {
            "schema": "gradproof/comparison@1",
            "family": self.family,
            "integrand": self.integrand,
            "over": {"name": self.over.name, "values": [str(v) for v in self.over.values]},
            "rows": [asdict(row) for row in self.rows],
            "left_out": dict(self.left_out),
            **({} if self.covariances is None else {"covariances": [asdict(p) for p in self.covariances]}),
        }


def compare(
    question: Question, cache: Cache, workers: int, progress: Progress = lambda done, total, name: None
) -> Comparison:
    """Raises ``UnknownName``, ``BadRange`` or what a proof raises of bad input at the first place."""
    family = kinds.family_named(question.family)
    if kinds.kind_of(family) != kinds.LAW:
        help = "python cli.py verify policy-gradient says what its estimators do"
        raise NotApplicable(f"'{family}' is an environment: laws are compared here", help)
    wanted = names("estimators") if question.estimators == ALL else question.estimators
    estimators = tuple(dict.fromkeys(estimator_named(name) for name in wanted))
    over = chosen(question.over, family, _numbers(family, estimators) | _constants(question))
    groups = tuple(_together(estimators) if question.covariance else _groups(estimators))
    requests = [(v, g, _request(question, family, g, over.name, v)) for v in over.values for g in groups]
    kept = [cache.get(request) for _, _, request in requests]
    cold = [i for i, proof in enumerate(kept) if proof is None]
    answers: list[Proof | DeriveError | Crash | None] = list(kept)
    with proving([requests[i][2] for i in cold], workers) as futures:
        for done, (i, future) in enumerate(zip(cold, futures)):
            progress(done, len(cold), f"{over.name} = {requests[i][0]}")
            answers[i] = made = result(future)
            if isinstance(made, Proof):
                cache.put(requests[i][2], made)
    _raise_if_nothing(answers)
    rows = [
        row
        for (place, group, _), answer in zip(requests, answers)
        for row in _rows(over.name, place, group, answer)
    ]
    found = _settled(family, question.integrand, over, rows)
    if not question.covariance:
        return found
    pairs = (
        pair
        for (place, _, _), answer in zip(requests, answers)
        if isinstance(answer, Proof)
        for pair in pairs_of(over.name, place, answer)
    )
    return replace(found, covariances=tuple(pairs))


def _numbers(family: str, estimators: Sequence[str]) -> dict[str, Fraction]:
    own = (knobs(name) for name in estimators)
    return kinds.parameters(family) | {n: v for found in own for n, v in found.items()}


def _constants(question: Question) -> dict[str, Fraction]:
    """Names of the integrand that the point gives a value, or the range does."""
    given = {name: text for name, (text, _) in assignments(question.at).items()} if question.at else {}
    ranged = (question.over or "").partition("=")[0].strip()
    found = symbols_in(question.integrand) & {*given, ranged}
    return {name: exact(given[name]) if name in given else Fraction(0) for name in sorted(found)}


def _groups(estimators: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Estimators that may share a proof: those with the same numbers of their own."""
    alike: dict[tuple[tuple[str, Fraction], ...], list[str]] = {}
    for name in estimators:
        alike.setdefault(tuple(knobs(name).items()), []).append(name)
    yield from map(tuple, alike.values())


def _together(estimators: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """As few groups as there are different values of one number: covariances are of pairs of one group."""
    groups: list[tuple[dict[str, Fraction], list[str]]] = []
    for name in estimators:
        own = knobs(name)
        for held, members in groups:
            if all(held.get(n, v) == v for n, v in own.items()):
                held |= own
                members.append(name)
                break
        else:
            groups.append((dict(own), [name]))
    yield from (tuple(members) for _, members in groups)


def _request(question: Question, family: str, group: Sequence[str], name: str, value: Fraction) -> Request:
    at = {n: v for n, (v, _) in assignments(question.at).items()} if question.at else {}
    own = {n for e in group for n in knobs(e)}
    at = {n: v for n, v in at.items() if n in own or n not in _all_knobs()}
    if name in own or name not in _all_knobs():
        at[name] = str(value)
    return {
        "family": family,
        "integrand": question.integrand,
        "at": [list(pair) for pair in sorted(at.items())],
        "wrt": None if question.wrt is None else list(question.wrt),
        "estimators": sorted(group),
        "fourth": False,
        **({"covariance": True} if question.covariance else {}),
    }


def _all_knobs() -> set[str]:
    return {n for name in names("estimators") for n in knobs(name)}


def _raise_if_nothing(answers: Sequence[Proof | DeriveError | Crash | None]) -> None:
    """Bad input is an error where it spoils every place."""
    errors = [a for a in answers if isinstance(a, DeriveError)]
    if errors and len(errors) == len(answers):
        raise errors[0]


def _rows(over: str, place: Fraction, group: Sequence[str], answer: Any) -> Iterator[Row]:
    for name in group:
        why = _why_not(name, answer)
        if why is not None:
            yield Row(over, str(place), name, "", None, None, None, None, 1, 1, None, "", why)
        else:
            yield from (_row(over, place, answer, name, parameter) for parameter in answer.wrt)


def _why_not(name: str, answer: Any) -> str | None:
    """Why there are no numbers; None where there are."""
    if isinstance(answer, Crash):
        return answer.reason
    if isinstance(answer, DeriveError):
        return answer.message
    stated = answer.statistics[name]
    return stated.refusal if stated.refusal and not stated.mean else None


def _row(over: str, place: Fraction, proof: Proof, name: str, wrt: str) -> Row:
    stated = proof.statistics[name]
    exact = stated.aims(proof.exact)[wrt]
    mean, variance = stated.mean.get(wrt), stated.variance.get(wrt)
    bias = None if mean is None else _rounded(mean - exact, exact)
    work = None if variance is None else variance * stated.evaluations
    costs = stated.call, stated.evaluations, work
    return Row(over, str(place), name, wrt, exact, mean, bias, variance, *costs, stated.source)


# Two exact numbers, each rounded to a double.
_ROUNDING = 1e-13


def _rounded(bias: float, exact: float) -> float:
    return 0.0 if abs(bias) <= _ROUNDING * max(1.0, abs(exact)) else bias


def _settled(family: str, integrand: str, over: Range, rows: Sequence[Row]) -> Comparison:
    """Estimators that apply nowhere are named once with their reason, not in every row."""
    applies = {row.estimator for row in rows if row.exact is not None}
    left = {row.estimator: row.reason for row in rows if row.estimator not in applies}
    kept = tuple(row for row in rows if row.estimator in applies)
    return Comparison(family, integrand, over, kept, tuple(left.items()))
