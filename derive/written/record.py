"""A judgement as plain data: the ``derivation`` object of the report schema, with the places of lines."""

from __future__ import annotations

from typing import Any

from derive.step import Condition
from derive.written.verdict import Diagnosis, Judgement, LineVerdict


def derivation_object(judgement: Judgement) -> dict[str, Any]:
    """``status``, ``assumptions`` and ``steps`` as everywhere, and the ``problems`` of what was not read."""
    assumed = dict.fromkeys(
        str(c.statement) for v in judgement.lines for c in v.conditions if c.status == "assumed"
    )
    return {
        "status": judgement.status,
        "assumptions": list(assumed),
        "steps": [_step(v, wrt) for v, wrt in _with_parameter(judgement)],
        "problems": [
            {"place": p.span.place, "line": p.span.line, "column": p.span.column, "text": p.span.text,
             "message": p.message, "help": p.help}
            for p in judgement.document.problems
        ],
        "remarks": list(judgement.remarks),
        "unused_assumptions": list(judgement.unused),
        "first_wrong": judgement.first_wrong.line.number if judgement.first_wrong is not None else None,
        "reaches_the_gradient": judgement.reaches_the_gradient,
    }  # fmt: skip


def _with_parameter(judgement: Judgement) -> list[tuple[LineVerdict, str | None]]:
    return [(v, None if c.wrt is None else c.wrt.name) for c in judgement.chains for v in c.lines]


def _step(verdict: LineVerdict, wrt: str | None) -> dict[str, Any]:
    line = verdict.line
    return {
        "wrt": wrt,
        "rule": verdict.rules[-1] if verdict.rules else None,
        "before": line.left.echo,
        "after": line.right.echo,
        "status": verdict.status,
        "conditions": [_condition(c) for c in verdict.conditions],
        "evidence": verdict.evidence,
        "witness": dict(verdict.diagnosis.witness) if verdict.diagnosis is not None else {},
        "number": line.number,
        "line": line.span.line,
        "column": line.span.column,
        "cell": line.span.cell,
        "written": line.span.text,
        "note": line.note,
        "rules": list(verdict.rules),
        "missing": [{"rule": m.rule, "after": str(m.after)} for m in verdict.missing],
        "needs": list(verdict.needs),
        "remarks": list(verdict.remarks),
        "diagnosis": _diagnosis(verdict.diagnosis),
    }


def _condition(condition: Condition) -> dict[str, str]:
    return {
        "statement": str(condition.statement),
        "status": condition.status,
        "evidence": condition.evidence,
    }


def _diagnosis(found: Diagnosis | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "mistake": found.mistake,
        "says": found.says,
        "values": list(found.values) if found.values is not None else None,
        "difference": _text(found.difference),
        "blamed": _text(found.blamed),
        "mended": _text(found.mended),
    }


def _text(term: object) -> str | None:
    return None if term is None else str(term)
