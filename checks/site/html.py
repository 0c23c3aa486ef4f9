"""The static site: pages from templates, formulas as MathML; nothing on a page is asked of a network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from checks.figures import Figure
from checks.site.content import Content, Formula, ShownCondition, ShownDerivation, Subject
from checks.site.errors import missing_extra
from checks.site.gather import Material
from checks.site.handbook import chapters
from checks.site.mathml import MathML
from checks.site.pages import (
    Row,
    code_of,
    failing_of,
    handbook_index,
    limits_of,
    link_rows,
    sources_of,
)

WORDS = {
    "proved-if": "proved if the assumptions hold",
    "evidence": "true at the points tried",
    "condition-failed": "refused",
}


@dataclass(frozen=True)
class Html:
    """Makes the pages of one build; ``hide_after`` folds later steps away, for teaching.

    ``commands`` is the reference of the command line, in Markdown.
    """

    material: Material
    hide_after: int | None = None
    commands: str = ""

    def files(self) -> dict[str, bytes]:
        """Every page and the style sheet, by relative name."""
        pages = dict(self._pages())
        pages["style.css"] = f"{_asset('style.css')}\n{_math_rules(self.math.css)}"
        made = {name: text.encode() for name, text in pages.items()}
        for subject, gallery in self.material.galleries.items():
            for figure in gallery.figures:
                made[f"{_place(subject, figure)}.svg"] = figure.svg
                made[f"{_place(subject, figure)}.png"] = figure.png
        return made

    def _figures(self, subject: Subject) -> list[dict[str, str]]:
        """What a page says of its pictures."""
        gallery = self.material.galleries.get(subject)
        return [
            {"src": _place(subject, f), "alt": f.alt, "caption": f.caption}
            for f in (gallery.figures if gallery else ())
        ]

    def _pages(self) -> Iterator[tuple[str, str]]:
        for content in self.material.contents:
            yield f"{content.subject.slug}.html", self.page(content)
        for rule in self.material.rules:
            context = {"rule": rule, "used": self._users(rule.stem), "title": rule.name}
            yield f"rules/{rule.stem}.html", self._render("rule.html.j2", 1, context)
        yield from self._indexes()
        yield from self._handbook()

    def _handbook(self) -> Iterator[tuple[str, str]]:
        from markupsafe import Markup

        found = chapters(self.commands)
        for chapter in found:
            context = {"title": chapter.title, "body": Markup(chapter.body)}
            yield chapter.href, self._render("chapter.html.j2", 1, context)
        rows = [Row(c.title, c.href, "", c.says) for c in found]
        yield "handbook/index.html", self._render("index.html.j2", 1, handbook_index(rows))

    def page(self, content: Content) -> str:
        """The page of one derivation."""
        subject = content.subject
        checks = self.material.checks.get(subject, [])
        gallery = self.material.galleries.get(subject)
        context = {
            "page": subject,
            "title": subject.title,
            "content": content,
            "checks": checks,
            "exact": checks[0]["exact"] if checks else {},
            "results": any(d.result for d in content.derivations),
            "assumptions": _assumptions(content),
            "failing": failing_of(content),
            "hide_after": self.hide_after,
            "code": code_of([c["estimator"] for c in checks]),
            "limits": limits_of(content, checks),
            "sources": sources_of(content, [c["estimator"] for c in checks]),
            "derive_command": _command(subject),
            "figures": self._figures(subject),
            "slider": gallery.slider if gallery else None,
        }
        return self._render("derivation.html.j2", 1, context)

    def _indexes(self) -> Iterator[tuple[str, str]]:
        for name, depth, context in link_rows(self.material):
            template = context.pop("template", "index.html.j2")
            yield name, self._render(template, depth, context)

    def _users(self, stem: str) -> list[Row]:
        found = []
        for content in self.material.contents:
            if any(s.stem == stem for d in content.derivations for s in d.steps):
                name = f"{content.subject.check}: {content.subject.title}"
                found.append(Row(name, f"{content.subject.slug}.html", content.status))
        return found

    def _render(self, template: str, depth: int, context: dict[str, Any]) -> str:
        shared = {
            "root": "../" * depth,
            "versions": self.material.versions,
            "version": self.material.versions.get("gradproof", ""),
            "words": WORDS,
        }
        return str(self._environment.get_template(template).render({**shared, **context}))

    @cached_property
    def math(self) -> MathML:
        """The MathML of every formula of the build."""
        return MathML(f.typst for f in self._formulas())

    def _formulas(self) -> Iterator[Formula]:
        for content in self.material.contents:
            if content.statement is not None:
                yield content.statement
            yield from content.domain
            for pair in content.legend:
                yield from pair
            for derivation in content.derivations:
                yield from _formulas_of(derivation)
        for rule in self.material.rules:
            yield from (rule.statement, rule.counterexample)
            yield from (c.formula for c in rule.refused if c.formula is not None)

    @cached_property
    def _environment(self) -> Any:
        try:
            import jinja2
            from markupsafe import Markup
        except ImportError:
            raise missing_extra("jinja2") from None
        made = jinja2.Environment(
            loader=jinja2.PackageLoader("checks.site"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        made.globals["inline"] = lambda formula: Markup(self.math.inline(formula.typst))
        made.globals["display"] = lambda formula: Markup(self.math.display(formula.typst))
        made.filters["anchor"] = anchor
        return made


def _place(subject: Subject, figure: Figure) -> str:
    """Where a picture lies, without its ending."""
    return f"figures/{subject.check}-{figure.name}"


def anchor(name: str) -> str:
    """A parameter's name as part of an anchor: ``L[1,0]`` is ``L-1-0``."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")


def _formulas_of(derivation: ShownDerivation) -> Iterator[Formula]:
    yield derivation.start
    if derivation.result is not None:
        yield derivation.result
    conditions: list[ShownCondition] = [*derivation.assumptions]
    for step in derivation.steps:
        yield step.after
        conditions += step.conditions
    yield from (c.formula for c in conditions if c.formula is not None)


def _assumptions(content: Content) -> Sequence[ShownCondition]:
    return tuple(dict.fromkeys(a for d in content.derivations for a in d.assumptions))


def _command(subject: Subject) -> str:
    import shlex

    words = ["python", "cli.py", "derive", subject.check]
    for flag, value in (("--family", subject.family), ("--integrand", subject.integrand)):
        words += [flag, value] if value else []
    if subject.at:
        words += ["--at", ",".join(f"{name}={value}" for name, value in subject.at)]
    if subject.wrt:
        words += ["--wrt", ",".join(subject.wrt)]
    return shlex.join(words)


def _math_rules(css: str) -> str:
    """Typst's own rules for its MathML, which come after ours."""
    return f"/* from Typst, for its MathML */\n{css}"


def _asset(name: str) -> str:
    from importlib.resources import files

    return files("checks.site").joinpath("templates", name).read_text(encoding="utf-8")
