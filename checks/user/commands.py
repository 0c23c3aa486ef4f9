"""The options of the command line that a user's own estimator alone can have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

Command = Callable[..., Any]

_OPTIONS = (
    click.option("--log-density", metavar="EXPR", help="For your estimator: a law by its log-density in a."),
    click.option("--support", default="-oo,oo", show_default=True, help="The ends of its support."),
    click.option("--lattice", is_flag=True, help="It lives on the whole numbers between them."),
    click.option("--distribution", metavar="FILE.py::FUNCTION", help="A torch distribution of theta."),
    click.option("--data", metavar="FILE.csv", help="Columns that the integrand sums over: sum((x - a)**2)."),
    click.option(
        "--order", type=click.IntRange(1, 2), default=1, help="2 where your estimator has second derivatives."
    ),
    click.option(
        "--samples", type=click.IntRange(1), default=64, show_default=True, help="Your estimator's n."
    ),
)


def own_options(command: Command) -> Command:
    """Add the options, in the order of the help text."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def refuse_own(options: Mapping[str, Any]) -> None:
    """Raise a usage error where a check of gradproof's own is given one of them."""
    given = [name for name in ("log_density", "lattice", "distribution", "data") if options[name]]
    if options["order"] == 2:
        raise click.UsageError("--order needs an estimator of yours; see also `verify higher-order`")
    if given:
        raise click.UsageError(
            f"--{given[0].replace('_', '-')} needs an estimator of yours, FILE.py::FUNCTION"
        )
