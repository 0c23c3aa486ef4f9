"""The only maker of steps: a named rule acts, its side conditions are judged, an oracle judges again.

A claimed step is never trusted: ``check`` replays the rule on ``before`` and compares, then evaluates
both sides at rational points by quadrature that shares nothing with the rule but the terms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Basic, Expr

from .context import Context
from .errors import NotApplicable
from .oracle import Comparison, compare
from .step import Condition, Step, StepStatus


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule makes of a term: the new term, and the side conditions with their status."""

    after: Expr
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rewriting rule with its side conditions.

    ``statement`` is what documents print: the equation itself, over generic terms. ``apply`` raises
    ``NotApplicable`` where there is nothing to act on. ``counterexample()`` is a term that the rule
    must refuse, with its context: applied to it, some condition fails.
    """

    name: str
    statement: Basic
    apply: Callable[[Expr, Context], Outcome]
    counterexample: Callable[[], tuple[Expr, Context]]
    source: str


def apply(rule: Rule, before: Expr, context: Context) -> Step:
    """The step that ``rule`` makes from ``before``; raises ``NotApplicable`` where it has nothing to do."""
    outcome = rule.apply(before, context)
    return _judged(rule.name, before, outcome.after, outcome.conditions, context, justified=True)


def check(rule: Rule, before: Expr, after: Expr, context: Context) -> Step:
    """Judge a claimed step ``before = after`` by ``rule``, whoever wrote it."""
    try:
        outcome = rule.apply(before, context)
    except NotApplicable:
        return _judged(rule.name, before, after, (), context, justified=False)
    justified = outcome.after == after
    return _judged(rule.name, before, after, outcome.conditions, context, justified)


def _judged(
    name: str,
    before: Expr,
    after: Expr,
    conditions: tuple[Condition, ...],
    context: Context,
    justified: bool,
) -> Step:
    failed = any(c.status == "failed" for c in conditions)
    judge = context.judged_by
    seen: Comparison = judge(before, after) if judge else compare(before, after, context)
    status = _status(justified, failed, conditions, seen)
    return Step(name, before, after, status, conditions, seen.evidence, seen.witness)


def _status(justified: bool, failed: bool, conditions: tuple[Condition, ...], seen: Comparison) -> StepStatus:
    """Not refuted never becomes true: only a rule with all its conditions proves a step."""
    if failed:
        return "condition-failed"
    if seen.outcome == "differs":
        return "refuted"
    if seen.outcome == "unknown":
        return "undecided"
    if not justified:
        return "evidence"
    return "proved-if" if any(c.status == "assumed" for c in conditions) else "proved"
