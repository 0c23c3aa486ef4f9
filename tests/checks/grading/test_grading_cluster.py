"""A Dask cluster of two worker processes: the same results to the last bit; a killed worker loses none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.grading.classroom import judge
from checks.grading.collecting.listing import entries
from checks.grading.engines import Cluster, Here
from checks.grading.errors import Unavailable
from checks.grading.spec import loads, loads_elsewhere
from checks.grading.store import NAME, Store
from tests.checks.grading.samples import assignment, spec

ROOT = Path(__file__).parents[3]
COUNT = 40
# A worker that goes away says so in warnings of libraries, which are no business of the tests.
pytestmark = pytest.mark.filterwarnings("ignore")


class Dask:
    """A scheduler and two workers as processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.log = (folder / "log").open("wb")
        where = ["--scheduler-file", str(self.file)]
        self.processes = [self._start("scheduler", *where, "--port", "0", "--no-dashboard")]
        worker = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder))
        self.workers = [self._start("worker", *where, *worker) for _ in range(2)]
        self.processes += self.workers

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
        return subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": paths}, stdout=self.log, stderr=self.log
        )

    def address(self) -> str:
        for _ in range(200):
            if self.file.exists() and self.file.read_text().strip():
                return str(json.loads(self.file.read_text())["address"])
            time.sleep(0.1)
        raise TimeoutError("no scheduler")

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self.log.close()


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    made = Dask(tmp_path_factory.mktemp("dask"))
    yield made
    made.close()


class Anywhere(Cluster):
    """Without the comparison of versions, which is tested below: sources may be edited while tests run."""

    load = staticmethod(loads)


def test_a_killed_worker_loses_nothing(tmp_path: Path, dask: Dask) -> None:
    made = spec(assignment(tmp_path))
    where = tmp_path / "in"
    where.mkdir()
    for i in range(COUNT):
        (where / f"s{i:02}.py").write_text(f"#slow {i}\n")
    listed = entries([where])
    with Store(tmp_path / "here") as store, Here(made) as engine:
        handed = judge(listed, made, store, engine).handed
        here = {h.student: store.get(made.key, h.digest) for h in handed}
    killed = threading.Event()

    def kill_one(done: int, total: int, _: str) -> None:
        if done >= total // 4 and not killed.is_set():
            killed.set()
            dask.workers[0].send_signal(signal.SIGKILL)

    with Store(tmp_path / NAME) as store, Anywhere(made, dask.address()) as cluster:
        cluster.wait_for(2)
        known = judge(listed, made, store, cluster, kill_one)
        there = {h.student: store.get(made.key, h.digest) for h in known.handed}
    assert killed.is_set()
    assert dask.workers[0].wait(5) == -signal.SIGKILL
    assert known.judged == COUNT
    assert not [h for h in known.handed if h.failure]
    assert json.dumps(there, sort_keys=True) == json.dumps(here, sort_keys=True)


def test_no_scheduler_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from checks import engines

    monkeypatch.setattr(engines, "PATIENCE", "1s")
    with pytest.raises(Unavailable, match=r"no Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        Cluster(spec(assignment(tmp_path)), "tcp://127.0.0.1:9")


def test_other_versions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"a worker has gradproof .* and this machine test 1"):
        loads_elsewhere(spec(assignment(tmp_path)).dumps())
