"""Pure tasks on every engine: the same results, and what a killed process had in hand is done again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checks import elsewhere, engines
from checks.engines import Cluster, Died, Here, Processes, Unavailable, finished, same_everywhere, signature
from checks.selection import Selection, select
from checks.session import Settings, verify
from derive.cache import Cache
from derive.errors import BadExpression, DeriveError

CHOSEN = (
    *select("reparam", Selection(("normal",), ("a**2", "a**3"), ("pathwise",))),
    *select("score-function", Selection(("bernoulli", "exponential"), ("a**2",), ("score_function",))),
    *select("reparam", Selection(("uniform",), ("a**2",), ("pathwise", "score_function"))),
)
# A worker that goes away says so in warnings of libraries, which are no business of the tests.
quiet = pytest.mark.filterwarnings("ignore")


def square(x: int) -> int:
    return x * x


def fails(x: int) -> int:
    raise DeriveError(f"{x} is odd", "try another")


def ends_once(x: int, folder: str) -> int:
    """The process of the task 3 ends, the first time."""
    seen = Path(folder) / "seen"
    if x == 3 and not seen.exists():
        seen.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return square(x)


def ends(x: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return x


def in_order(on: engines.Engine, function: Any, *more: Any) -> list[Any]:
    found = dict(finished(on, function, [(x, *more) for x in range(8)]))
    return [found[i] for i in range(8)]


def test_this_process() -> None:
    with Here() as here:
        assert in_order(here, square) == [x * x for x in range(8)]
        with pytest.raises(DeriveError, match="0 is odd"):
            in_order(here, fails)


def test_results_come_while_others_are_still_to_be_done() -> None:
    seen: list[int] = []
    with Here() as here:
        first = next(finished(here, lambda x: seen.append(x), [(1,), (2,), (3,)]))
    assert (first, seen) == ((0, None), [1])


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    with Processes(2) as two:
        assert in_order(two, ends_once, str(tmp_path)) == [x * x for x in range(8)]
    assert (tmp_path / "seen").exists()


def sleeps(seconds: float, folder: str) -> None:
    (Path(folder) / "pid").write_text(str(os.getpid()))
    time.sleep(seconds)


PARENT = """
import sys
from checks.engines import Processes
from tests.checks.test_engines import sleeps
if __name__ == "__main__":
    Processes(1).submit(sleeps, 600.0, sys.argv[1]).result()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells a process of its parent's end")
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    file, said = tmp_path / "parent.py", tmp_path / "pid"
    file.write_text(PARENT)
    root = str(Path(__file__).parents[2])
    paths = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    parent = subprocess.Popen([sys.executable, file, tmp_path], env={**os.environ, "PYTHONPATH": paths})
    try:
        assert eventually(lambda: said.exists() and said.read_text() != "")
    finally:
        parent.kill()
        parent.wait()
    worker = Path("/proc") / said.read_text()
    assert eventually(lambda: not worker.exists() or "(zombie)" in (worker / "status").read_text())


def eventually(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_task_that_kills_is_told() -> None:
    with Processes(1) as one, pytest.raises(Died, match="a task has taken 3 processes with it"):
        list(finished(one, ends, [(1,)]))


def test_other_versions_are_named() -> None:
    other = tuple((name, "0" if name == "torch" else value) for name, value in signature())
    with pytest.raises(Unavailable, match=r"a worker has .*torch .* and this machine .*torch 0"):
        same_everywhere(other)
    with pytest.raises(Unavailable) as caught:
        engines.there(other, square, (2,))
    assert caught.value.help == "install the same gradproof, torch and sympy everywhere"
    assert engines.there(signature(), square, (2,)) == 4


def test_no_scheduler_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(engines, "PATIENCE", "1s")
    with pytest.raises(Unavailable, match=r"no Dask scheduler answers at 'tcp://127.0.0.1:9'") as caught:
        elsewhere.verify("reparam", CHOSEN, Settings(), "tcp://127.0.0.1:9")
    assert "dask scheduler" in (caught.value.help or "")


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Unavailable, match="needs Dask's distributed") as caught:
        engines.connected("tcp://127.0.0.1:9")
    assert caught.value.help == "pip install 'gradproof[distributed]'"


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:
    """A real cluster of two worker processes, with one thread each."""
    distributed = pytest.importorskip("distributed")
    made = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
    )
    yield made
    made.close()


def pids(cluster: Any) -> list[int]:
    """Of the workers that are there."""
    return [nanny.pid for nanny in cluster.workers.values() if nanny.pid]


def without_times(report: Any) -> list[dict[str, Any]]:
    return [{k: v for k, v in one.items() if k != "seconds"} for one in report.to_json()["checks"]]


@quiet
def test_a_cluster_reports_the_same_when_a_worker_is_killed(local: Any, tmp_path: Path) -> None:
    settings = Settings(workers=0)
    here = verify("all", CHOSEN, settings)
    killed: list[int] = []

    def kill_one(done: int, total: int, _: str) -> None:
        if done and not killed:
            killed.append(pids(local)[0])
            os.kill(killed[0], signal.SIGKILL)

    # Without the comparison of versions: sources may be edited while tests run.
    with Cluster(local.scheduler_address, strict=False) as cluster:
        cluster.wait_for(2)
        kept = Settings(workers=0, cache=Cache(tmp_path))
        there = elsewhere.verify_on(cluster, "all", CHOSEN, kept, kill_one)
    assert killed
    assert without_times(there) == without_times(here)
    assert there.exit_code == here.exit_code
    proofs = list(tmp_path.rglob("*.json"))
    assert proofs
    with Here() as one:  # from the proofs that the cluster made
        assert without_times(elsewhere.verify_on(one, "all", CHOSEN, kept)) == without_times(here)


@quiet
def test_bad_input_is_an_error_there_as_here(local: Any) -> None:
    typed = select("reparam", Selection(("normal",), ("9**9**9*a",), ("pathwise",)))
    with Cluster(local.scheduler_address, strict=False) as cluster, pytest.raises(BadExpression):
        elsewhere.verify_on(cluster, "reparam", typed, Settings(strict=True))
