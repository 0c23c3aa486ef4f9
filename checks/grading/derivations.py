"""A written derivation for grading: judged line by line by ``derive.written``, kept as plain data.

The assignment says what the derivation is about: a header about another expectation, or about fewer
parameters, gains nothing. Nothing that a student writes is executed.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from checks.grading.assignment import Written
from checks.grading.collecting.code import text
from checks.grading.collecting.names import shown
from checks.grading.errors import Unreadable
from checks.user.errors import NotReturned
from checks.user.watchdog import limited
from derive.errors import DeriveError

if TYPE_CHECKING:
    from derive.expectation import Expectation
    from derive.written.document import Document, Form
    from derive.written.marks import Part
    from derive.written.verdict import Judgement, LineVerdict

# Seconds for one document; a page of lines takes a few.
LONGEST = 60.0
UNIT = Fraction(1)


def judged(task: Written, name: str, data: bytes) -> dict[str, Any]:
    """What was found; ``shares`` has for each item of the rubric ``[part, whole]``, None for a person."""
    nothing = dict.fromkeys(task.rubric)
    found: dict[str, Any] = {"task": task.name, "file": name, "problem": None, "shares": nothing, "says": ""}
    found |= {"mistake": "", "where": "", "evidence": [], "lines": []}
    try:
        with limited(LONGEST):
            return found | _judged(task, name, data)
    except NotReturned:
        return found | {"says": f"not decided within {LONGEST:g} s: a person will read it"}
    except (Unreadable, _NotAsked) as error:
        return found | {"problem": error.message, "says": error.message}
    except DeriveError as error:
        return found | {"says": f"a person will read it: {shown_long(error.message)}"}


class _NotAsked(DeriveError):
    """The derivation is about something else."""


def _judged(task: Written, name: str, data: bytes) -> dict[str, Any]:
    from derive.written.judging import judge
    from derive.written.marks import Rubric, marks
    from derive.written.reading import read
    from derive.written.source import BadDocument

    form = cast("Form", name.rpartition(".")[2].lower())
    try:
        document = read(data.decode() if form == "ipynb" else text(data), form=form)
    except (BadDocument, UnicodeDecodeError) as error:
        said = error.message if isinstance(error, BadDocument) else "it is not UTF-8"
        raise Unreadable(said, None) from None
    judgement = judge(_about_what_was_asked(document, task))
    rules = tuple((rule, UNIT) for rule in task.rubric if rule not in ("steps", "result", "conditions"))
    reached = marks(judgement, Rubric(UNIT, UNIT, UNIT, rules))
    return {
        **_words(judgement),
        "shares": {part.name: _share(part) for part in reached.parts},
        "why": {part.name: part.why for part in reached.parts},
    }


def _share(part: Part) -> list[int] | None:
    if part.score is None:
        return None
    share = part.score / part.out_of
    return [share.numerator, share.denominator]


def asked(task: Written) -> Expectation | None:
    """The expectation of the task; None for an arbitrary law. Raises ``DeriveError`` where it is none."""
    from derive.deriving import requested

    if task.family is None:
        return None
    return requested(task.family, task.integrand or "", task.wrt, None)


def _about_what_was_asked(document: Document, task: Written) -> Document:
    """The document with the parameters of the task; raises ``_NotAsked`` where it is about something else."""
    from sympy import expand

    wanted, subject = asked(task), document.subject
    if subject is None:
        return document
    if wanted is None:
        if document.header.family is not None:
            raise _NotAsked(f"it is about {document.header.family}; an arbitrary law was asked for")
        return document
    if subject.family.name != wanted.family.name:
        raise _NotAsked(f"it is about {subject.family.name}; {wanted.family.name} was asked for")
    if expand(subject.integrand - wanted.integrand) != 0:
        raise _NotAsked(
            f"it is about E[{shown(str(subject.integrand))}]; E[{wanted.integrand}] was asked for"
        )
    return replace(document, subject=replace(subject, wrt=wanted.wrt))


def _words(judgement: Judgement) -> dict[str, Any]:
    """What its author is told: the first line that does not hold, and where; nothing about how it would."""
    wrong = judgement.first_wrong
    lines = [{"place": v.place, "status": v.status, "rules": list(v.rules)} for v in judgement.lines]
    if wrong is None:
        return {"says": _summary(judgement), "lines": lines, "where": _unread(judgement)}
    diagnosis = wrong.diagnosis
    return {
        "says": f"the first line that does not hold is in {wrong.place}",
        "where": wrong.place,
        "mistake": "" if diagnosis is None else shown_long(diagnosis.says),
        "evidence": _witness(wrong),
        "lines": lines,
    }


def _summary(judgement: Judgement) -> str:
    problems = judgement.document.problems
    if problems:
        first = problems[0]
        return f"{len(problems)} formulas cannot be read: {shown_long(first.message)}"
    said = "every line holds" if judgement.lines else "; ".join(judgement.remarks) or "there is no line"
    ends = "the gradient is reached" if judgement.reaches_the_gradient else "the gradient is not reached"
    return f"{said}; {ends}" if judgement.lines else said


def _unread(judgement: Judgement) -> str:
    problems = judgement.document.problems
    return problems[0].span.place if problems else ""


def _witness(wrong: LineVerdict) -> list[str]:
    diagnosis = wrong.diagnosis
    if diagnosis is None or diagnosis.values is None:
        return []
    at = ", ".join(f"{name} = {value}" for name, value in diagnosis.witness)
    left, right = diagnosis.values
    return [f"at {at} its sides are {left} and {right}" if at else f"its sides are {left} and {right}"]


def shown_long(words: str) -> str:
    """Words that may quote a student, line by line harmless, and not longer than a page."""
    return "\n".join(shown(line, 400) for line in words.splitlines()[:20])
