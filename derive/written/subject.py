"""The expectation that a document is about, and its header as read."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, Rational, Symbol

from derive.deriving import requested
from derive.errors import DeriveError
from derive.expectation import Expectation, expectation
from derive.generic import integrand as arbitrary_integrand
from derive.terms import D, E, Inert
from derive.touching import without_touching_bends
from derive.written.declaring import expression, point_of
from derive.written.document import Header, Line
from derive.written.front_matter import Entry, FrontMatter
from derive.written.scope import Definition, Scope
from derive.written.unreadable import Unreadable

# Values of constants that the document leaves open: generic, of both signs where that may be.
_GENERIC = (Rational(1, 3), Rational(5, 7), Rational(8, 5), Rational(2, 9), Rational(11, 4))


def header_of(
    head: FrontMatter, scope: Scope, lines: tuple[Line, ...], inferred: tuple[str, ...]
) -> tuple[Header, Expectation | None, list[Unreadable]]:
    """The header, its expectation, and what is wrong with them."""
    given, problems = point_of(head, scope)
    problems += _unknown(head, scope)
    written = head.get("integrand")
    first = None if written is not None else _first_body(lines, scope)
    if first is not None:
        inferred = (*inferred, "integrand")
    own = {p.name for p in scope.record.parameters} | set(given)
    names = tuple(n for n in scope.wrt if n in own) or tuple(
        p.name for p in scope.record.parameters if not p.fixed
    )
    assumed = head.get("assume")
    header = Header(
        None if scope.family is None else scope.family.name,
        written.value if written is not None else None if first is None else str(first),
        names, tuple(sorted(given.items())),
        tuple(a.strip() for a in assumed.value.split(";") if a.strip()) if assumed else (),
        head.others, inferred,
    )  # fmt: skip
    try:
        made = _subject(written, first, scope, names, given)
    except DeriveError as error:
        problems.append(Unreadable(error.message, *_place(head, written), error.help))
        made = None
    return header, made, problems


def _unknown(head: FrontMatter, scope: Scope) -> list[Unreadable]:
    """The names in ``wrt`` that stand for nothing."""
    entry = head.get("wrt")
    missing = [key for key in scope.wanted if key not in scope.symbols]
    if entry is None or not missing:
        return []
    message = f"{scope.record.name} has no parameter '{missing[0]}'"
    return [Unreadable(message, entry.start, entry.end, f"its names are {', '.join(scope.symbols)}")]


def define_integrand(head: FrontMatter, scope: Scope) -> None:
    """``g(a)`` is the integrand that the front matter gives, if the document has no other ``g``."""
    written = head.get("integrand")
    taken = {*scope.symbols, *scope.samples, *scope.noises, *scope.definitions, *scope.explicit}
    if written is None or scope.generic or "g" in taken:
        return
    try:
        scope.definitions["g"] = Definition(scope.record.samples, _expr(written, scope))
    except DeriveError:
        return  # header_of reports it


def _place(head: FrontMatter, written: Entry | None) -> tuple[int, int]:
    entry = written or head.get("family") or head.get("at")
    return (entry.start, entry.end) if entry is not None else (0, 0)


def _first_body(lines: tuple[Line, ...], scope: Scope) -> Expr | None:
    """What stands under the first expectation over the document's own law, best a differentiated one."""
    sides = [side.expr for line in lines for side in (line.left, line.right)]
    derived = [d.body for side in sides for d in sorted(side.atoms(D), key=str)]
    for side in (*derived, *sides):
        for term in sorted(side.atoms(E), key=lambda t: (t.count_ops(), str(t))):
            if term.law == scope.law and not term.body.has(Inert):
                return term.body
    return None


def _subject(
    written: Entry | None,
    first: Expr | None,
    scope: Scope,
    names: tuple[str, ...],
    given: Mapping[str, Rational],
) -> Expectation:
    body = first
    if written is not None:
        body = _expr(written, scope)
    if scope.family is None:
        point = {n: v for n, v in given.items() if n == scope.parameter.name}
        return expectation(
            scope.record, arbitrary_integrand() if body is None else _own(body, scope), None, point
        )
    if body is None:
        return requested(scope.family.name, "1", names, given)
    allowed = {*scope.family.symbols, *scope.family.samples}
    others = sorted((s for s in body.free_symbols - allowed if s.name not in given), key=str)
    values = {**given, **{s.name: v for s, v in zip(others, _GENERIC * len(others))}}
    renamed = {s: Symbol(s.name, real=True) for s in body.free_symbols - allowed}
    return without_touching_bends(expectation(scope.family, body.xreplace(renamed), names, values))


def _own(body: Expr, scope: Scope) -> Expr:
    """The integrand of an arbitrary law, if it depends on nothing but the sample and theta."""
    allowed = {*scope.record.symbols, *scope.record.samples}
    return body if body.free_symbols <= allowed else arbitrary_integrand()


def _expr(entry: Entry, scope: Scope) -> Expr:
    made = expression(entry.value, scope)
    assert isinstance(made, Expr)  # a syntax tree of the grammar is a value
    return made
