"""From a request in words to the proof of a second derivative: every entry by every route, and compared.

It runs in a worker process like ``checks.prove``, and its result is the same plain data, in which pairs of
parameters stand for parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flint import arb
from sympy import Add, Expr, Symbol

from checks.higher_order.records import record_called
from checks.moments import proof_of
from checks.prove import Request, Walked, agreed, certify, route_proof, trees
from derive.context import Context
from derive.deriving import TWICE, context_of, pairs, region, requested
from derive.errors import NotApplicable, Undecided
from derive.expectation import Expectation
from derive.grammar import parse_value
from derive.numeric.balls import value
from derive.numeric.enclosure import enclose
from derive.proof import Proof, StatisticProof
from derive.rewriting import is_ordinary
from derive.routes import ROUTES, derive
from derive.step import STRENGTH, Derivation, entry
from derive.terms import E


def prove(request: Request) -> Proof:
    """Everything that derive knows about the second derivative of the requested expectation at its point.

    Raises what ``checks.prove.prove`` raises, and ``Undecided`` where no route ends in an expectation that
    can be enclosed.
    """
    at = {name: parse_value(text) for name, text in request.at}
    made = requested(request.family, request.integrand, request.wrt, at)
    context = context_of(made)
    certify(made)
    derivations = {name: _walk(name, context) for name in TWICE}
    gradient = agreed(derivations, context)
    numbers = {name: _number(gradient[name], name, derivations, made) for name in gradient}
    exact = {name: number for name, (number, _) in numbers.items()}
    return Proof(
        family=made.family.name,
        integrand=str(made.integrand),
        at={str(s): str(v) for s, v in made.at},
        wrt=tuple(gradient),
        gradient={name: None if g is None else str(g) for name, g in gradient.items()},
        exact=exact,
        radius={name: radius for name, (_, radius) in numbers.items()},
        requires=(*made.read_as, *map(str, region(made))),
        routes={name: route_proof(name, found) for name, found in derivations.items()},
        statistics={name: _statistic(name, made, exact, request.fourth) for name in request.estimators},
        trees=trees(made, gradient),
        parameters=tuple(s.name for s in made.wrt),
    )


def _walk(name: str, context: Context) -> dict[str, Walked]:
    """The derivation by one route for each pair, or the reason why there is none."""
    return {entry(*pair): _derived(name, context, *pair) for pair in pairs(context.expectation.wrt)}


def _derived(name: str, context: Context, one: Symbol, two: Symbol) -> Walked:
    try:
        return derive(ROUTES[name], context, one, two)
    except NotApplicable as error:
        return error.message


def _number(
    closed: Expr | None, name: str, derivations: Mapping[str, Mapping[str, Walked]], made: Expectation
) -> tuple[float, float]:
    """The exact value and its radius: of the closed form, or of the expectations that a route ended with."""
    if closed is not None:
        return value(closed, made.point)
    reason = Undecided(f"no route ends in an expectation that is the derivative by {name}")
    for found in derivations.values():
        walked = found[name]
        if isinstance(walked, Derivation) and _holds(walked):
            try:
                return _enclosed(Add.make_args(walked.result), made)
            except Undecided as error:
                reason = error
    raise reason


def _holds(walked: Derivation) -> bool:
    """Whether nothing on the way failed."""
    return bool(walked.steps) and STRENGTH.index(walked.status) <= STRENGTH.index("evidence")


def _enclosed(pieces: Iterable[Expr], made: Expectation) -> tuple[float, float]:
    """The midpoint and the radius of a ball that holds a sum of expectations and numbers."""
    total = arb(0)
    for piece in pieces:
        if isinstance(piece, E):
            total += enclose(piece.body, piece.law, piece.variables, made.point)
        elif is_ordinary(piece):
            middle, radius = value(piece, made.point)
            total += arb(middle, radius)
        else:
            raise Undecided(f"{piece} is no expectation")
    # The midpoint is rounded to a double.
    return float(total.mid()), float(total.rad()) + 2.0**-53 * abs(float(total.mid()))


def _statistic(name: str, made: Expectation, exact: Mapping[str, float], fourth: bool) -> StatisticProof:
    record = record_called(name)
    if record is None:
        return StatisticProof(name, refusal=f"{name} estimates a gradient, which has one derivative only")
    refusal = record.refuses(made)
    if refusal is not None:
        return StatisticProof(name, refusal=refusal)
    return proof_of(record, made, exact, fourth)
