"""The command line of gradproof: ``python cli.py`` in the checkout, ``gradproof`` once installed.

SymPy and Torch are imported inside the commands that need them, so that ``--help``, ``list`` and ``explain``
answer at once. What the commands print, return and mean is a contract that scripts rely on.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from checks.user.commands import own_options, refuse_own

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.selection import Selection
    from checks.session import Settings
    from checks.terminal import Style

VERSION = "0.1.0"
KINDS = ("families", "checks", "estimators", "problems", "rules", "mistakes")
DERIVATION_FORMATS = ("text", "latex", "markdown", "typst", "notebook", "json")
EVIDENCE = ("auto", "exact", "sampling")
REPORT_FORMATS = ("text", "json", "junit", "github")


# Commands with a module of their own, which is imported when they are called or listed.
ELSEWHERE = {
    "compare": "checks.comparison.commands",
    "cost": "checks.environment.commands",
    "docs": "checks.site.commands",
    **dict.fromkeys(("grade", "self-check"), "checks.grading.commands"),
}


class _App(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *ELSEWHERE})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in ELSEWHERE and name not in self.commands:
            module = importlib.import_module(ELSEWHERE[name])
            self.add_command(getattr(module, name.replace("-", "_")), name)
        return super().get_command(ctx, name)


@click.group(cls=_App, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="gradproof")
def app() -> None:
    """Prove the gradient of an expectation step by step, and hold Torch estimators against the proof."""


@app.command("list")
@click.argument("kind", required=False, type=click.Choice((*KINDS, "applicability")))
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def list_(kind: str | None, as_json: bool) -> None:
    """What there is, and what applies to what."""
    from checks import listing

    kinds = (kind,) if kind else KINDS
    _say(_dump(listing.as_json(kinds)) if as_json else listing.listing(kinds, _style(sys.stdout)))


@app.command()
@click.argument("name")
def explain(name: str) -> None:
    """A rule, an estimator, a mistake or an error code, with a wrong and a right example."""
    from checks.explain import explain as explanation

    _say(explanation(name))


@app.command()
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def doctor(as_json: bool) -> int:
    """What works on this machine: versions, threads, isolation layers, optional extras."""
    from checks import doctor as clinic

    findings = clinic.examine()
    _say(_dump(clinic.as_json(findings)) if as_json else clinic.report(findings, _style(sys.stdout)))
    return 0 if clinic.healthy(findings) else 1


@app.command()
@click.argument("check")
@click.option("--family", help="A family, as `list families` names them; without one, an arbitrary law.")
@click.option("--integrand", help="The integrand in the sample a, such as 'mu*a**2'.")
@click.option("--wrt", help="The parameters to differentiate by, such as mu,sigma; all by default.")
@click.option("--at", help="The point, such as mu=1/2,sigma=2; the derivation holds there and near it.")
@click.option("--route", help="Another route than the check's own, such as direct or pathwise_twice.")
@click.option("--format", "form", type=click.Choice(DERIVATION_FORMATS), default="text", show_default=True)
@click.option("--no-cache", is_flag=True, help="Derive anew, and keep nothing.")
def derive(check: str, form: str, no_cache: bool, wrt: str | None, **asked: str | None) -> int:
    """The derivation behind CHECK, step by step, each step with its rule, its conditions and its status."""
    from checks.targets import known_check

    name = known_check(check)
    if asked["family"] is None and (asked["integrand"] or asked["at"]):
        raise click.UsageError("--integrand and --at need a --family: without one the law is arbitrary")
    from derive.cache import Cache, default_folder
    from derive.printed import Asked, printed
    from derive.syntax import listed

    cache = Cache(None if no_cache else default_folder())
    found = printed(Asked(name, wrt=listed(wrt), **asked), cache)
    _say(found.forms[form])
    statuses = set(found.statuses)
    return 1 if statuses & {"condition-failed", "refuted"} else 3 if "undecided" in statuses else 0


@app.command()
@click.argument("target")
@click.option("--family", "families", multiple=True, help="A family; may be given more than once.")
@click.option("--integrand", "integrands", multiple=True, help="An integrand; may be given more than once.")
@click.option("--at", help="The point, such as mu=1/2,sigma=2.")
@click.option("--wrt", help="The parameters, such as mu,sigma.")
@click.option("--estimator", "estimators", multiple=True, help="An estimator; may be given more than once.")
@click.option("--resolution", default="1%", show_default=True, help="The smallest relative bias to rule out.")
@click.option("--evidence", type=click.Choice(EVIDENCE), default="auto", show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--budget", default="60s", show_default=True, help="Time for sampling, for each check.")
@click.option("--workers", type=click.IntRange(0), help="Processes that derive; default one per processor.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, whose workers derive and check.")
@own_options
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--format", "form", type=click.Choice(REPORT_FORMATS), default="text", show_default=True)
@click.option("--quiet", is_flag=True, help="No header, no progress, no count.")
@click.option("--no-cache", is_flag=True, help="Derive everything anew, and keep nothing.")
def verify(target: str, form: str, as_json: bool, quiet: bool, no_cache: bool, **options: Any) -> int:
    """Check TARGET: one CHECK, `all`, your estimator FILE.py::FUNCTION, or a derivation FILE.md|.tex|.ipynb.

    The derivation is proved (or read from the cache), then the Torch code of every estimator is held against
    it. Exit code: 0 all as expected, 1 something not, 2 bad input, 3 something left open, 4 broken.
    """
    started = time.perf_counter()
    from checks.targets import WRITTEN, NotAvailable, targets

    if target.endswith(WRITTEN):
        return _written(target, "json" if as_json else form, quiet, options)
    own = "::" in target
    names = () if own else targets(target)
    if own and options["scheduler"]:
        help = "leave --scheduler out; it serves the checks of `list checks`, and `all`"
        raise NotAvailable("your own estimator is checked on this machine", help)
    from checks import quantities
    from checks.progress import Progress
    from checks.reporting import FORMATS
    from checks.reporting.text import header, summary
    from checks.selection import Selection, select
    from checks.session import Settings
    from checks.session import verify as run
    from derive.cache import Cache, default_folder
    from derive.syntax import listed

    wanted = ("families", "integrands", "estimators", "at")
    selection = Selection(**{k: options[k] for k in wanted}, wrt=listed(options["wrt"]))
    chosen = [chosen for name in names for chosen in select(name, selection)]
    settings = Settings(
        seed=options["seed"],
        resolution=quantities.fraction(options["resolution"]),
        evidence=options["evidence"],
        budget=quantities.seconds(options["budget"]),
        workers=quantities.workers(options["workers"]),
        cache=Cache(None if no_cache else default_folder()),
        strict=selection.is_typed,
        scheduler=options["scheduler"],
    )
    if own:
        return _own(target, selection, settings, options, "json" if as_json else form)
    refuse_own(options)
    if not quiet:
        _hint(header(target, len(chosen), options))
    with Progress(sys.stderr, shown=not quiet and sys.stderr.isatty()) as progress:
        report = run(target, chosen, settings, progress).to_json()
    _say(FORMATS["json" if as_json else form](report, _style(sys.stdout)))
    if not quiet:
        _hint(summary(report, time.perf_counter() - started))
    return int(report["summary"]["exit_code"])


def _own(target: str, selection: Selection, settings: Settings, options: dict[str, Any], form: str) -> int:
    from checks.reporting import FORMATS
    from checks.user import giving, render, session

    given = giving.given(selection, **{k: options[k] for k in giving.OPTIONS})
    report = session.verify(target, selection, settings, options["samples"], given).to_json()
    _say(render.render(report) if form == "text" else FORMATS[form](report, _style(sys.stdout)))
    return int(report["summary"]["exit_code"])


def _written(target: str, form: str, quiet: bool, options: dict[str, Any]) -> int:
    from checks.written.commands import told

    report, words, code = told(target, form, {**options, "quiet": quiet}, _style(sys.stdout))
    _say(report)
    if not quiet:
        _hint(words)
    return code


def _style(stream: Any) -> Style:
    from checks.terminal import coloured, plain

    return coloured if stream.isatty() and not os.environ.get("NO_COLOR") else plain


def _say(text: str) -> None:
    """A result, to stdout."""
    from checks.terminal import safe

    click.echo(safe(text, sys.stdout.encoding))


def _hint(text: str) -> None:
    """Everything that is not a result, to stderr."""
    from checks.terminal import safe

    click.echo(safe(text, sys.stderr.encoding), err=True)


def _dump(data: Any) -> str:
    import json

    return json.dumps(data, indent=2, ensure_ascii=False)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never raises, never prints a traceback."""
    from checks.complaints import complaint
    from checks.guard import refuse_strangers
    from derive.errors import DeriveError

    try:
        refuse_strangers(Path(__file__).resolve().parent)
        return int(app.main(args=arguments, prog_name=_called(), standalone_mode=False) or 0)
    except click.ClickException as error:
        _hint(f"error: {error.format_message()}\n  help: {_usage(error)}")
        return 2
    except DeriveError as error:
        _hint(complaint(error))
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        # The reader has gone, as in `| head`: nothing is left to say, and to nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # whatever else happens is our fault: say so, as the contract asks
        return _broken(error)


def _usage(error: click.ClickException) -> str:
    """Where the right usage stands."""
    context = getattr(error, "ctx", None)
    return f"`{context.command_path if context else _called()} --help` shows the usage"


def _broken(error: Exception) -> int:
    if os.environ.get("GRADPROOF_DEBUG"):
        raise error
    click.echo(
        f"broken: {type(error).__name__}: {error}\n"
        "  this is a bug in gradproof; GRADPROOF_DEBUG=1 shows where it happened",
        err=True,
    )
    return 4


def _called() -> str:
    return "gradproof" if Path(sys.argv[0]).stem == "gradproof" else "python cli.py"


def main() -> NoReturn:
    """The console script.

    Without the collector, importing Torch takes three quarters of the time; what was imported is then never
    looked at again. At the end the process leaves without taking its modules apart.
    """
    gc.disable()
    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
