"""From a subject to its content: the derivations are made, and every formula is written from its object."""

from __future__ import annotations

import inspect
import sys
from functools import cache

from sympy import Basic

from checks.site.content import (
    Content,
    Formula,
    ShownCondition,
    ShownDerivation,
    ShownRule,
    ShownStep,
    Subject,
)
from derive.deriving import derivations, region, requested
from derive.errors import DeriveError, NotApplicable
from derive.expectation import Expectation
from derive.grammar import parse_value
from derive.render import RENDERERS
from derive.render._notation import legend, tidied
from derive.render._typst_terms import typst
from derive.render.latex import latex
from derive.render.latex import render as labelled
from derive.rewriting import is_ordinary
from derive.routes import ROUTES
from derive.rules import RULES
from derive.step import Condition, Derivation, Step

# The documents that are whole as derive writes them.
FORMATS = ("latex", "markdown", "notebook", "text")


def content_of(subject: Subject) -> Content:
    """All that derive says on the subject; a refusal of derive is content too."""
    at = {name: parse_value(text) for name, text in subject.at}
    try:
        found = derivations(subject.check, subject.family, subject.integrand, subject.wrt, at)
    except DeriveError as error:
        return Content(subject, None, (), subject.at, (), (), (), refusal=error.message)
    shown = tuple(map(tidied, found))
    return Content(
        subject=subject,
        statement=written(shown[0].expectation) if shown else None,
        domain=_domain(subject),
        at=_point(subject),
        requires=_requires(subject),
        derivations=tuple(map(_derivation, shown)),
        legend=tuple((written(d), written(d.law)) for d in legend(shown)),
        formats={name: RENDERERS[name](found) for name in FORMATS} | {"latex": labelled(found, subject.slug)},
        source=ROUTES[found[0].route].source if found and found[0].route in ROUTES else "",
    )


def written(term: Basic) -> Formula:
    """A term in every notation."""
    return Formula(str(term), latex(term), typst(term))


def _derivation(derivation: Derivation) -> ShownDerivation:
    done = derivation.steps and derivation.status not in ("condition-failed", "refuted")
    result = derivation.result if done and is_ordinary(derivation.result) else None
    return ShownDerivation(
        wrt=derivation.by,
        route=derivation.route,
        start=written(derivation.steps[0].before) if derivation.steps else written(derivation.expectation),
        steps=tuple(map(_step, derivation.steps)),
        status=derivation.status,
        assumptions=tuple(map(_condition, derivation.assumptions)),
        result=None if result is None else written(result),
    )


def _step(step: Step) -> ShownStep:
    return ShownStep(
        rule=step.rule,
        stem=_stems().get(step.rule, ""),
        after=written(step.after),
        status=step.status,
        conditions=tuple(map(_condition, step.conditions)),
        evidence=step.evidence,
        witness=tuple((str(name), str(value)) for name, value in step.witness),
    )


def _condition(condition: Condition) -> ShownCondition:
    statement = condition.statement
    formula = written(statement) if isinstance(statement, Basic) else None
    return ShownCondition(condition.status, str(statement), formula, condition.evidence)


def rule_of(stem: str) -> ShownRule:
    """A rule as its page shows it, with its counterexample refused before the reader's eyes."""
    rule, module = RULES[stem], sys.modules[f"derive.rules.{stem}"]
    before, context = rule.counterexample()
    says, _, more = (inspect.getdoc(module) or "").partition("\n")
    try:
        refused = tuple(map(_condition, rule.apply(before, context).conditions))
    except NotApplicable as error:
        refused = (ShownCondition("failed", error.message),)
    return ShownRule(
        stem=stem,
        name=rule.name,
        says=says,
        more=more.strip(),
        statement=written(rule.statement),
        counterexample=written(before),
        counterexample_says=inspect.getdoc(rule.counterexample) or "",
        refused=refused,
        source=rule.source,
    )


@cache
def _stems() -> dict[str, str]:
    """The file of each rule by the name that its steps carry."""
    return {RULES[stem].name: stem for stem in RULES}


def _made(subject: Subject) -> Expectation | None:
    if subject.family is None:
        return None
    at = {name: parse_value(text) for name, text in subject.at}
    try:
        return requested(subject.family, subject.integrand or "a**2", subject.wrt, at)
    except (DeriveError, KeyError):
        return None  # a problem of another kind, such as a decision process


def _domain(subject: Subject) -> tuple[Formula, ...]:
    made = _made(subject)
    return () if made is None else tuple(map(written, made.constraints))


def _point(subject: Subject) -> tuple[tuple[str, str], ...]:
    made = _made(subject)
    return subject.at if made is None else tuple((str(s), str(v)) for s, v in made.at)


def _requires(subject: Subject) -> tuple[str, ...]:
    made = _made(subject)
    return () if made is None else (*made.read_as, *map(str, region(made)))
