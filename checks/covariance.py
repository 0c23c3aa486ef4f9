"""Exact covariances of estimators that are evaluated on common noise, such as one sample for two of them.

Draws of the same law under the same name are one draw. A sample is read as what it is made of where the
other estimator names that: ``a = T_theta(b)`` beside noise, a coin beside the uniform number that throws it,
and the first sample of a call beside a single one. Everything else is independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import isfinite
from typing import Any

from sympy import Expr, Rational, Symbol

from checks.estimator import Draw, Statistic
from checks.estimators._coins import COINS, thrown
from checks.estimators._relaxed import log_odds
from checks.joint import Joint
from checks.mistakes import estimator_called
from checks.moments import placed
from derive.errors import DeriveError
from derive.expectation import Expectation
from derive.numeric.balls import value
from derive.proof import StatisticProof
from derive.terms import Law

# Quadrature is believed where its own error estimate is below this part of the product of the spreads.
SETTLED = 1e-6


def covariances(made: Expectation, statistics: Mapping[str, StatisticProof]) -> tuple[dict[str, Any], ...]:
    """``wrt, one, other, covariance, common, source`` for each pair that applies, in the order given.

    ``common`` says whether they share a draw at all; without one the covariance is zero. Where it is not
    known it is None, and ``source`` says why.
    """
    known = [name for name, stated in statistics.items() if stated.mean]
    made_of = {name: estimator_called(name).statistic(made) for name in known}
    return tuple(
        {"wrt": wrt.name, "one": one, "other": other}
        | _pair(i, (made_of[one], made_of[other]), (statistics[one], statistics[other]), made)
        for i, wrt in enumerate(made.wrt)
        for one, other in combinations(known, 2)
    )


def _pair(
    i: int,
    pair: tuple[Statistic, Statistic],
    stated: tuple[StatisticProof, StatisticProof],
    made: Expectation,
) -> dict[str, Any]:
    wrt = made.wrt[i].name
    variances, means = [s.variance.get(wrt) for s in stated], [s.mean.get(wrt) for s in stated]
    if any(v is None or not isfinite(v) for v in (*variances, *means)):
        return _said(None, False, "a variance is infinite or not known")
    one, other = on_common_noise(*pair, made)
    x, y = (s.values[i].xreplace(made.point) for s in (one, other))
    draws = _needed((x, y), (*one.draws, *other.draws), made)
    common = any(set(d.variables) & x.free_symbols and set(d.variables) & y.free_symbols for d in draws)
    if not common:
        return _said(0.0, False, "independent draws")
    size = (float(variances[0] or 0.0) * float(variances[1] or 0.0)) ** 0.5
    closed = one.closed and other.closed
    return _found(x, y, Joint(draws), (Rational(means[0]), Rational(means[1])), size, closed)


def _said(covariance: float | None, common: bool, source: str) -> dict[str, Any]:
    return {"covariance": covariance, "common": common, "source": source}


def _found(
    x: Expr, y: Expr, joint: Joint, means: tuple[Rational, Rational], size: float, closed: bool
) -> dict[str, Any]:
    if closed:
        try:
            exact = joint.closed(x * y) - joint.closed(x) * joint.closed(y)
            return _said(value(exact, {})[0], True, "closed form")
        except DeriveError:
            pass
    # Centred before it is multiplied, so that nothing cancels.
    found = joint.estimate((x - means[0]) * (y - means[1]))
    if isfinite(found.value) and found.error <= SETTLED * max(size, abs(found.value)):
        return _said(found.value, True, "quadrature")
    return _said(None, True, "neither a closed form nor a quadrature that settles")


def on_common_noise(one: Statistic, other: Statistic, made: Expectation) -> tuple[Statistic, Statistic]:
    """Both statistics, with the sample of the law written in the draws of the other where it has them."""
    one, other = _in_draws_of(one, other, made), _in_draws_of(other, one, made)
    return one, _apart(other, one.draws)


def _in_draws_of(own: Statistic, other: Statistic, made: Expectation) -> Statistic:
    family = made.family
    sample = Draw(family.law, family.samples)
    if sample not in own.draws or sample in other.draws:
        return own
    for draws, images in _readings(made):
        if all(d in other.draws and d not in own.draws for d in draws):
            return _read(own, sample, draws, dict(zip(family.samples, images, strict=True)))
    first = next((d for d in other.draws if d.law == family.law and not d.without), None)
    if first is None:
        return own
    return _read(own, sample, (first,), dict(zip(family.samples, first.variables, strict=True)))


def _readings(made: Expectation) -> list[tuple[tuple[Draw, ...], tuple[Expr, ...]]]:
    """What a sample is made of: draws, and the sample as a function of them."""
    family = made.family
    found: list[tuple[tuple[Draw, ...], tuple[Expr, ...]]] = []
    if family.transport is not None:
        found.append(((Draw(family.transport.noise, family.noise),), family.transport.map))
    if family.name in COINS:
        u = Symbol("u", real=True)
        coin, _ = thrown(log_odds(made)[0], u)
        found.append(((Draw(Law("uniform", 0, 1), (u,)),), (coin,)))
    return found


def _read(own: Statistic, sample: Draw, draws: Sequence[Draw], images: Mapping[Symbol, Expr]) -> Statistic:
    rest = [d for d in own.draws if d != sample]
    first, *more = (*draws, *rest)
    values = tuple(v.xreplace(dict(images)) for v in own.values)
    return replace(
        own, values=values, law=first.law, variables=first.variables, more=tuple(more), without=first.without
    )


def _apart(own: Statistic, taken: Sequence[Draw]) -> Statistic:
    """With new names where a name is taken by a draw of another law."""
    foreign = {v for draw in taken if draw not in own.draws for v in draw.variables}
    shared = {v for draw in own.draws if draw in taken for v in draw.variables}
    names = {
        v: Symbol(f"{v}'", **v.assumptions0)
        for draw in own.draws
        for v in draw.variables
        if v in foreign and v not in shared
    }
    if not names:
        return own
    first, *more = (replace(d, variables=tuple(names.get(v, v) for v in d.variables)) for d in own.draws)
    values = tuple(v.xreplace(names) for v in own.values)
    return replace(own, values=values, law=first.law, variables=first.variables, more=tuple(more))


def _needed(bodies: tuple[Expr, Expr], draws: Sequence[Draw], made: Expectation) -> tuple[Draw, ...]:
    """The draws that the bodies depend on, each once, at the point."""
    symbols = bodies[0].free_symbols | bodies[1].free_symbols
    found = dict.fromkeys(d for d in draws if symbols & set(d.variables))
    return tuple(placed(d, made.point) for d in found)
