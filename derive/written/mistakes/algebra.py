"""Slips that are arithmetic: signs, numbers, powers, lost terms. They have no estimator to go with them."""

from __future__ import annotations

from sympy import S

from derive.written.edits import Edit
from derive.written.factors import Line
from derive.written.mistakes._record import FormulaMistake, factor_is, scale_power


def _function(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name == "function"


def _sign(edit: Edit, _: Line) -> bool:
    return factor_is(edit, -1) or (edit.kind == "replaced" and edit.name == "sign")


def _number(edit: Edit, _: Line) -> bool:
    number = edit.kind == "factor" and edit.now.is_number
    return number or (edit.kind == "replaced" and edit.name == "number")


def _scale(edit: Edit, _: Line) -> bool:
    return edit.kind == "factor" and scale_power(edit.now) is not None


def _factor(edit: Edit, _: Line) -> bool:
    return edit.kind == "factor" or (edit.kind == "replaced" and edit.name in ("factor", "noise"))


def _missing(edit: Edit, _: Line) -> bool:
    return edit.kind == "missing"


def _superfluous(edit: Edit, _: Line) -> bool:
    return edit.kind == "superfluous" or (edit.kind == "replaced" and edit.name == "superfluous")


def _lost_square(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name in ("power", "scale") and edit.now != S.One


MISTAKES = (
    FormulaMistake("sign", "has a wrong sign", _sign),
    FormulaMistake("number", "has a wrong number as a factor", _number),
    FormulaMistake("factor_of_scale", "is off by a power of sigma", _scale),
    FormulaMistake("power", "has a wrong power", _lost_square),
    FormulaMistake("function", "has another function than the derivative", _function),
    FormulaMistake("factor", "lost (or has too many of) a factor", _factor),
    FormulaMistake("missing_term", "loses a term", _missing),
    FormulaMistake("superfluous_term", "has a term too many", _superfluous),
)
