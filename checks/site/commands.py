"""The command ``docs``: what it takes, and what it says. Light until it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from checks.quantities import workers

# Where the pages that are kept beside the sources lie, and in which format.
KEPT = Path("docs/derivations")
USUAL = "html"


@click.command()
@click.argument("checks", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write; `documents` by default.")
@click.option(
    "--format", "form", help="Of html,pdf,latex,markdown,notebook, separated by commas; html by default."
)
@click.option("--check", is_flag=True, help=f"Write nothing; exit 1 if --out ({KEPT}) is stale.")
@click.option("--fragment", metavar="PAGE:STEP", help="One step as LaTeX, such as reparam/normal:3.")
@click.option("--hide-after", type=click.IntRange(0), help="Fold away all steps after the Nth, for teaching.")
@click.option("--workers", type=click.IntRange(0), help="Processes that derive; default one per processor.")
@click.option("--no-cache", is_flag=True, help="Derive everything anew, and keep nothing.")
@click.option("--quiet", is_flag=True, help="No progress, no count.")
def docs(checks: tuple[str, ...], **options: Any) -> int:
    """Write the derivations of CHECKS (all by default) as documents, with the verdicts on their estimators.

    Everything that a page says is taken from what was derived and run for it. A folder that holds anything
    else is refused; an interrupted build leaves the old documents as they were.
    """
    from checks.site import session

    form = options["form"] or ("markdown" if options["check"] else USUAL)
    wanted = session.Wanted(
        checks=checks,
        form=form,
        out=options["out"] or (KEPT if options["check"] else Path("documents")),
        hide_after=options["hide_after"],
        commands=_reference(),
        workers=workers(options["workers"]),
        keep=not options["no_cache"],
    )
    say = _nothing if options["quiet"] else _hint
    if options["fragment"]:
        click.echo(session.fragment(wanted, options["fragment"]), nl=False)
        return 0
    if options["check"]:
        return session.check(wanted, click.echo, say)
    return session.build(wanted, click.echo, say)


def _reference() -> str:
    """What the program that runs says of itself."""
    from checks.site.handbook import command_line

    app = click.get_current_context().find_root().command
    return command_line(app) if isinstance(app, click.Group) else ""


def _hint(text: str) -> None:
    click.echo(text, err=True)
    sys.stderr.flush()


def _nothing(text: str) -> None:
    """What --quiet says."""
