"""The expectation over one smooth cell: pieces, one moment per piece, and whether they all exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from sympy import Expr, I, Ne, S, cos, exp, log, nan, oo, sin, zoo
from sympy.core.relational import Relational

from derive.errors import NoClosedForm, NoExpectation, Undecided
from derive.family import Atom, MomentRule
from derive.laws import support_of

from . import algebra
from .algebra import Element
from .decompose import Reader
from .intake import intake
from .outlet import express
from .place import compare, holds, said, sign_at, strict
from .segments import Segment, Work, side_of_zero, stay_on_side
from .shapes import Shape, Terms
from .singular import diverges_at_zero

Requires = tuple[Relational, ...]


def each(makers: Iterable[Callable[[], Element]]) -> list[Element]:
    """All values; where one has no closed form the others are still asked whether they exist.

    ``NoExpectation`` of one part settles the whole (its absolute integral diverges), so it goes
    before ``NoClosedForm`` of another.
    """
    values: list[Element] = []
    refusal: NoClosedForm | None = None
    for make in makers:
        try:
            values.append(make())
        except NoClosedForm as error:
            refusal = refusal or error
    if refusal:
        raise refusal
    return values


def as_it_stands(segment: Segment, work: Work) -> Element:
    """The cell's share, in the grammar as it is; raises ``NoClosedForm`` or ``NoExpectation``."""
    side = side_of_zero(segment, work.point)
    reader = Reader(work.x, side, work.point)
    terms = reader.read(segment.body)
    work.requires.extend(reader.requires)
    work.trace.append("linearity")
    if any(_singular(s) for s in terms):
        if side == 0:
            _refuse_inner_singularity(terms, work)
        stay_on_side(segment, side, work)
    return _sum_of_moments(terms, segment, work)


def _singular(shape: Shape) -> bool:
    return shape.logs > 0 or not (shape.power.is_Integer and shape.power >= 0)


def _refuse_inner_singularity(terms: Terms, work: Work) -> None:
    if diverges_at_zero(terms, S.NegativeOne, work.point):
        raise NoExpectation(
            f"the integrand is not integrable at {work.x} = 0, where {work.law} has positive density"
        )
    raise NoClosedForm("the integrand has pieces that are singular at 0, inside the support")


def _sum_of_moments(terms: Terms, segment: Segment, work: Work) -> Element:
    waves: dict[Shape, dict[bool, Element]] = {}
    for shape, coefficient in terms.items():
        waves.setdefault(shape._replace(sine=False), {})[shape.sine] = coefficient

    def wave(shape: Shape) -> Callable[[], Element]:
        return lambda: _weighted(waves[shape], _moment(shape, segment, terms, work))

    return algebra.total(each(wave(shape) for shape in waves))


def _weighted(coefficients: dict[bool, Element], value: Element) -> Element:
    """Cosine and sine coefficients times the real and the imaginary part of the moment."""
    real, imaginary = algebra.parts(value)
    on_cosine, on_sine = coefficients.get(False, algebra.ZERO), coefficients.get(True, algebra.ZERO)
    return algebra.total((algebra.product(on_cosine, real), algebra.product(on_sine, imaginary)))


def _moment(shape: Shape, segment: Segment, terms: Terms, work: Work) -> Element:
    """The moment of one piece; a wave is asked for as the exponential of a complex rate."""
    if shape.square != 0 and not work.family.squares:
        raise NoClosedForm(f"no closed form is known for {_piece(shape, segment, terms, work)}")
    rate = shape.rate + I * shape.frequency if shape.frequency != 0 else shape.rate
    atom = Atom(shape.power, shape.logs, rate, segment.lower, segment.upper, shape.square, segment.piece)
    try:
        value, requires = _known(work.family.moment, atom, work.law.parameters)
    except NoExpectation as error:
        raise _verdict(error, shape, segment, terms, work) from None
    except NoClosedForm as error:
        raise NoClosedForm(f"no closed form is known for {_piece(shape, segment, terms, work)}") from error
    _need(requires, shape, segment, terms, work)
    work.trace.append(f"{work.family.name} moments")
    return value


@lru_cache(maxsize=8192)
def _known(rule: MomentRule, atom: Atom, parameters: tuple[Expr, ...]) -> tuple[Element, Requires]:
    """A moment read into the algebra once: the powers of a statistic ask for the same ones again."""
    moment = rule(atom, parameters)
    if moment.value.has(nan, zoo, oo, -oo):
        raise NoClosedForm("the moment rule's form has a singularity here")
    return intake(moment.value), moment.requires


def _piece(shape: Shape, segment: Segment, terms: Terms, work: Work) -> str:
    """``E[a*sin(a); a > 1/2] under lognormal(mu, sigma)``, as a refusal names it."""
    x = work.x
    wave = cos(shape.frequency * x) if shape in terms else sin(shape.frequency * x)
    shown = x**shape.power * log(x) ** shape.logs * exp(shape.rate * x + shape.square * x**2) * wave
    support = support_of(work.law)[0]
    ends = [f"{x} > {segment.lower}"] if segment.lower != support.lower else []
    ends += [f"{x} < {segment.upper}"] if segment.upper != support.upper else []
    return f"E[{'; '.join([str(shown), *ends])}] under {work.law}"


def _need(requires: Requires, shape: Shape, segment: Segment, terms: Terms, work: Work) -> None:
    """Settle the moment's conditions at the point, or say which one fails."""
    for relation in requires:
        if relation == S.true:
            continue
        if isinstance(relation, Ne):
            work.requires.append(strict(relation, work.point))
        elif relation == S.false or not holds(relation, work.point):
            raise _verdict(_violated(relation, segment, work), shape, segment, terms, work)
        else:
            work.requires.append(relation)


def _violated(relation: Relational, segment: Segment, work: Work) -> NoExpectation | NoClosedForm:
    """A condition that fails: of existence on an unbounded cell, else of the formula alone."""
    if segment.bounded:
        return NoClosedForm(f"the closed form holds only for {said(relation, work.point)}")
    return NoExpectation(f"the expectation does not exist: it needs {said(relation, work.point)}")


def _verdict(
    error: NoExpectation | NoClosedForm, shape: Shape, segment: Segment, terms: Terms, work: Work
) -> NoExpectation | NoClosedForm:
    """What a diverging piece means for the whole sum.

    At an infinite end the fastest piece decides, and no other can cancel it. At 0 pieces of
    different shape can cancel, so the sum's own Laurent coefficients decide.
    """
    if not _surely_nonzero(shape, terms, work):
        return NoClosedForm(f"whether {_piece(shape, segment, terms, work)} has a coefficient is open")
    touches = compare(segment.lower, S.Zero, work.point) * compare(segment.upper, S.Zero, work.point) <= 0
    if touches and sign_at(shape.power, work.point) < 0:
        if diverges_at_zero(terms, shape.power, work.point):
            return error
        return NoClosedForm(f"pieces diverge at {work.x} = 0 one by one, though their sum need not")
    return error


def _surely_nonzero(shape: Shape, terms: Terms, work: Work) -> bool:
    """Whether the piece is really there: a coefficient may vanish without its form showing it."""
    found = (terms[s] for s in (shape, shape._replace(sine=True)) if s in terms)
    try:
        return any(sign_at(express(coefficient), work.point) != 0 for coefficient in found)
    except Undecided:
        return False
