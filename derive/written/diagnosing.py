"""What is wrong with a line that does not hold: where, by how much, what it looks like, what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from sympy import Expr, cancel, factor_terms, together

from derive.rewriting import is_ordinary
from derive.step import Condition
from derive.terms import D
from derive.written.arithmetic import small
from derive.written.canonical import unfolded
from derive.written.counterexample import counterexample
from derive.written.edits import Edit
from derive.written.explaining import Explanation, applied, explained, folded, rule_called
from derive.written.factors import Line, by_factor, by_term
from derive.written.mistakes import recognised
from derive.written.replacements import specific, telling
from derive.written.situation import Situation
from derive.written.values import Places, places
from derive.written.verdict import Diagnosis

# Edits whose values were right at the spots, but that the oracle would not confirm, before one gives up.
MOST_UNCONFIRMED = 3
# Edits that are evaluated for one line, and those whose line is true that are held against the rules.
MOST_EDITS, MOST_CONFIRMED = 600, 8
# Beyond this size a closed form is not brought over one denominator, which may take seconds.
MOST_CANCELLED = 60


def diagnosed(
    left: Expr, right: Expr, where: Situation, found: Explanation | None, infinite: bool = False
) -> Diagnosis:
    """The diagnosis of a refuted line; ``found`` is its explanation by a rule whose condition fails.

    ``infinite`` says that the right side diverges: it has no values to compare.
    """
    met = None if infinite else counterexample(left, right, where)
    edit, line = _mending(left, right, where, found, infinite)
    named = recognised(edit, line) if edit is not None and line is not None else None
    said = _says(edit, named.says if named is not None else None, found)
    if met is not None and met.instance:
        said = f"{said}; seen for {met.instance}"
    return Diagnosis(
        says=said,
        witness=met.point if met is not None else (),
        values=met.values if met is not None else None,
        difference=_difference(left, right, edit, where),
        blamed=_blamed(edit, right),
        mistake=named.name if named is not None else None,
        mended=edit.made if edit is not None else None,
    )


def _mending(
    left: Expr, right: Expr, where: Situation, found: Explanation | None, infinite: bool
) -> tuple[Edit | None, Line | None]:
    """The first edit that the oracle confirms; under a derivative that both sides have, of what it is of."""
    inside = isinstance(left, D) and isinstance(right, D) and left.theta == right.theta
    if inside and where.compare(left.body, right.body).outcome == "differs":
        edit, line = _mending(left.body, right.body, where, None, infinite)
        if edit is not None:
            return replace(edit, made=D(edit.made, right.theta)), line
    spots = places(where, left, right)
    target = spots.row(left)
    line = Line(left, right, spots, target or ())
    by_rule = _by_condition(left, right, where, found)
    if by_rule is not None:
        return by_rule, line
    if target is None:
        return None, None
    tried = chain(specific(line), telling(line)) if infinite else _slips(line)
    return _believed(left, where, _confirmed(left, right, where, spots, target, tried)), line


def _confirmed(
    left: Expr, right: Expr, where: Situation, spots: Places, target: tuple[float, ...], tried: Iterator[Edit]
) -> Iterator[Edit]:
    """Edits that make the line true, as far as the oracle sees, in the order in which they come."""
    unconfirmed = 0
    for edit in islice(tried, MOST_EDITS):
        if edit.made == right or not spots.agree(edit.made, target):
            continue
        if where.compare(left, edit.made).outcome == "agrees":
            yield edit
            continue
        unconfirmed += 1
        if unconfirmed >= MOST_UNCONFIRMED:
            return


def _believed(left: Expr, where: Situation, confirmed: Iterator[Edit]) -> Edit | None:
    """The first edit whose line a rule makes; else the first, which may be equal by accident."""
    seen: dict[Expr, Edit] = {}
    for edit in confirmed:
        if edit.made in seen:
            continue
        if explained(left, edit.made, where.context) is not None:
            return edit
        seen[edit.made] = edit
        if len(seen) >= MOST_CONFIRMED:
            break
    return next(iter(seen.values()), None)


def _slips(line: Line) -> Iterator[Edit]:
    """All edits, in the order in which they are believed."""
    whole = _closed(line.left, line.places.where) if line.right == 0 else None
    if whole is not None:
        yield Edit("missing", whole, line.right, whole)
    yield from specific(line)
    yield from by_factor(line, "plain")
    yield from by_term(line)
    yield from by_factor(line)
    yield from telling(line)
    yield from by_factor(line, "rare")
    yield from small(line)


def _by_condition(left: Expr, right: Expr, where: Situation, found: Explanation | None) -> Edit | None:
    """A line that a rule makes whose condition fails: mended by Leibniz' rule, which has the lost terms."""
    failed = failed_conditions(found)
    if not failed:
        return None
    name = (
        "jump"
        if "jump" in str(failed[0].statement)
        else "end"
        if "ends of" in str(failed[0].statement)
        else ""
    )
    for side in (left, unfolded(left)):
        outcome = applied(rule_called("leibniz"), side, where.context)
        if outcome is not None and where.compare(left, outcome.after).outcome == "agrees":
            return Edit("condition", outcome.after, right, outcome.after, name=name)
    return Edit("condition", right, right, right, name=name)


def failed_conditions(found: Explanation | None) -> tuple[Condition, ...]:
    """The conditions of an explanation that fail."""
    return tuple(c for c in found.conditions if c.status == "failed") if found is not None else ()


def _says(edit: Edit | None, known: str | None, found: Explanation | None) -> str:
    failed = failed_conditions(found)
    if failed:
        because = "; ".join(
            f"{c.statement}: {c.evidence}" if c.evidence else str(c.statement) for c in failed
        )
        start = f"this line {known}" if known else "this line uses a rule whose condition fails"
        return f"{start}: it needs that {because}"
    if edit is None:
        return "this line is not equal to the one before, and no single change was found that would mend it"
    if known is not None:
        return f"this line {known}"
    return "this line is mended by one change"


def _blamed(edit: Edit | None, right: Expr) -> Expr | None:
    if edit is None:
        return right
    if edit.kind == "missing":
        return None
    return edit.was if edit.was is not None else edit.piece


def _difference(left: Expr, right: Expr, edit: Edit | None, where: Situation) -> Expr:
    """Right minus left, in closed form where that is known, else as the term that the edit changed."""
    closed = _closed(right - left, where)
    if closed is not None:
        return closed
    if edit is not None and edit.kind == "missing":
        return -edit.now
    if edit is not None and edit.kind in ("factor", "superfluous"):
        return factor_terms((1 - edit.now) * edit.piece)
    return right - left


def _closed(term: Expr, where: Situation) -> Expr | None:
    """The term with every expectation and derivative evaluated; None where that is not known."""
    for candidate in _evaluated(term, where):
        if is_ordinary(candidate):
            return _shortest(candidate)
    return None


def _shortest(closed: Expr) -> Expr:
    """The shortest of a few forms; larger ones are left as they are."""
    forms = [closed, factor_terms(closed.expand())]
    if closed.count_ops() <= MOST_CANCELLED:
        forms.append(cancel(together(closed)))
        forms.append(factor_terms(forms[-1]))
    return min(forms, key=lambda form: form.count_ops())


def _evaluated(term: Expr, where: Situation) -> Iterator[Expr]:
    yield term
    if where.generic:
        return
    made = term
    for stem in ("slope_of_density", "score", "differentiate", "moments", "sum_written_out", "differentiate"):
        target = folded(unfolded(made)) if stem == "moments" else made
        outcome = applied(rule_called(stem), target, where.context)
        made = outcome.after if outcome is not None else made
        yield made


def closed_form(term: Expr, where: Situation) -> Expr | None:
    """A term without an integral or derivative that equals ``term``; None where none is known."""
    return _closed(term, where)
