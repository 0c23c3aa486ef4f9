"""A derivation from a file: ``read`` is the whole interface.

The formulas are found, cut into sides at their equality signs and parsed; then the document's names are
settled from the front matter and the formulas; then every side is built. What cannot be read becomes a
problem with its place, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sympy import Expr, Symbol

from derive.written.blocks import Block, blocks_of
from derive.written.declaring import declared_scope
from derive.written.differentiating import Builder
from derive.written.document import Declared, Document, Form, Formula, Line, Problem, Span
from derive.written.echo import echo
from derive.written.front_matter import FrontMatter, front_matter
from derive.written.inferring import completed
from derive.written.parsing import Node, parse
from derive.written.rows import Row, Side, continues, rows_of
from derive.written.scope import Scope
from derive.written.source import Source, load
from derive.written.subject import define_integrand, header_of
from derive.written.unreadable import Unreadable

MAX_PROBLEMS = 100
MAX_FORMULAS = 2_000


def read(source: str | Path, *, form: Form | None = None) -> Document:
    """The document in a file (a ``Path``) or in a text (a ``str``, which needs ``form``).

    Raises ``BadDocument`` for a file that is missing, empty, too large, not text or no notebook. Everything
    else that cannot be read is among the document's ``problems``, each with its place. Nothing is executed.
    """
    path, form, sources = load(source, form)
    reader = _Reader()
    head = front_matter(sources[0], form)
    for i, text in enumerate(sources):
        reader.take(text, form, head.begin if i == 0 else 0, head, first=i == 0)
    return reader.document(path, head)


@dataclass
class _Claim:
    """``left = right`` before it is built, with the notes beside it."""

    left: Side
    right: Side
    chained: bool


@dataclass
class _Reader:
    """Collects claims and problems over the texts of one document."""

    claims: list[_Claim] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    last: Side | None = None
    fresh: bool = True
    open: bool = False
    scope: Scope = field(default_factory=Scope)
    symbols: frozenset[str] = frozenset()
    sources: list[Source] = field(default_factory=list)
    trees: dict[int, Node | None] = field(default_factory=dict)
    built: dict[int, Expr | None] = field(default_factory=dict)
    used: dict[str, Declared] = field(default_factory=dict)

    def report(self, source: Source, error: Unreadable) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(source.span(error.start, error.end), error.message, error.help))

    # From texts to claims ----------------------------------------------------------------------------

    def take(self, source: Source, form: Form, begin: int, head: FrontMatter, first: bool) -> None:
        """The claims of one text."""
        if first:
            self.scope, problems = declared_scope(head)
            self.symbols = frozenset((*self.scope.symbols, *self.scope.samples))
            for error in (*head.problems, *problems):
                self.report(source, error)
        self.sources.append(source)
        blocks, broken, comments = blocks_of(source, form, begin)
        for error in broken:
            self.report(source, error)
        words = {source.span(at, at).line: said for at, said in comments if said}
        for block in blocks:
            if len(self.claims) > MAX_FORMULAS:
                break
            rows = rows_of(block, self.symbols)
            _comment(rows, source, words)
            for i, row in enumerate(rows):
                self._row(row, block, block.before if i == 0 else "", within=i > 0)

    def _row(self, row: Row, block: Block, before: str, within: bool) -> None:
        for error in row.problems:
            self.report(block.source, error)
        sides = list(row.sides)
        first = next((s for s in sides[1:] if s is not None), None)
        if before and first is not None and not first.notes:
            first.notes.append(before)
        if not sides or len(self.claims) > MAX_FORMULAS:
            return
        head = sides.pop(0)
        if head is not None and self._goes_on(head, sides, row, block, within):
            self._join(head)
        elif head is not None and self.open:
            self._claim(head)
        elif head is not None:
            self.last, self.fresh = head, True
        elif self.last is None or row.fresh:
            self._begins_with_equality(sides, block)
        for side in sides:
            if side is not None:
                self._claim(side)
        self.open = row.ends_open

    def _begins_with_equality(self, sides: list[Side | None], block: Block) -> None:
        first = next((s for s in sides if s is not None), None)
        if first is not None:
            message = "this line begins with '=', but nothing stands before it"
            self.report(
                block.source, Unreadable(message, first.start, first.end, "write the left side first")
            )
        self.last = Side(block, broken=True)

    def _goes_on(self, head: Side, rest: list[Side | None], row: Row, block: Block, within: bool) -> bool:
        """Whether a row goes on with the side before: within a display, or after it without an equality."""
        if self.last is None or row.fresh or not continues(head.tokens) or self.open:
            return False
        if self.last.block.source is not block.source:
            return False
        return within or not rest or head.tokens[0].type == "PLUS"

    def _join(self, more: Side) -> None:
        assert self.last is not None  # there is a side that goes on
        self.last.tokens = [*self.last.tokens, *more.tokens]
        self.last.end = more.end
        self.last.notes += more.notes
        self.last.broken = self.last.broken or more.broken

    def _claim(self, side: Side) -> None:
        if self.last is not None:
            self.claims.append(_Claim(self.last, side, not self.fresh))
        self.last, self.fresh = side, False

    # From claims to lines ----------------------------------------------------------------------------

    def document(self, path: str, head: FrontMatter) -> Document:
        sides = self._sides()
        if not sides and not self.problems:
            span = self.sources[0].span(0, 0)
            help = "write equations between $$ and $$, in a ```math block or in an align environment"
            self.problems.append(Problem(span, "no equation was found here", help))
        for side in sides:
            self.trees[id(side)] = self._parsed(side)
        known = [t for t in self.trees.values() if t is not None]
        self.scope, inferred = completed(self.scope, known, frozenset(head.entries))
        define_integrand(head, self.scope)
        lines = tuple(self._lines())
        header, subject, problems = header_of(head, self.scope, lines, inferred)
        for error in problems:
            self.report(self.sources[0], error)
        ordered = sorted(self.problems, key=lambda p: (p.span.cell or 0, p.span.line, p.span.column))
        functions = tuple(self.used.values())
        names = tuple((s.name, n) for s, n in self._names().items())
        return Document(
            path, header, subject, lines, tuple(ordered), functions, names, _summed(lines, self.scope)
        )

    def _sides(self) -> list[Side]:
        found: dict[int, Side] = {}
        for claim in self.claims:
            found |= {id(claim.left): claim.left, id(claim.right): claim.right}
        return list(found.values())

    def _parsed(self, side: Side) -> Node | None:
        if side.broken:
            return None
        try:
            return parse(side.tokens, side.end)
        except Unreadable as error:
            self.report(side.block.source, error)
            return None

    def _lines(self) -> Iterable[Line]:
        number = 0
        for side in self._sides():
            self.built[id(side)] = self._build(side)
        for claim in self.claims:
            left, right = self._formula(claim.left), self._formula(claim.right)
            if left is None or right is None:
                continue
            number += 1
            note = "; ".join(dict.fromkeys(claim.right.notes)) or None
            yield Line(left, "=", right, note, self._span(claim), number, claim.chained)

    def _span(self, claim: _Claim) -> Span:
        """The place of a claim; of a chained one, that of its right side."""
        source = claim.right.block.source
        whole = not claim.chained and claim.left.block is claim.right.block
        return source.span(claim.left.start if whole else claim.right.start, claim.right.end)

    def _formula(self, side: Side) -> Formula | None:
        expr = self.built[id(side)]
        if expr is None:
            return None
        span = side.block.source.span(side.start, side.end)
        return Formula(expr, span, span.text, echo(expr, self._names()))

    def _build(self, side: Side) -> Expr | None:
        tree = self.trees[id(side)]
        if tree is None:
            return None
        source = side.block.source
        builder = Builder(self.scope, source.text)
        try:
            expr: Expr = builder.value(tree)
        except Unreadable as error:
            self.report(source, error)
            return None
        self.used |= builder.used
        return expr

    def _names(self) -> dict[Symbol, str]:
        """The author's names where they differ from those of the symbols; of several, the last declared."""
        named: dict[Symbol, str] = {}
        for table in (self.scope.symbols, self.scope.samples, self.scope.noises):
            for key, symbol in table.items():
                if key in self.scope.seen or symbol not in named:
                    named[symbol] = key
        return {s: k for s, k in named.items() if k != s.name and "[" not in s.name}


def _comment(rows: list[Row], source: Source, comments: dict[int, str]) -> None:
    """LaTeX's comments, by their lines, belong to the row that ends on the same line."""
    for row in rows:
        last = next((s for s in reversed(row.sides) if s is not None), None)
        words = comments.get(source.span(last.end, last.end).line) if last is not None and comments else None
        if last is not None and words:
            last.notes.append(words)


def _summed(lines: tuple[Line, ...], scope: Scope) -> bool:
    """Whether the sample of an arbitrary law is summed over somewhere, and integrated over nowhere."""
    from derive.terms import Int, Total

    if not scope.generic:
        return False
    sample = set(scope.record.samples)
    terms = [f.expr for line in lines for f in (line.left, line.right)]
    totals = any(sample & set(t.variables) for e in terms for t in e.atoms(Total))
    integrals = any(sample & set(t.variables) for e in terms for t in e.atoms(Int))
    return totals and not integrals
