"""What stands on pages beside derivations: what failed, what is not shown, code, sources, indexes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checks.catalogue import entries, entry, names
from checks.site.content import Content, ShownCondition
from checks.site.gather import Material
from checks.site.graph import graph_of


@dataclass(frozen=True, slots=True)
class Row:
    """A link of an index, with the status of what it leads to."""

    name: str
    href: str
    status: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Failing:
    """The first step that fails, and the condition by which."""

    anchor: str
    number: int
    rule: str
    status: str
    condition: ShownCondition | None
    evidence: str


def failing_of(content: Content) -> Failing | None:
    """The first wrong step of a page: the cause, which stands on top."""
    from checks.site.html import anchor

    for derivation in content.derivations:
        for number, step in enumerate(derivation.steps, 1):
            if step.status in ("refuted", "condition-failed"):
                failed = next((c for c in step.conditions if c.status == "failed"), None)
                place = f"{anchor(derivation.wrt)}-{number}"
                return Failing(place, number, step.rule, step.status, failed, step.evidence)
    return None


def limits_of(content: Content, checks: Sequence[dict[str, Any]]) -> list[str]:
    """What a reader might take the page to show, and it does not."""
    limits = []
    if any(d.status == "proved-if" for d in content.derivations):
        limits.append("The assumptions are hypotheses of the statement: they are stated, not proved.")
    if content.at:
        limits.append(
            "The derivation holds at the point and, its conditions being strict, near it; far from it the "
            "closed form may be another."
        )
    if any(s.evidence for d in content.derivations for s in d.steps):
        limits.append(
            "The second judge compares both sides of a step numerically at rational points: it can refute a "
            "step, and by itself proves none."
        )
    if any(c["evidence"] == "exact" for c in checks):
        limits.append(
            "Exact evidence is quadrature of the code's own noise: a bias below the last column would not "
            "have been noticed, nor a jump that weighs less."
        )
    if any(c["evidence"] == "sampling" for c in checks):
        limits.append(
            "Evidence by sampling has two error rates: right code is refuted with probability 1e-6 at most, "
            "and a bias above the last column is missed with probability 1e-3 at most."
        )
    return limits or ["Nothing beyond the statement."]


def code_of(estimators: Sequence[str]) -> list[tuple[str, str]]:
    """The Torch code of each estimator, as it ran."""
    from checks.mistakes import estimator_called
    from derive.errors import DeriveError

    found = []
    for name in dict.fromkeys(estimators):
        try:
            found.append((name, inspect.getsource(estimator_called(name).estimate).rstrip()))
        except (DeriveError, OSError, TypeError):
            continue  # a record whose code is assembled, with no text of its own
    return found


def sources_of(content: Content, estimators: Sequence[str]) -> list[str]:
    """Where the route and the estimators are published."""
    from checks.mistakes import estimator_called
    from derive.errors import DeriveError

    found = [content.source] if content.source else []
    for name in dict.fromkeys(estimators):
        try:
            found.append(estimator_called(name).source)
        except DeriveError:
            continue
    return list(dict.fromkeys(found))


def link_rows(material: Material) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """The index pages: file name, depth below the root, and what its template is given."""
    contents = material.contents
    checks = list(dict.fromkeys(c.subject.check for c in contents))
    yield "index.html", 0, _front(material, checks)
    for check in checks:
        rows = [_row(c) for c in contents if c.subject.check == check]
        says = entry("checks", check.replace("-", "_")).says
        yield f"{check}/index.html", 1, _index(check, [says], [_group("", rows)])
    yield "families.html", 0, _by_family(material)
    yield "estimators.html", 0, _by_estimator(material)
    rules = [Row(r.name, f"rules/{r.stem}.html", "", r.says) for r in material.rules]
    yield "rules/index.html", 1, _index("Rules", ["The only makers of steps."], [_group("", rules)])
    yield "graph.html", 0, {"template": "graph.html.j2", "title": "Graph", "graph": graph_of(material)}
    yield "search.html", 0, _search(material)


def _front(material: Material, checks: Sequence[str]) -> dict[str, Any]:
    groups = []
    for check in checks:
        rows = [_row(c) for c in material.contents if c.subject.check == check]
        says = entry("checks", check.replace("-", "_")).says
        groups.append(_group(check, rows, says, f"{check}/index.html"))
    intro = [
        "Gradients of expectations, derived step by step and held against Torch. "
        "Every formula on these pages is written from the object that was checked."
    ]
    return _index("Derivations", intro, groups)


def _by_family(material: Material) -> dict[str, Any]:
    groups = []
    for family in entries("families"):
        rows = [_row(c) for c in material.contents if c.subject.family == family.name]
        groups.append(_group(family.name, rows, family.says))
    return _index("Families", [], groups)


def _by_estimator(material: Material) -> dict[str, Any]:
    groups = []
    kinds = [(kind, name) for kind in ("estimators", "higher_order_estimators") for name in names(kind)]
    for kind, name in kinds:
        rows = [
            _row(content)
            for content in material.contents
            if any(c["estimator"] == name for c in material.checks.get(content.subject, []))
        ]
        groups.append(_group(name.replace("_", " "), rows, entry(kind, name).says))
    return _index("Estimators", [], groups)


def handbook_index(rows: Sequence[Row]) -> dict[str, Any]:
    """The contents of the handbook: prose first, then the reference."""
    prose = [row for row in rows if not row.name.startswith("Reference")]
    reference = [row for row in rows if row.name.startswith("Reference")]
    groups = [_group("", prose), _group("Reference", reference)]
    return _index("Handbook", [], groups)


def _search(material: Material) -> dict[str, Any]:
    rows = []
    for content in material.contents:
        words = " ".join(
            dict.fromkeys(
                [
                    *(s.rule for d in content.derivations for s in d.steps),
                    *(d.result.text for d in content.derivations if d.result),
                    *(c["estimator"] for c in material.checks.get(content.subject, [])),
                ]
            )
        )
        row = _row(content)
        rows.append({"name": row.name, "href": row.href, "says": content.subject.check, "words": words})
    rows += [
        {"name": r.name, "href": f"rules/{r.stem}.html", "says": r.says, "words": r.statement.text}
        for r in material.rules
    ]
    return {"template": "search.html.j2", "title": "Search", "rows": rows}


def _row(content: Content) -> Row:
    return Row(content.subject.title, f"{content.subject.slug}.html", content.status)


def _group(name: str, rows: Sequence[Row], says: str = "", href: str = "") -> dict[str, Any]:
    return {"name": name, "rows": rows, "says": says, "href": href}


def _index(heading: str, intro: Sequence[str], groups: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"title": heading, "heading": heading, "intro": intro, "groups": groups}
