"""The commands ``grade`` and ``self-check``: what they take, and what they say. Light until they run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

FORMATS = ("html", "csv", "json", "gradescope", "nbgrader", "otter", "github-classroom")
USUAL = "html,csv,json"


def _formats(_: click.Context, __: click.Parameter, text: str) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in asked:
        if name not in FORMATS:
            raise click.BadParameter(f"'{name}' is not one of {', '.join(FORMATS)}")
    return asked


def _part(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = float("nan")
    if not 0 <= value <= 1:
        raise click.BadParameter(f"'{text}' is not a part of the marks, as in 50% or 0.5")
    return value


@click.command()
@click.argument("assignment", type=click.Path(path_type=Path))
@click.argument("submissions", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the results; NAME-grades by default.")
@click.option(
    "--format", "formats", default=USUAL, show_default=True, callback=_formats, help="Of " + ",".join(FORMATS)
)
@click.option("--workers", type=click.IntRange(1), help="Processes that judge; default one per processor.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
@click.option("--fail-under", callback=_part, help="Exit 1 if somebody has less of the marks, such as 50%.")
@click.option("--check", is_flag=True, help="Only look at the assignment: does every expectation exist?")
@click.option("--json", "as_json", is_flag=True, help="The class as JSON, on stdout.")
@click.option("--quiet", is_flag=True, help="No progress, no count.")
def grade(assignment: Path, submissions: tuple[Path, ...], **options: Any) -> int:
    """Grade the SUBMISSIONs to an ASSIGNMENT: files, folders and zip archives of a class.

    Code runs sealed, or not at all. What was judged is kept in the results, so that the same command goes on
    where it was interrupted, and judges only what has changed.
    """
    from checks.grading.session import Wanted, check, grade_class

    if options.pop("check"):
        return check(assignment, options["as_json"], _say, _hint)
    if not submissions:
        raise click.UsageError("name a folder, a zip or files of submissions, or give --check")
    if options["workers"] and options["scheduler"]:
        raise click.UsageError("--workers are processes of this machine: not together with --scheduler")
    return grade_class(Wanted(assignment, submissions, **options), _say, _hint)


@click.command("self-check")
@click.argument("assignment", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The record as JSON.")
def self_check(assignment: Path, file: Path, as_json: bool) -> int:
    """Judge your own FILE as `grade` will, on your own machine: without a sandbox, at other points and seeds.

    Run it on code that you trust. Exit code: 0 full marks, 1 not, 3 something left to a person.
    """
    from checks.grading.session import check_own

    return check_own(assignment, file, as_json, _say, _hint)


def _say(text: str) -> None:
    from checks.terminal import safe

    click.echo(safe(text, sys.stdout.encoding))


def _hint(text: str) -> None:
    from checks.terminal import safe

    click.echo(safe(text, sys.stderr.encoding), err=True)
