"""Where submissions are judged: the engines of ``checks.engines`` with an assignment at hand.

Each runs the same pure function on the same data.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from checks import engines
from checks.engines import Base
from checks.engines import Died as Died
from checks.grading import work
from checks.grading.nursery import Nursery
from checks.grading.spec import SEALED, Spec, loads_elsewhere
from checks.grading.work import Answer, Job


class Engine(Protocol):
    """Takes batches of jobs; a future raises ``Died`` where the process that had it is gone."""

    workers: int

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]: ...

    def restart(self) -> None: ...

    def close(self) -> None: ...


class Here(Base):
    """This very process, one batch after another: for one submission, and for tests."""

    workers = 1

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]:
        return engines.Here().submit(work.run, self.spec, jobs)

    def restart(self) -> None:
        work.close()

    def close(self) -> None:
        work.close()


class Local(Base):
    """Processes of this machine, each of which is given the assignment once."""

    def __init__(self, spec: Spec, workers: int) -> None:
        self.workers = workers
        self._nursery = Nursery() if spec.judging == SEALED else None
        asking = self._nursery.asking if self._nursery else None
        self._processes = engines.Processes(workers, work.start, spec.dumps(), asking)

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]:
        if self._nursery is not None:
            self._nursery.start()  # beside the workers, which import what they need meanwhile
        return self._processes.submit(work.run_here, tuple(jobs))

    def restart(self) -> None:
        self._processes.restart()

    def close(self) -> None:
        self._processes.close()
        if self._nursery is not None:
            self._nursery.close()


class Cluster(Base):
    """The workers of a Dask scheduler; they come and go, and what a lost one had goes to another.

    Raises ``Unavailable`` where the package is missing or no scheduler answers.
    """

    load = staticmethod(loads_elsewhere)

    def __init__(self, spec: Spec, address: str) -> None:
        self._client: Any = engines.connected(address)
        self.workers = engines.threads(self._client)
        self._data = spec.dumps()
        self._start()

    def wait_for(self, workers: int, seconds: float = 60.0) -> None:
        """Until so many workers are there; raises ``TimeoutError``."""
        self._client.wait_for_workers(workers, timeout=seconds)
        self.workers = engines.threads(self._client)

    def _start(self) -> None:
        # A task, not scattered data: the scheduler can make it again wherever its holders have gone.
        self._spec = self._client.submit(self.load, self._data, pure=True)
        self._pool = self._client.get_executor(pure=True)

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]:
        return engines.telling(self._pool.submit(work.run, self._spec, tuple(jobs)))

    def restart(self) -> None:
        self._start()

    def close(self) -> None:
        self._client.close()
