"""Renderers, one file each: ``render(derivations) -> str`` for text, LaTeX, Markdown, Typst, notebook, JSON.

They read ``Derivation`` and nothing else, so no document can show a step that was not judged.
"""

from __future__ import annotations

from collections.abc import Callable

from derive.registry import Registry
from derive.step import Derivation

Renderer = Callable[[tuple[Derivation, ...]], str]

RENDERERS: Registry[Renderer] = Registry(__name__, "render", "format")
