"""Slips that are a factor or a whole term: found by dividing values, not by trying every line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from sympy import Add, Expr, Rational, S, Symbol, diff, log, pi, sqrt

from derive.generic import LOCATION, SCALE, THETA
from derive.terms import Binder, D
from derive.written.canonical import unfolded
from derive.written.edits import Edit, Piece, pieces
from derive.written.explaining import outcomes, rule_called
from derive.written.halves import parts_of_the_gradient, product_terms
from derive.written.values import Places, close

_CONSTANTS = (
    sqrt(2 * pi),
    1 / sqrt(2 * pi),
    pi,
    1 / pi,
    sqrt(2),
    1 / sqrt(2),
    log(2),
    1 / log(2),
    S.Exp1,
    1 / S.Exp1,
)
# Rules whose outcome, taken apart, has the terms that a line may have lost.
_TERMS_OF = ("leibniz", "product_rule", "chain_rule", "interchange", "log_derivative", "differentiate",
             "score", "moments", "sum_written_out")  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A wrong line with the values of both its sides."""

    left: Expr
    right: Expr
    places: Places
    target: tuple[float, ...]

    @cached_property
    def row(self) -> tuple[float, ...] | None:
        return self.places.row(self.right)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        return pieces(self.right)


def by_factor(line: Line, kind: Literal["plain", "usual", "rare"] = "usual") -> Iterator[Edit]:
    """The whole line, or one of its terms, times a number, a parameter or a power of one.

    ``plain`` are a sign, a factor two, and a term too many. ``rare`` factors are products, quotients and
    constants, which fit by accident more often than by mistake.
    """
    candidates = {"plain": _plain, "usual": _usual, "rare": _rare}[kind]
    known = [(f, line.places.row(f)) for f in candidates(line)]
    whole = Piece(line.right, S.Zero, line.right)
    parts = (whole, *line.pieces) if len(line.pieces) > 1 else (whole,)
    for piece in parts:
        needed = _needed(line, piece)
        if needed is None:
            continue
        if all(abs(x) < 1e-9 for x in needed):
            if piece is not whole and kind == "plain":
                yield Edit("superfluous", piece.rest, piece.term, S.Zero)
            continue
        number = _number(needed) if kind == "usual" else None
        for factor, row in known + ([(number, needed)] if number is not None else []):
            if row is not None and all(map(close, needed, row)):
                made = piece.rest + times(factor, piece.term)
                yield Edit("factor", made, piece.term, factor, whole=piece is whole)


def _needed(line: Line, piece: Piece) -> tuple[float, ...] | None:
    """What the piece must be multiplied by, at each spot; None where that is no number."""
    of_piece, of_rest = line.places.row(piece.term), line.places.row(piece.rest)
    if of_piece is None or of_rest is None or any(abs(x) < 1e-9 for x in of_piece):
        return None
    return tuple((t - r) / p for t, r, p in zip(line.target, of_rest, of_piece, strict=True))


def _number(needed: tuple[float, ...]) -> Expr | None:
    """The one simple fraction that all of these are, if they are."""
    found = Rational(Fraction(needed[0]).limit_denominator(24))
    same_everywhere = all(close(x, float(found)) for x in needed)
    return found if same_everywhere and found not in (0, 1) else None


def times(factor: Expr, term: Expr) -> Expr:
    """The product, with the factor inside where the term is one integral."""
    if isinstance(term, Binder) and not factor.free_symbols & set(term.variables):
        return term.with_body(factor * term.body)
    return factor * term


def _plain(_: Line) -> Iterator[Expr]:
    yield from (S.NegativeOne, S(2), S.Half)


def _usual(line: Line) -> Iterator[Expr]:
    for power in _powers(line):
        yield from (power, -power)


def _powers(line: Line) -> list[Expr]:
    return [b**k for b in _bases(line) for k in (1, -1, 2, -2, 3, -3)]


def _rare(line: Line) -> Iterator[Expr]:
    bases, powers = _bases(line), _powers(line)
    yield from (c * p for p in powers for c in (S(2), S.Half))
    yield from _CONSTANTS
    yield from (x / y for x in bases for y in bases if x != y)
    yield from (x * y for k, x in enumerate(bases) for y in bases[k + 1 :])


def _bases(line: Line) -> tuple[Expr, ...]:
    where = line.places.where
    if where.generic:
        speeds = (diff(SCALE, THETA), diff(LOCATION, THETA))
        return (SCALE, THETA, LOCATION, *speeds)
    family = where.subject.family
    transport = family.transport
    scales: list[Expr] = []
    if transport is not None and len(transport.map) == 1:
        scales.append(transport.map[0].diff(family.noise[0]))
    free = sorted(line.left.free_symbols | line.right.free_symbols, key=lambda s: (not s.is_positive, str(s)))
    found = [*scales, *(s for s in where.context.point if s in free), *free]
    known = set(where.context.point)
    bound = {*family.samples, *family.noise} & set(free)
    used = [f for f in found if not f.is_number and (f.free_symbols & known or f in bound)]
    return tuple(dict.fromkeys(used))[:6]


def by_term(line: Line) -> Iterator[Edit]:
    """A term that is missing: one that the rules make of the left side, or the whole difference."""
    if line.row is None:
        return
    residue = tuple(t - r for t, r in zip(line.target, line.row, strict=True))
    for term in _terms(line):
        row = line.places.row(term)
        if row is None or any(abs(x) < 1e-9 for x in row):
            continue
        if all(map(close, residue, row)):
            yield Edit("missing", line.right + term, term, term)


def _terms(line: Line) -> Iterator[Expr]:
    """The terms of what one or two rules make of the left side, shortest first."""
    context = line.places.where.context
    found: dict[Expr, None] = dict.fromkeys(product_terms(line.left))
    where = line.places.where
    # Where no derivative is left to be taken, no half of the gradient can be lost.
    parts = tuple(parts_of_the_gradient(where)) if line.left.has(D) else ()
    # A line over noise has lost a part of the chain rule, one over the law itself a half of the product rule.
    on_noise = any(n in line.right.atoms(Symbol) for n in where.subject.family.noise)
    yield from (term for name, term in parts if name.endswith("_term") != on_noise)
    yield from (term for name, term in parts if name.endswith("_term") == on_noise)
    level = [line.left, unfolded(line.left)]
    for _ in range(3):
        after: list[Expr] = []
        for term in dict.fromkeys(level):
            for stem in _TERMS_OF:
                made = [o.after for o in outcomes(rule_called(stem), term, context)]
                for outcome in made[:2]:
                    after.append(unfolded(outcome))
                    found |= dict.fromkeys(p.term for p in pieces(outcome))
                    found |= dict.fromkeys(Add.make_args(unfolded(outcome)))
        level = list(dict.fromkeys(after))[:8]
    yield from sorted(found, key=lambda t: t.count_ops())
