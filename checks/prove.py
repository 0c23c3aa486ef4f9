"""From a request in words to a Proof: parse, derive by every route, compare, and take the exact moments.

It runs SymPy and never Torch, in a worker process if one likes; its result is plain data.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn, TypeVar

from sympy import Derivative, Expr, Subs, Symbol

from checks.covariance import covariances
from checks.estimators._relaxed import reading
from checks.halves import terms_of
from checks.mistakes import estimator_called
from checks.moments import statistic_proof
from derive.certify import Equality, certify_closed_form, equal
from derive.closed_form import expectation_of
from derive.context import Context
from derive.deriving import context_of, region, requested
from derive.errors import DeriveError, NotApplicable, StepRefuted
from derive.expectation import Expectation
from derive.grammar import parse_value
from derive.numeric.balls import value
from derive.numeric.enclosure import enclose_gradient
from derive.plain import Tree, to_plain
from derive.proof import Proof, RouteProof
from derive.relaxing import relaxation
from derive.render.json import steps_of
from derive.rewriting import is_ordinary
from derive.routes import ROUTES, derive
from derive.step import STRENGTH, Derivation

# The routes that every expectation is derived by, and compared.
COMMON = ("direct", "pathwise", "product_split", "score_function")
# Its derivation ends with the gradient of a relaxed objective, which the others need not agree with.
RELAXED = "gumbel_softmax"
RELAXING = ("gumbel_softmax", "straight_through", "straight_through_gumbel_softmax")

Walked = Derivation | str
# The exact derivative by a parameter and its radius, from its closed form if there is one.
Number = Callable[[Expr | None, Symbol, Expectation], tuple[float, float]]
# What a derivation is by: a parameter, or the name of a pair of them.
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be proved, in words: picklable, hashable, and the key of the cache."""

    family: str
    integrand: str
    at: tuple[tuple[str, str], ...] = ()
    wrt: tuple[str, ...] | None = None
    estimators: tuple[str, ...] = ("pathwise", "score_function")
    fourth: bool = False
    covariance: bool = False


def prove(request: Request) -> Proof:
    """Everything that derive knows about the requested expectation, at and near its point.

    Raises ``NoExpectation`` where it does not exist, ``BadExpression``, ``UnknownName`` and
    ``OutsideDomain`` for bad input, and ``StepRefuted`` where two routes disagree (a bug of ours).
    """
    at = {name: parse_value(text) for name, text in (*_knobs(request.estimators), *request.at)}
    made = requested(request.family, request.integrand, request.wrt, at)
    found = proof_of(made, request.estimators, request.fourth)
    if not request.covariance:
        return found
    return replace(found, covariances=covariances(made, found.statistics))


def proof_of(
    made: Expectation, estimators: tuple[str, ...], fourth: bool, number: Number | None = None
) -> Proof:
    """The same of an expectation; ``number`` makes the exact value in place of a rigorous enclosure."""
    context = context_of(made)
    certify(made)
    derivations = {name: _walk(name, context) for name in _routes(made, estimators)}
    gradient = agreed(derivations, context)
    numbers = {s.name: (number or _number)(gradient[s], s, made) for s in made.wrt}
    exact = {name: found for name, (found, _) in numbers.items()}
    return Proof(
        family=made.family.name,
        integrand=str(made.integrand),
        at={str(s): str(v) for s, v in made.at},
        wrt=tuple(s.name for s in made.wrt),
        gradient={s.name: None if g is None else str(g) for s, g in gradient.items()},
        exact=exact,
        radius={name: radius for name, (_, radius) in numbers.items()},
        requires=(*made.read_as, *_readings(made, estimators), *map(str, region(made))),
        routes={
            name: route_proof(name, found)
            for name, found in {**derivations, **_relaxed(made, estimators)}.items()
        },
        statistics={name: statistic_proof(name, made, exact, fourth, gradient) for name in estimators},
        trees=trees(made, gradient),
        terms=terms_of(derivations.get("product_split", derivations["score_function"]), context),
    )


def _knobs(estimators: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The estimators' own numbers, at the values that hold unless the point says otherwise."""
    for name in estimators:
        yield from estimator_called(name).knobs


def _routes(made: Expectation, estimators: tuple[str, ...]) -> tuple[str, ...]:
    """The routes to walk: those that every expectation has, and those that justify an estimator.

    Where nothing of theta is in g, and no end of the support moves, the product-rule split is the
    score-function route word for word, and is not walked twice.
    """
    ends = (end for axis in made.family.support for end in (axis.lower, axis.upper))
    moving = made.integrand.free_symbols.union(*(end.free_symbols for end in ends))
    common = [n for n in COMMON if n != "product_split" or moving & set(made.wrt)]
    own = (r for r in map(_route, estimators) if r in ROUTES and r != RELAXED and not ROUTES[r].second)
    return tuple(dict.fromkeys((*common, *own)))


def _readings(made: Expectation, estimators: tuple[str, ...]) -> tuple[str, ...]:
    """How the integrand is read where an estimator asks for it between the outcomes."""
    relaxed = [n for n in estimators if n in RELAXING and estimator_called(n).refuses(made) is None]
    return (reading(made),) if relaxed else ()


def _relaxed(made: Expectation, estimators: tuple[str, ...]) -> dict[str, dict[Symbol, Walked]]:
    """The derivation of the relaxed objective's gradient, which is another's, for those who estimate it."""
    if RELAXED not in map(_route, estimators):
        return {}
    try:
        name, context = relaxation(made)
    except NotApplicable as error:
        return {RELAXED: dict.fromkeys(made.wrt, error.message)}
    return {RELAXED: {s: _derived(name, context, s) for s in context.expectation.wrt}}


def _route(estimator: str) -> str:
    return estimator_called(estimator).route


def _walk(name: str, context: Context) -> dict[Symbol, Walked]:
    """The derivation by one route for each parameter, or the reason why there is none."""
    return {s: _derived(name, context, s) for s in context.expectation.wrt}


def _derived(name: str, context: Context, wrt: Symbol) -> Walked:
    try:
        return derive(ROUTES[name], context, wrt)
    except NotApplicable as error:
        return error.message


def agreed(derivations: Mapping[str, Mapping[Key, Walked]], context: Context) -> dict[Key, Expr | None]:
    """The shortest proved result for each parameter (or pair), after all routes were found to agree."""
    chosen: dict[Key, Expr | None] = {}
    for s in next(iter(derivations.values())):
        results = {name: _result(found[s]) for name, found in derivations.items()}
        known = {name: r for name, r in results.items() if r is not None}
        _must_agree(known, context)
        chosen[s] = min(known.values(), key=lambda e: (e.count_ops(), str(e)), default=None)
    return chosen


def _result(found: Walked) -> Expr | None:
    """The gradient that a derivation ends with, if nothing on its way failed."""
    if isinstance(found, str) or not found.steps or not is_ordinary(found.result):
        return None
    if found.result.has(Derivative, Subs):
        return None  # of a Bessel function by its order there is no formula
    return found.result if STRENGTH.index(found.status) <= STRENGTH.index("evidence") else None


def _must_agree(results: dict[str, Expr], context: Context) -> None:
    for one, two in itertools.pairwise(results):
        said = equal(results[one], results[two], context.points)
        if said.is_refuted:
            _refuse(f"the routes {one} and {two} disagree", said)


def certify(made: Expectation) -> None:
    """Hold the closed form of the expectation, if there is one, against a rigorous enclosure at the point."""
    law, samples = made.family.law, made.family.samples
    try:
        closed = expectation_of(made.integrand, law, samples, made.point).value
    except DeriveError:
        return  # nothing is claimed of a form that is not known
    said = certify_closed_form(closed, made.integrand, law, samples, made.point)
    if said.is_refuted:
        _refuse(f"the closed form of {made.term} is wrong", said)


def _refuse(what: str, said: Equality) -> NoReturn:
    help = "this is a bug in gradproof; please report it"
    raise StepRefuted(f"{what}: {said.evidence}", dict(said.witness), help)


def _number(gradient: Expr | None, wrt: Symbol, made: Expectation) -> tuple[float, float]:
    """The exact value and its radius: of the closed form, or by a rigorous enclosure without one."""
    if gradient is not None:
        return value(gradient, made.point)
    ball = enclose_gradient(made.integrand, made.family.law, made.family.samples, wrt, made.point)
    return float(ball.mid()), float(ball.rad())


def route_proof(name: str, found: Mapping[Key, Walked]) -> RouteProof:
    """The derivations by one route as a report holds them, or why there are none."""
    walked = [d for d in found.values() if isinstance(d, Derivation)]
    refusals = [r for r in found.values() if isinstance(r, str)]
    status = max((d.status for d in walked), key=STRENGTH.index, default="condition-failed")
    failed = [c for d in walked for s in d.steps for c in s.conditions if c.status == "failed"]
    if refusals and status != "refuted":
        status = "condition-failed"
    reasons = refusals + [f"{c.statement}: {c.evidence}" for c in failed]
    return RouteProof(
        route=name,
        status=status,
        steps=tuple(step for d in walked for step in steps_of(d)),
        assumptions=tuple(dict.fromkeys(str(c.statement) for d in walked for c in d.assumptions)),
        refusal=reasons[0] if reasons else None,
    )


def trees(
    made: Expectation, gradient: Mapping[Key, Expr | None]
) -> dict[str, Tree | dict[str, object] | None]:
    family, transport = made.family, made.family.transport
    return {
        "integrand": to_plain(made.integrand),
        "log_density": to_plain(family.log_density),
        "transport": None if transport is None else [to_plain(t) for t in transport.map],
        "noise": None
        if transport is None
        else {
            "family": transport.noise.name,
            "parameters": [to_plain(p) for p in transport.noise.parameters],
        },
        "law": _law(made) if transport is None else None,
        "level": None if family.cdf is None else to_plain(family.cdf),
        "determined": [to_plain(meaning) for _, meaning in family.determined],
        "score": {s.name: to_plain(family.log_density.diff(s)) for s in family.symbols},
        "gradient": {str(by): None if g is None else to_plain(g) for by, g in gradient.items()},
    }


def _law(made: Expectation) -> dict[str, object]:
    """What is sampled where there is no transport: the law itself, and its support."""
    family, law = made.family, made.family.law
    return {
        "family": law.name,
        "parameters": [to_plain(p) for p in law.parameters],
        "support": [[to_plain(axis.lower), to_plain(axis.upper)] for axis in family.support],
    }
