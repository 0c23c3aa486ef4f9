"""A file with a derivation, as a report: read, judged line by line, and one check in the report's schema."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from checks.suite import Outcome
from checks.verdict import CheckResult, Report, Verdict
from derive.errors import DeriveError

if TYPE_CHECKING:
    from derive.written.document import Document
    from derive.written.verdict import Judgement

CHECK = "written"


class BadDocument(DeriveError):
    """A file of which no line can be judged: empty, without formulas, or with a header that is a problem."""


def verify(target: str, seed: int = 0, progress: Callable[[int, int, str], None] | None = None) -> Report:
    """Judge the derivation in the file ``target``; ``progress`` hears of each line before it is judged.

    Lines that cannot be read are reported with their place, and the other lines go on. Raises ``BadDocument``
    where there is no line to judge at all, and ``DeriveError`` where the expectation itself does not exist.
    """
    from derive.written.judging import judge
    from derive.written.reading import read

    started = time.perf_counter()
    path = Path(target)
    if not path.is_file():
        raise BadDocument(f"there is no file '{target}'", "give the path of a .md, .tex or .ipynb file")
    document = read(path)
    _refuse_empty(document, target)
    judgement = judge(document, progress)
    return Report(target, seed, (_result(judgement, target, time.perf_counter() - started),))


def _refuse_empty(document: Document, target: str) -> None:
    if document.lines and document.subject is not None:
        return
    if not document.problems:
        raise BadDocument(
            f"{target} has no formula",
            "write the derivation between $$ and $$, in a ```math block, or in align",
        )
    first = document.problems[0]
    more = f"; {len(document.problems) - 1} more" if len(document.problems) > 1 else ""
    raise BadDocument(f"{target}: {first.span.place}: {first.message}{more}", first.help)


def _result(judgement: Judgement, target: str, seconds: float) -> CheckResult:
    from derive.written.record import derivation_object

    document, subject = judgement.document, judgement.document.subject
    assert subject is not None  # a document without one has no line to judge
    outcome, reason = outcome_of(judgement)
    wrong = judgement.first_wrong
    told = wrong.diagnosis if wrong is not None else None
    diagnosis = {"mistake": told.mistake, "says": told.says} if told is not None and told.mistake else None
    verdict = Verdict(outcome, "none" if outcome == "inconclusive" else "exact", reason, diagnosis=diagnosis)
    return CheckResult(
        id=f"{CHECK}/{target}",
        check=CHECK,
        family=document.header.family or "arbitrary",
        integrand=document.header.integrand or str(subject.integrand),
        at={s.name: str(v) for s, v in subject.at},
        wrt=tuple(s.name for s in subject.wrt),
        estimator="",
        expected="agrees",
        verdict=verdict,
        gradient=_gradient(judgement),
        derivation=derivation_object(judgement),
        exact={},
        reproduce=f"python cli.py verify {target}",
        seconds=seconds,
    )


def _gradient(judgement: Judgement) -> Mapping[str, str | None]:
    return {c.wrt.name: None if c.gradient is None else str(c.gradient)
            for c in judgement.chains if c.wrt is not None}  # fmt: skip


def outcome_of(judgement: Judgement) -> tuple[Outcome, str]:
    """What the judgement comes to, and why, in one sentence.

    ``agrees``: every line holds, and the gradients that were asked for are reached. ``refuted``: a line is
    wrong. ``inconclusive``: something could not be read or decided, or the end is not the gradient asked for.
    """
    wrong = judgement.first_wrong
    if wrong is not None:
        assert wrong.diagnosis is not None  # a wrong line always has one
        return "refuted", f"line {wrong.line.number} ({wrong.place}) does not hold: {wrong.diagnosis.says}"
    document = judgement.document
    if document.problems:
        places = ", ".join(p.span.place for p in document.problems)
        return "inconclusive", f"what was read holds; not read: {places}"
    open_lines = [v for v in judgement.lines if v.status == "undecided"]
    if open_lines:
        numbers = ", ".join(str(v.line.number) for v in open_lines)
        return "inconclusive", f"no line is wrong; not decided: line {numbers}"
    if not judgement.reaches_the_gradient and "wrt" not in document.header.inferred:
        remark = f": {judgement.remarks[0]}" if judgement.remarks else ""
        return "inconclusive", f"every line holds, but they do not end at the gradient{remark}"
    return "agrees", _how(judgement)


def _how(judgement: Judgement) -> str:
    counts: dict[str, int] = {}
    for verdict in judgement.lines:
        counts[verdict.status] = counts.get(verdict.status, 0) + 1
    words = {
        "proved-if": "proved if the assumptions hold",
        "evidence": "true at the points tried, not proved",
    }
    return "every line holds: " + ", ".join(
        f"{n} {words.get(status, status)}" for status, n in counts.items()
    )
