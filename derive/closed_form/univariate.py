"""E_{a ~ P}[g(a)] on the line: cells, pieces, one moment per piece, and whether they all exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sympy import (
    Abs,
    Add,
    Expr,
    Gt,
    Heaviside,
    I,
    Lt,
    Max,
    Min,
    Ne,
    Piecewise,
    S,
    Symbol,
    cos,
    exp,
    log,
    sign,
)
from sympy.core.relational import Relational

from derive.errors import NoClosedForm, NoExpectation, Undecided
from derive.family import Atom, Family, Moment
from derive.laws import family_of, support_of
from derive.terms import Law

from .decompose import Reader
from .place import Point, compare, holds, said, sign_at, solved, strict
from .realness import parts
from .shapes import Shape, Terms
from .singular import diverges_at_zero
from .tidy import tidy

Found = tuple[Expr, tuple[Relational, ...], tuple[str, ...]]

_SWITCHES = (Abs, Max, Min, Heaviside, sign, Piecewise)


@dataclass(frozen=True, slots=True)
class Segment:
    """A smooth cell between two kinks of the integrand, the law's density and the support."""

    lower: Expr
    upper: Expr
    body: Expr
    piece: int


@dataclass(slots=True)
class Work:
    """One expectation in the making: what it is about, and what was used on the way."""

    law: Law
    family: Family
    x: Symbol
    point: Point
    requires: list[Relational]
    trace: list[str]


def univariate(body: Expr, law: Law, x: Symbol, point: Point) -> Found:
    """``(value, requires, trace)`` of the expectation; raises ``NoClosedForm`` or ``NoExpectation``."""
    if not body.has_free(x):
        return body, (), ()
    work = Work(law, family_of(law), x, point, [], [])
    values = _each(_value_of(segment, work) for segment in _segments(body, work))
    return tidy(Add(*values)), _relevant(work), tuple(dict.fromkeys(work.trace))


def _each(makers: Iterator[Callable[[], Expr]]) -> list[Expr]:
    """All values; where one has no closed form the others are still asked whether they exist.

    ``NoExpectation`` of one part settles the whole (its absolute integral diverges), so it goes
    before ``NoClosedForm`` of another.
    """
    values: list[Expr] = []
    refusal: NoClosedForm | None = None
    for make in makers:
        try:
            values.append(make())
        except NoClosedForm as error:
            refusal = refusal or error
    if refusal:
        raise refusal
    return values


def _value_of(segment: Segment, work: Work) -> Callable[[], Expr]:
    return lambda: _segment_value(segment, work)


def _segments(body: Expr, work: Work) -> Iterator[Segment]:
    support = support_of(work.law)[0]
    if not body.has(*_SWITCHES):
        yield from _cut_at_density(Segment(support.lower, support.upper, body, 0), work)
        return
    from derive.cells import split

    made = split(body, work.x, support.lower, support.upper, work.point)
    work.requires.extend(made.requires)
    work.trace.append("split at kinks")
    for cell in made.cells:
        yield from _cut_at_density(Segment(cell.lower, cell.upper, cell.body, 0), work)


def _cut_at_density(segment: Segment, work: Work) -> Iterator[Segment]:
    """The segment cut at the kinks of the law's own density."""
    values = dict(zip(work.family.symbols, work.law.parameters, strict=True))
    lower = segment.lower
    for count, kink in enumerate(k.xreplace(values) for k in work.family.kinks):
        if not _below(lower, kink, work):
            continue
        if not _below(kink, segment.upper, work):
            yield Segment(lower, segment.upper, segment.body, count)
            return
        yield Segment(lower, kink, segment.body, count)
        lower = kink
    yield Segment(lower, segment.upper, segment.body, len(work.family.kinks))


def _below(one: Expr, two: Expr, work: Work) -> bool:
    """Whether ``one < two`` at the point (and near it); equal ends in form are not below."""
    if one == two:
        return False
    order = compare(one, two, work.point)
    if order == 0:
        raise Undecided(f"{one} and {two} coincide at the point, so their order near it is open")
    if not (one.is_infinite or two.is_infinite):
        work.requires.append(Lt(one, two) if order < 0 else Gt(one, two))
    return order < 0


def _segment_value(segment: Segment, work: Work) -> Expr:
    if segment.body == 0:
        return S.Zero
    side = _side(segment, work)
    reader = Reader(work.x, side, work.point)
    terms = reader.read(segment.body)
    work.requires.extend(reader.requires)
    work.trace.append("linearity")
    if side == 0:
        _refuse_inner_singularity(terms, work)
    elif any(_singular(s) for s in terms):
        _stay_on_side(segment, side, work)
    return _sum_of_moments(terms, segment, work)


def _side(segment: Segment, work: Work) -> int:
    """1 on a positive cell, -1 on a negative one, 0 on one that holds 0 inside."""
    if segment.lower.is_nonnegative or compare(segment.lower, S.Zero, work.point) >= 0:
        return 1
    if segment.upper.is_nonpositive or compare(segment.upper, S.Zero, work.point) <= 0:
        return -1
    return 0


def _singular(shape: Shape) -> bool:
    return shape.logs > 0 or not (shape.power.is_Integer and shape.power >= 0)


def _stay_on_side(segment: Segment, side: int, work: Work) -> None:
    """Near the point the cell must not cross 0, where these pieces are singular."""
    end = segment.lower if side > 0 else segment.upper
    if end.is_zero or (side > 0 and end.is_positive) or (side < 0 and end.is_negative):
        return
    if compare(end, S.Zero, work.point) == 0:
        raise Undecided(f"the cell ends at {end}, which is 0 at the point, where the integrand is singular")
    work.requires.append(Gt(end, 0) if side > 0 else Lt(end, 0))


def _refuse_inner_singularity(terms: Terms, work: Work) -> None:
    bad = [s for s in terms if _singular(s)]
    if not bad:
        return
    if diverges_at_zero(terms, S.NegativeOne, work.point):
        raise NoExpectation(
            f"the integrand is not integrable at {work.x} = 0, where {work.law} has positive density"
        )
    raise NoClosedForm("the integrand has pieces that are singular at 0, inside the support")


def _sum_of_moments(terms: Terms, segment: Segment, work: Work) -> Expr:
    waves: dict[Shape, dict[bool, Expr]] = {}
    for shape, coefficient in terms.items():
        waves.setdefault(shape._replace(sine=False), {})[shape.sine] = coefficient

    def wave(shape: Shape) -> Callable[[], Expr]:
        return lambda: _weighted(waves[shape], _moment(shape, segment, terms, work))

    return Add(*_each(wave(shape) for shape in waves))


def _weighted(coefficients: dict[bool, Expr], value: Expr) -> Expr:
    """Cosine and sine coefficients times the real and the imaginary part of the moment."""
    if True not in coefficients and not value.has(I):
        return coefficients[False] * value
    real, imaginary = parts(value)
    return coefficients.get(False, S.Zero) * real + coefficients.get(True, S.Zero) * imaginary


def _moment(shape: Shape, segment: Segment, terms: Terms, work: Work) -> Expr:
    if shape.square != 0 and not work.family.squares:
        raise NoClosedForm(f"no closed form is known for {_piece(shape, segment, work)}")
    rate = shape.rate + I * shape.frequency if shape.frequency != 0 else shape.rate
    atom = Atom(shape.power, shape.logs, rate, segment.lower, segment.upper, shape.square, segment.piece)
    try:
        moment = work.family.moment(atom, work.law.parameters)
    except NoExpectation as error:
        raise _verdict(error, shape, segment, terms, work) from None
    except NoClosedForm as error:
        raise NoClosedForm(
            f"no closed form is known for {_piece(shape, segment, work)}", error.help
        ) from error
    _need(moment, shape, segment, terms, work)
    work.trace.append(f"{work.family.name} moments")
    return moment.value


def _piece(shape: Shape, segment: Segment, work: Work) -> str:
    """``E[a*sin(a); a > 1/2] under lognormal(mu, sigma)``, as a refusal names it."""
    x = work.x
    wave = cos(shape.frequency * x)
    shown = x**shape.power * log(x) ** shape.logs * exp(shape.rate * x + shape.square * x**2) * wave
    support = support_of(work.law)[0]
    ends = [f"{x} > {segment.lower}"] if segment.lower != support.lower else []
    ends += [f"{x} < {segment.upper}"] if segment.upper != support.upper else []
    return f"E[{'; '.join([str(shown), *ends])}] under {work.law}"


def _need(moment: Moment, shape: Shape, segment: Segment, terms: Terms, work: Work) -> None:
    for relation in moment.requires:
        if relation == S.true:
            continue
        if relation != S.false and isinstance(relation, Ne):
            work.requires.append(strict(relation, work.point))
        elif relation == S.false or not holds(relation, work.point):
            raise _verdict(_violated(relation, segment, work), shape, segment, terms, work)
        else:
            work.requires.append(relation)


def _violated(relation: Relational, segment: Segment, work: Work) -> NoExpectation | NoClosedForm:
    """A condition that fails: of existence on an unbounded cell, else of the formula alone."""
    if segment.lower.is_infinite or segment.upper.is_infinite:
        return NoExpectation(f"the expectation does not exist: it needs {said(relation, work.point)}")
    return NoClosedForm(f"the closed form holds only for {said(relation, work.point)}")


def _verdict(
    error: NoExpectation | NoClosedForm, shape: Shape, segment: Segment, terms: Terms, work: Work
) -> NoExpectation | NoClosedForm:
    """What a diverging piece means for the whole sum.

    At an infinite end the fastest piece decides, and no other can cancel it. At 0 pieces of
    different shape can cancel, so the sum's own Laurent coefficients decide.
    """
    at_zero = compare(segment.lower, S.Zero, work.point) * compare(segment.upper, S.Zero, work.point) <= 0
    if at_zero and sign_at(shape.power, work.point) < 0:
        if diverges_at_zero(terms, shape.power, work.point):
            return error
        return NoClosedForm(f"pieces diverge at {work.x} = 0 one by one, though their sum need not")
    return error


def _relevant(work: Work) -> tuple[Relational, ...]:
    """Each condition once; those without parameters are settled already."""
    asked = (r for r in work.requires if r != S.true and r.free_symbols)
    return tuple(dict.fromkeys(solved(r) for r in asked))
