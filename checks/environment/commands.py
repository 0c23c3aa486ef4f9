"""The command ``cost``: what it takes, and what it says. Light until it runs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from checks.environment.cost import Row

HEAD = ("steps", "terms", "exact sum", "samples", "sampling", "cheaper")


@click.command()
@click.option("--actions", type=click.IntRange(2, 64), default=4, show_default=True, help="Choices a step.")
@click.option(
    "--seconds", default="5s", show_default=True, help="Time for all measurements, such as 5s or 1m."
)
@click.option("--error", default="1%", show_default=True, help="The relative standard error of sampling.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The rows as JSON.")
def cost(actions: int, seconds: str, error: str, seed: int, as_json: bool) -> int:
    """What the exact sum over all action sequences costs as they grow, against sampling.

    The sum has ACTIONS**steps terms. Both ways are measured while they are affordable; times marked ~ are
    extrapolated from the rate.
    """
    from checks import quantities
    from checks.environment import cost as measuring
    from checks.progress import Progress

    with Progress(sys.stderr, shown=sys.stderr.isatty()) as progress:
        wanted = (actions, quantities.seconds(seconds), quantities.fraction(error), seed)
        found = list(measuring.rows(*wanted, progress))
    crossing = measuring.crossover(found)
    if as_json:
        rows = [row.to_json() for row in found]
        document: dict[str, Any] = {"actions": actions, "error": wanted[2], "seed": seed}
        click.echo(json.dumps({**document, "crossover": crossing, "rows": rows}, indent=2))
        return 0
    click.echo(_table(found))
    click.echo(_verdict(crossing, actions, error), err=True)
    return 0


def _table(found: list[Row]) -> str:
    from checks.terminal import table

    return table([_cells(row) for row in found], HEAD)


def _cells(row: Row) -> tuple[str, ...]:
    exact = f"{'' if row.exact_measured else '~'}{_time(row.exact_seconds)}"
    sampling = f"{'' if row.sampling_measured else '~'}{_time(row.sampling_seconds)}"
    return (str(row.steps), f"{row.terms:.3g}", exact, f"{row.samples:.3g}", sampling, row.cheaper)


def _time(seconds: float) -> str:
    """Seconds as people read them: ``1.3 ms``, ``4 s``, ``2 h``, ``9 years``."""
    for size, unit in ((1e-3, "us"), (1.0, "ms"), (120.0, "s"), (7200.0, "min"), (172800.0, "h")):
        if seconds < size:
            scale = {"us": 1e6, "ms": 1e3, "s": 1.0, "min": 1 / 60, "h": 1 / 3600}[unit]
            return f"{seconds * scale:.3g} {unit}"
    days = seconds / 86400
    return f"{days:.3g} days" if days < 730 else f"{days / 365.25:.3g} years"


def _verdict(crossing: int | None, actions: int, error: str) -> str:
    if crossing is None:
        return f"the exact sum is cheaper at every horizon shown, against sampling to {error}"
    terms = f"{actions}**{crossing} = {actions**crossing:.3g} terms"
    return f"from {crossing} steps on ({terms}) sampling to {error} is cheaper than the exact sum"
