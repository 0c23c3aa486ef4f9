"""The command ``compare``. Light until it runs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

QUANTITIES = ("variance", "bias", "work")


@click.command()
@click.option("--family", default="normal", show_default=True, help="As `list families` names them.")
@click.option("--integrand", default="cos(a)", show_default=True, help="The integrand in the sample a.")
@click.option("--estimators", default="all", show_default=True, help="Names with commas, or all that apply.")
@click.option("--over", metavar="RANGE", help="mu, mu=-2:2:9 or tau=1/10,1/2,1; by default the first.")
@click.option("--at", help="The point, such as mu=1/2,sigma=2.")
@click.option("--wrt", help="The parameters, such as mu,sigma; all by default.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A picture, NAME.svg or .png.")
@click.option("--quantity", type=click.Choice(QUANTITIES), default="variance", show_default=True,
              help="What the picture shows; work is variance times evaluations of g.")  # fmt: skip
@click.option("--covariance", is_flag=True, help="Covariances of all pairs on common noise too.")
@click.option("--study", help="A comparison by name, in the place of all of the above but --out: rebar.")
@click.option("--workers", type=click.IntRange(0), help="Processes that derive; default one per processor.")
@click.option("--no-cache", is_flag=True, help="Derive everything anew, and keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="The rows as JSON.")
@click.pass_context
def compare(context: click.Context, /, **options: Any) -> int:
    """Exact bias and variance of every estimator that applies, as a function of a parameter.

    Nothing is sampled: the numbers are those of each estimator's statistic, in closed form or by certified
    quadrature. One picture is written for each parameter: NAME-mu.svg.
    """
    from checks.comparison.rows import Question
    from checks.comparison.rows import compare as compared
    from checks.comparison.text import text
    from checks.progress import Progress
    from checks.quantities import workers
    from checks.terminal import coloured, plain, safe
    from derive.cache import Cache, default_folder
    from derive.syntax import listed

    out: Path | None = options["out"]
    if out is not None and out.suffix not in (".svg", ".png"):
        raise click.BadParameter(f"'{out}' does not end in .svg or .png", param_hint="--out")
    if options["study"] is not None:
        _alone(context)
        return _study(options)
    names = tuple(part.strip() for part in options["estimators"].split(",") if part.strip())
    question = Question(
        options["family"],
        options["integrand"],
        names,
        options["at"],
        options["over"],
        listed(options["wrt"]),
        options["covariance"],
    )
    cache = Cache(None if options["no_cache"] else default_folder())
    with Progress(sys.stderr, shown=sys.stderr.isatty()) as progress:
        found = compared(question, cache, workers(options["workers"]), progress)
    if options["as_json"]:
        click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        style = coloured if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else plain
        click.echo(safe(text(found, style), sys.stdout.encoding))
    if out is not None:
        _draw(found, out, options["quantity"])
    return 0


def _draw(found: Any, out: Path, quantity: str) -> None:
    from checks.comparison.text import picture

    parameters = list(dict.fromkeys(row.wrt for row in found.rows if row.wrt))
    for wrt in parameters:
        figure = picture(found, wrt, quantity)
        path = out if len(parameters) == 1 else out.with_stem(f"{out.stem}-{wrt}")
        path.write_bytes(figure.svg if out.suffix == ".svg" else figure.png)
        click.echo(f"{path}: {figure.alt}", err=True)


def _alone(context: click.Context) -> None:
    """A study asks its own questions: options that would change them are refused."""
    for name in ("family", "integrand", "estimators", "over", "at", "wrt", "quantity", "covariance"):
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} does not go with --study: a study asks its own questions")


def _study(options: dict[str, Any]) -> int:
    from checks.comparison.studies import run
    from checks.comparison.study_text import study_picture, study_text
    from checks.progress import Progress
    from checks.quantities import workers
    from checks.terminal import coloured, plain, safe
    from derive.cache import Cache, default_folder

    cache = Cache(None if options["no_cache"] else default_folder())
    with Progress(sys.stderr, shown=sys.stderr.isatty()) as progress:
        found = run(options["study"], cache, workers(options["workers"]), progress)
    if options["as_json"]:
        click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        style = coloured if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else plain
        click.echo(safe(study_text(found, style), sys.stdout.encoding))
    if options["out"] is not None:
        figure = study_picture(found)
        options["out"].write_bytes(figure.svg if options["out"].suffix == ".svg" else figure.png)
        click.echo(f"{options['out']}: {figure.alt}", err=True)
    return 0
