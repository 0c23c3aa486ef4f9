"""How often the whole program errs: ``python -m tests.studies.program [--cases 20000] [--keep FILE]``.

Half of the cases are right estimators, half are wrong; each is a file of source code that goes through the
same code as ``verify FILE.py::FUNCTION``. ``--keep FILE`` adds every finished block of cases to a file, and
goes on after them when started again. ``--workers`` counts processes, ``--scheduler`` names a Dask cluster;
the rows depend on neither. ``--page`` writes the page of the handbook, and the counts beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from checks.engines import engine
from derive.errors import DeriveError
from tests.studies.program.running import Telling, kept, run
from tests.studies.program.tables import counted, page

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "handbook" / "calibration.md"
COUNTS = ROOT / "tests" / "studies" / "program.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study, and print or write its tables; 1 where something ended as it should not."""
    asked = _parser().parse_args(arguments)
    if asked.show is not None:
        return _show(asked.seed, asked.show)
    if asked.from_kept:
        rows = [row for _, row in sorted(kept(asked.keep, asked.seed).items())]
    else:
        try:
            with engine(asked.workers, asked.scheduler) as on:
                rows = run(on, asked.seed, asked.cases, asked.keep, Telling(), asked.seconds)
        except DeriveError as error:
            sys.stderr.write(f"error: {error.message}\n  help: {error.help}\n")
            return 2
        except KeyboardInterrupt:
            sys.stderr.write("interrupted: start it again with the same --keep, and it goes on\n")
            return 130
    record = counted(rows, asked.seed)
    if asked.page:
        COUNTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(record), encoding="utf-8")
    else:
        sys.stdout.write(page(record))
    return 1 if record["found"] else 0


def _show(seed: int, index: int) -> int:
    """The source of one case."""
    from derive.cache import Cache
    from tests.studies.program.cases import BLOCK, case
    from tests.studies.program.judging import _proof
    from tests.studies.program.problems import problem

    of = problem(seed, index // BLOCK)
    proof = _proof(of, Cache(None))
    if isinstance(proof, str):
        sys.stdout.write(proof + "\n")
        return 1
    one = case(seed, index, proof)
    sys.stdout.write(
        f"# {of.law.family}, {of.integrand} at {of.at}; {one.style}; {one.evidence}\n{one.source}"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.studies.program", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="right and wrong ones by turns")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="keep finished rows in this file, and go on after them")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0 runs in this one")
    parser.add_argument("--scheduler", help="the address of a Dask scheduler")
    parser.add_argument("--seconds", type=float, help="start no more after this time")
    parser.add_argument("--from-kept", action="store_true", help="run nothing: count what --keep holds")
    parser.add_argument("--page", action="store_true", help="write the page of the handbook and its counts")
    parser.add_argument("--show", type=int, metavar="CASE", help="print the source of one case")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
