"""One build: gather, render in the formats asked for, and write all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from checks.catalogue import names
from checks.site import markdown, pdf
from checks.site.content import Content
from checks.site.errors import DocumentError
from checks.site.gather import Material, Progress, gather
from checks.site.html import Html
from checks.site.subjects import subjects
from derive.cache import Cache

FORMATS = ("html", "pdf", "latex", "markdown", "notebook")


@dataclass(frozen=True, slots=True)
class Order:
    """What to build: ``checks`` (all of them where empty), ``formats``, and steps to fold away.

    ``commands`` is the reference of the command line, in Markdown.
    """

    checks: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("html",)
    hide_after: int | None = None
    commands: str = ""


def material_of(
    order: Order, report: dict[str, Any] | None, folder: Path | None, workers: int, progress: Progress
) -> Material:
    """Contents, rules and verdicts; ``report`` is that of ``verify`` on the same checks."""
    about = subjects(order.checks)
    made = gather(about, names("rules"), report, folder, workers, progress)
    if "html" not in order.formats:
        return made
    from checks.site.pictures import galleries

    return replace(made, galleries=galleries(about, Cache(folder), workers))


def files_of(order: Order, material: Material) -> dict[str, bytes]:
    """Every file of the build by relative name."""
    made: dict[str, bytes] = {}
    for form in order.formats:
        if form == "html":
            made |= Html(material, order.hide_after, order.commands).files()
            made |= {**_whole(material, "latex", "tex"), **_whole(material, "notebook", "ipynb")}
            made |= markdown.files(material)
        elif form == "pdf":
            made |= pdf.files(material)
        elif form == "markdown":
            made |= markdown.files(material)
        else:
            made |= _whole(material, form, {"latex": "tex", "notebook": "ipynb"}[form])
    return made


def _whole(material: Material, form: str, ending: str) -> dict[str, bytes]:
    """The documents that derive wrote whole."""
    found = ((c.subject.slug, c.formats.get(form)) for c in material.contents)
    return {f"{slug}.{ending}": text.encode() for slug, text in found if text is not None}


def formats(text: str) -> tuple[str, ...]:
    """``html,pdf`` as names; raises ``DocumentError`` for one that there is not."""
    asked = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in asked:
        if name not in FORMATS:
            raise DocumentError(f"there is no format '{name}'", f"the formats are {', '.join(FORMATS)}")
    if not asked:
        raise DocumentError("no format was named", f"the formats are {', '.join(FORMATS)}")
    return asked


def fragment_of(contents: Sequence[Content], wanted: str) -> str:
    """One step as LaTeX: ``reparam/normal-a-pow-2:3`` or, of another parameter, ``...:sigma-3``.

    Raises ``DocumentError`` where there is no such page or step.
    """
    slug, _, place = wanted.partition(":")
    found = [c for c in contents if slug in (c.subject.slug, f"{c.subject.check}/{c.subject.family}")]
    if not found:
        near = ", ".join(c.subject.slug for c in contents[:3])
        raise DocumentError(f"no page is called '{slug}'", f"pages are called like {near}")
    content = found[0]
    name, _, number = place.rpartition("-")
    chosen = [d for d in content.derivations if not name or d.wrt == name]
    if not chosen or not number.isdigit() or not 1 <= int(number) <= len(chosen[0].steps):
        have = ", ".join(f"{d.wrt}-1 to {d.wrt}-{len(d.steps)}" for d in content.derivations)
        raise DocumentError(f"'{content.subject.slug}' has no step '{place}'", f"it has {have}")
    derivation, i = chosen[0], int(number) - 1
    before = derivation.steps[i - 1].after if i else derivation.start
    step = derivation.steps[i]
    return f"% {step.rule}: {step.status}\n\\[ {before.latex} = {step.after.latex} \\]\n"
