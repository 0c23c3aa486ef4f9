"""What ``verify`` does with a written derivation: text for stdout, words for stderr, and the exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import click

from checks.progress import Progress
from checks.reporting import FORMATS
from checks.targets import WRITTEN as SUFFIXES
from checks.terminal import Style
from checks.written import github, session, text

# Options that ask for what the derivation itself says, or for what it has none of.
_OWN = ("families", "integrands", "at", "wrt", "estimators")
_RENDERERS: dict[str, Callable[[dict[str, Any], Style], str]] = {"text": text.render, "github": github.render}


def is_written(target: str) -> bool:
    """Whether a target is a file with a derivation."""
    return target.endswith(SUFFIXES) and "::" not in target


def told(target: str, form: str, options: Mapping[str, Any], style: Style) -> tuple[str, str, int]:
    """The report in ``form``, its summary, and the exit code of the contract.

    Raises ``click.UsageError`` for an option that the file's front matter answers, and whatever
    ``session.verify`` raises.
    """
    given = [name for name in _OWN if options.get(name)]
    if given:
        names = {"families": "family", "integrands": "integrand", "estimators": "estimator"}
        option = names.get(given[0], given[0])
        raise click.UsageError(f"--{option} does not go with {target}: its front matter says what it derives")
    started = time.perf_counter()
    shown = not options.get("quiet") and sys.stderr.isatty()
    with Progress(sys.stderr, shown=shown) as progress:
        report = session.verify(target, options["seed"], progress).to_json()
    render = _RENDERERS.get(form) or FORMATS[form]
    words = text.summary(report, time.perf_counter() - started)
    return render(report, style), words, int(report["summary"]["exit_code"])
