"""Derivations as a Jupyter notebook (nbformat 4.5), written without the nbformat package.

Jupyter's HTML sanitizer escapes MathML, so formulas are LaTeX between dollars.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from derive.render.markdown import sections
from derive.step import Derivation


def render(derivations: tuple[Derivation, ...]) -> str:
    """A notebook: a section per parameter, and a cell in which the gradient can be taken up in SymPy."""
    cells = [_markdown(text) for text in sections(derivations, dollars=True)]
    cells.append(_code(_gradients(derivations)))
    for number, cell in enumerate(cells):
        # Identifiers must be unique and the same in every build.
        cell["id"] = sha256(f"{number}{cell['source']}".encode()).hexdigest()[:12]
    language = {"name": "python"}
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": language,
    }
    document = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _gradients(derivations: tuple[Derivation, ...]) -> str:
    """Python that builds each result from its exact tree of constructors."""
    from sympy import srepr

    results = {d.by: d.result for d in derivations if d.steps}
    plain = {name: srepr(r) for name, r in results.items() if not _inert(r)}
    lines = [f"    {name!r}: {text}," for name, text in plain.items()]
    return "\n".join(["from sympy import *", "", "gradient = {", *lines, "}", "gradient"])


def _inert(term: Any) -> bool:
    from derive.terms import Inert

    return bool(term.has(Inert))


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
