"""What can go wrong with documents, each with what to do about it."""

from __future__ import annotations

from importlib.util import find_spec

from derive.errors import DeriveError

# What each format is made with, by the name that pip knows and the one that Python does.
NEEDED = {
    "html": (("jinja2", "jinja2"), ("typst", "typst"), ("matplotlib", "matplotlib"),
             ("markdown-it-py", "markdown_it")),
    "pdf": (("typst", "typst"),),
}  # fmt: skip


class DocumentError(DeriveError):
    """A document that could not be made, or a place where it must not be written."""


def missing_extra(module: str) -> DocumentError:
    """The error for a library of the extra ``docs`` that is not installed."""
    message = f"documents need '{module}', which is not installed"
    return DocumentError(message, "pip install 'gradproof[docs]'")


def require_extras(formats: tuple[str, ...]) -> None:
    """Raise before any work is done where a library for one of the formats is not installed."""
    for form in formats:
        for name, module in NEEDED.get(form, ()):
            if find_spec(module) is None:
                raise missing_extra(name)
