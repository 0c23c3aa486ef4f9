"""Derivations as the ``gradient`` and ``derivation`` objects of the report schema."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from derive.render._notation import tidied
from derive.step import STRENGTH, Condition, Derivation, Step


def render(derivations: tuple[Derivation, ...]) -> str:
    """A JSON document with one gradient per parameter and all steps in order."""
    gradient = {d.by: str(d.result) if d.steps else None for d in derivations}
    document = {"gradient": gradient, "derivation": derivation_object(derivations)}
    return json.dumps(document, indent=2, ensure_ascii=False)


def derivation_object(derivations: tuple[Derivation, ...]) -> dict[str, Any]:
    """``status`` (the weakest), ``assumptions`` (the union) and ``steps`` (each with its parameter)."""
    assumed = dict.fromkeys(str(c.statement) for d in derivations for c in d.assumptions)
    return {
        "status": max((d.status for d in derivations), key=STRENGTH.index, default="undecided"),
        "assumptions": list(assumed),
        "steps": [step for d in derivations for step in steps_of(d)],
    }


def steps_of(derivation: Derivation) -> list[dict[str, Any]]:
    """The steps as plain records, each with the parameter it is about."""
    return [{"wrt": derivation.by, **_step(step)} for step in tidied(derivation).steps]


def _step(step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule,
        "before": _text(step.before),
        "after": _text(step.after),
        "status": step.status,
        "conditions": [_condition(c) for c in step.conditions],
        "evidence": step.evidence,
        "witness": dict(step.witness),
    }


@lru_cache(maxsize=1024, typed=True)
def _text(said: object) -> str:
    """What one step ends with the next one begins with, and conditions recur: each is printed once."""
    return str(said)


def _condition(condition: Condition) -> dict[str, str]:
    return {
        "statement": _text(condition.statement),
        "status": condition.status,
        "evidence": condition.evidence,
    }
