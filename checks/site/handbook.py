"""The handbook: prose from docs/handbook, and a reference from the registries and the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from checks.catalogue import ROOT, entries
from checks.codes import CODES
from checks.listing import listing
from checks.site.errors import missing_extra

FOLDER = ROOT / "docs" / "handbook"
# What the handbook's contents list first; whatever else there is follows by name.
FIRST = (
    "tutorial", "verify-my-estimator", "written-derivations", "grade-a-class", "add-a-family", "evidence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chapter:
    """A page of the handbook: ``body`` is HTML that was made from Markdown or text of ours."""

    name: str
    title: str
    body: str
    says: str = ""

    @property
    def href(self) -> str:
        """Its place in the site."""
        return f"handbook/{self.name}.html"


def chapters(commands: str = "", folder: Path = FOLDER) -> tuple[Chapter, ...]:
    """The prose in order, then the reference; only the reference where the sources are not at hand.

    ``commands`` is what ``command_line`` says of the program that runs.
    """
    found = {path.stem: path for path in sorted(folder.glob("*.md"))}
    order = [name for name in FIRST if name in found] + [name for name in found if name not in FIRST]
    return (*(_chapter(found[name]) for name in order), *_reference(commands))


def _chapter(path: Path) -> Chapter:
    text = path.read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    first = re.search(r"^(?!#|\s|```|-|\|)(.+?)(?:\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    says = " ".join(first[1].split()) if first else ""
    return Chapter(path.stem, title[1] if title else path.stem, to_html(text), re.sub(r"[`*]", "", says))


def to_html(text: str) -> str:
    """Markdown as HTML; raw HTML in it stays text, and links to other chapters lead to their pages."""
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        raise missing_extra("markdown-it-py") from None
    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    made = re.sub(r'href="([\w-]+)\.md(#[^"]*)?"', r'href="\1.html\2"', made)
    return _anchored(made.replace("<pre>", '<pre tabindex="0">'))


def _anchored(body: str) -> str:
    def with_id(match: re.Match[str]) -> str:
        stem = re.sub(r"[^a-z0-9]+", "-", re.sub(r"<[^>]+>", "", match[2]).lower()).strip("-")
        return f'<h{match[1]} id="{stem}">{match[2]}</h{match[1]}>'

    return re.sub(r"<h([2-4])>(.*?)</h\1>", with_id, body)


def _reference(commands: str) -> Iterator[Chapter]:
    if commands:
        says = "Every command with its options, as --help prints them."
        yield Chapter("command-line", "Reference: the command line", to_html(commands), says)
    for kind in ("families", "estimators", "rules", "mistakes", "checks", "problems"):
        says = f"All {len(entries(kind))} of them."
        yield Chapter(f"reference-{kind}", f"Reference: {kind}", to_html(_records(kind)), says)
    for name, text, says in (
        ("applicability", _applicability(), "Which estimator applies to which family, and why not."),
        ("codes", _codes(), "What E201 and its like mean."),
        ("python", _python(), "What is imported from a program."),
    ):
        yield Chapter(f"reference-{name}", f"Reference: {name}", to_html(text), says)


def command_line(app: click.Group) -> str:
    """Every command with its options, as --help prints them, in Markdown."""
    context = click.Context(app, info_name="python cli.py", terminal_width=100, max_content_width=100)
    parts = ["# Reference: the command line", _fenced(app.get_help(context))]
    for name in app.list_commands(context):
        command = app.get_command(context, name)
        if command is not None:
            inner = click.Context(command, info_name=name, parent=context, max_content_width=100)
            parts += [f"## {name}", _fenced(command.get_help(inner))]
    return "\n\n".join(parts)


def _records(kind: str) -> str:
    parts = [f"# Reference: {kind}"]
    for record in entries(kind):
        parts += [f"## {record.label}", record.says]
        parts += [_plain(record.more)] if record.more else []
        shown = {k: v for k, v in record.fields.items() if isinstance(v, str) and k in _SHOWN}
        parts.append("\n".join(f"- {name}: {_plain(value)}" for name, value in shown.items()))
    return "\n\n".join(parts)


_SHOWN = ("says", "approximates", "requires", "of", "route", "reference", "source")


def _plain(text: str) -> str:
    """reStructuredText's literals as Markdown's, and lines that Markdown would read as something else."""
    return re.sub(r"``(.+?)``", r"`\1`", text).replace("<", "\\<").replace("*", "\\*")


def _applicability() -> str:
    return "# Reference: applicability\n\n" + _fenced(listing(("applicability",)))


def _codes() -> str:
    parts = ["# Reference: codes"]
    for code in CODES.values():
        parts += [f"## {code.code}: {code.title}", _plain(code.meaning)]
        if code.wrong:
            parts.append(_fenced(f"wrong:  {code.wrong}\nright:  {code.right}"))
    return "\n\n".join(parts)


def _python() -> str:
    """The docstrings of what a program imports."""
    import inspect

    parts = ["# Reference: python"]
    for name, thing in _public():
        signature = str(inspect.signature(thing)) if callable(thing) else ""
        parts += [f"## {name}", _fenced(f"{name}{signature}"), _fenced(inspect.getdoc(thing) or "")]
    return "\n\n".join(parts)


def _public() -> Iterator[tuple[str, Any]]:
    import checks
    from checks.comparison.rows import compare
    from derive.certify import equal
    from derive.closed_form import expectation_of
    from derive.deriving import derivations

    for name in checks.__all__:
        yield f"checks.{name}", getattr(checks, name)
    yield "derive.deriving.derivations", derivations
    yield "derive.closed_form.expectation_of", expectation_of
    yield "derive.certify.equal", equal
    yield "checks.comparison.rows.compare", compare


def _fenced(text: str) -> str:
    return f"```\n{text.rstrip()}\n```"
