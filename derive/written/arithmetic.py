"""Slips of arithmetic inside a formula: numbers, signs, powers, functions, lost factors."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Add, Expr, Integer, Mul, Number, Pow, Rational, Symbol, cos, sin

from derive.written.edits import Edit
from derive.written.factors import Line
from derive.written.replacements import Slip, places_of


def small(line: Line) -> Iterator[Edit]:
    """Numbers, signs, powers, functions, lost factors."""
    for place in places_of(line):
        for name, now in _small(place.term):
            yield Edit("replaced", place.put(now), place.term, now, was=place.term, name=name)


def _small(term: Expr) -> Iterator[Slip]:
    """Numbers, signs and powers."""
    if isinstance(term, Number) and term.is_finite:
        yield "sign", -term
        values = (term + 1, term - 1, 2 * term, term / 2)
        yield from (("number", v) for v in values if isinstance(v, Rational))
    elif isinstance(term, Add):
        for k, piece in enumerate(term.args):
            rest = term.args[:k] + term.args[k + 1 :]
            yield "sign", Add(-piece, *rest)
            yield "number", Add(2 * piece, *rest)
            yield "number", Add(piece / 2, *rest)
            yield "superfluous", Add(*rest)
    elif isinstance(term, Mul):
        for k, factor in enumerate(term.args):
            yield "factor", Mul(*term.args[:k], *term.args[k + 1 :])
            yield "power", Mul(*term.args[:k], factor**2, *term.args[k + 1 :])
    elif isinstance(term, Pow) and not isinstance(term.exp, Integer):
        yield "power", 1 / term
    elif isinstance(term, sin | cos):
        yield "function", (cos if isinstance(term, sin) else sin)(*term.args)
    elif isinstance(term, Symbol):
        yield "power", term**2
    if isinstance(term, Pow):
        yield "power", term.base ** (term.exp + 1)
        yield "power", term.base ** (term.exp - 1)
