"""What a whole class costs: ``python -m tests.studies.classes``.

A class of 300 is the twenty submissions of ``docs/assignment`` over and over, each with a line of its own, so
that none is a duplicate: every one is judged by itself, at its own points and seeds. Three runs of the sealed
grading, each from an empty folder: one submission with an empty cache, which derives everything; a few; the
class. They show processor time for a submission, wall time, and what the grader itself holds in memory.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "docs" / "assignment"
PLAIN = (".py", ".md")

# Run in a process of its own, so that what it uses is its own, and that of those it waited for. Processes
# whose parents end before them are given to it (PR_SET_CHILD_SUBREAPER), so that none is left out.
_RUN = """
import contextlib, ctypes, json, os, resource, sys, time
import cli
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
start = time.perf_counter()
code = cli.run(sys.argv[1:])
wall = time.perf_counter() - start
with contextlib.suppress(ChildProcessError):
    for _ in range(100):  # but for that of multiprocessing, which lives as long as this one
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        time.sleep(0.02)
own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps({"code": code, "wall": wall, "memory": own.ru_maxrss / 1024,
                  "cpu": sum(x.ru_utime + x.ru_stime for x in (own, others))}))
"""


@dataclass(frozen=True)
class Cost:
    """Of one run: seconds on the wall and of all processors, MB of the grader; per submission in seconds.

    ``median`` and ``mean`` are of the submissions alone, without the start of the workers.
    """

    count: int
    wall: float
    cpu: float
    memory: float
    median: float
    mean: float


def make_class(folder: Path, count: int) -> None:
    """``count`` submissions in ``folder``, made of the example's."""
    originals = sorted((EXAMPLE / "submissions").iterdir())
    for i in range(count):
        source = originals[i % len(originals)]
        target = folder / f"{source.stem}-{i:04d}{source.suffix}"
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
        for file in target.rglob("*") if target.is_dir() else [target]:
            _make_own(file, i)


def _make_own(file: Path, i: int) -> None:
    if file.suffix == ".py":
        file.write_text(file.read_text(encoding="utf-8") + f"\n# student {i}\n", encoding="utf-8")
    elif file.suffix == ".ipynb":
        notebook = json.loads(file.read_text(encoding="utf-8"))
        first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        first["source"] = [*first["source"], f"\n# student {i}"]
        file.write_text(json.dumps(notebook), encoding="utf-8")


def graded(count: int, workers: int, cache: Path) -> Cost:
    """Grade a class from nothing but the cache of derivations."""
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "class", Path(name) / "out"
        folder.mkdir()
        make_class(folder, count)
        words = ["grade", str(EXAMPLE / "assignment.toml"), str(folder), "--out", str(out), "--quiet"]
        environment = {
            **os.environ,
            "GRADPROOF_SECRET": "the secret of the study",
            "GRADPROOF_CACHE": str(cache),
        }
        done = subprocess.run(
            [sys.executable, "-c", _RUN, *words, "--workers", str(workers)],
            check=True, capture_output=True, text=True, env=environment, cwd=EXAMPLE.parents[1],
        )  # fmt: skip
        found = json.loads(done.stdout.splitlines()[-1])
        with sqlite3.connect(out / "grades.sqlite") as store:
            seconds = sorted(row[0] for row in store.execute("SELECT cpu FROM finding"))
    assert found.pop("code") == 0
    mean = sum(seconds) / len(seconds)
    return Cost(count=count, median=seconds[len(seconds) // 2], mean=mean, **found)


def main() -> int:
    """Print what a class costs, first with no derivation known, then with all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--few", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    out = sys.stdout.write
    with tempfile.TemporaryDirectory() as cache:
        for name, count in (("first of all", 1), ("few", given.few), ("class", given.count)):
            cost = graded(count, given.workers, Path(cache))
            out(f"{name}: {json.dumps({k: round(v, 3) for k, v in asdict(cost).items()})}\n")
            sys.stdout.flush()
    from tests.studies.grading import cold_start

    out(f"a fresh interpreter that imports Torch: {cold_start():.2f} s; load {os.getloadavg()[0]:.1f}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
