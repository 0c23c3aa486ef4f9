"""Where submissions are judged: processes of this machine, or the workers of a Dask cluster.

Both are ``concurrent.futures.Executor`` and run the same pure function on the same data.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from types import TracebackType
from typing import Any, Protocol

from checks.grading import work
from checks.grading.errors import Unavailable
from checks.grading.spec import Spec, loads_elsewhere
from checks.grading.work import Answer, Job

PATIENCE = "10s"  # for a scheduler to answer


class Died(Exception):
    """The process that judged died, or was taken away; nothing is known about what it judged."""


class Engine(Protocol):
    """Takes batches of jobs; a future raises ``Died`` where the process that had it is gone."""

    workers: int

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]: ...

    def restart(self) -> None: ...

    def close(self) -> None: ...


class _Engine:
    workers: int

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        raise NotImplementedError


class Here(_Engine):
    """This very process, one batch after another: for one submission, and for tests."""

    workers = 1

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]:
        future: Future[list[Answer]] = Future()
        try:
            future.set_result(work.run(self.spec, jobs))
        except Exception as error:
            future.set_exception(error)
        return future

    def restart(self) -> None:
        work.close()

    def close(self) -> None:
        work.close()


class Local(_Engine):
    """Processes of this machine. They are started anew, not forked: forks of threads and locks hang."""

    def __init__(self, spec: Spec, workers: int) -> None:
        self.workers = workers
        self._data = spec.dumps()
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, context, work.start, (self._data,))

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]:
        try:
            return _telling(self._pool.submit(work.run_here, tuple(jobs)))
        except BrokenExecutor as error:
            return _dead(error)

    def restart(self) -> None:
        self.close()
        self._pool = self._started()

    def close(self) -> None:
        # Not waited for: a worker may sit in a submission that nobody asks for any more.
        alive = list((self._pool._processes or {}).values())
        for process in alive:
            process.terminate()
        # Its threads end when they see that; then its semaphores are given back, and not left to the system.
        self._pool.shutdown(wait=True, cancel_futures=True)
        gc.collect()


class Cluster(_Engine):
    """The workers of a Dask scheduler; they come and go, and what a lost one had goes to another.

    Raises ``Unavailable`` where the package is missing or no scheduler answers.
    """

    load = staticmethod(loads_elsewhere)

    def __init__(self, spec: Spec, address: str) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ModuleNotFoundError:
            help = "pip install 'gradproof[distributed]'"
            raise Unavailable("--scheduler needs Dask's distributed", help) from None
        try:
            self._client: Any = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
            help = "start one with `dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`"
            raise Unavailable(f"no Dask scheduler answers at '{address}': {said}", help) from None
        self.workers = self._threads()
        self._data = spec.dumps()
        self._start()

    def _threads(self) -> int:
        return max(1, sum(self._client.nthreads().values()))

    def wait_for(self, workers: int, seconds: float = 60.0) -> None:
        """Until so many workers are there; raises ``TimeoutError``."""
        self._client.wait_for_workers(workers, timeout=seconds)
        self.workers = self._threads()

    def _start(self) -> None:
        # A task, not scattered data: the scheduler can make it again wherever its holders have gone.
        self._spec = self._client.submit(self.load, self._data, pure=True)
        self._pool: Executor = self._client.get_executor(pure=True)

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]:
        return _telling(self._pool.submit(work.run, self._spec, tuple(jobs)))

    def restart(self) -> None:
        self._start()

    def close(self) -> None:
        self._client.close()


def _telling(inner: Future[list[Answer]]) -> Future[list[Answer]]:
    """The same future with ``Died`` for every way in which executors say that a process is gone."""
    outer: Future[list[Answer]] = Future()

    def pass_on(done: Future[list[Answer]]) -> None:
        if done.cancelled():
            outer.set_exception(Died("its judge was taken away"))
            return
        error = done.exception()
        if error is None:
            outer.set_result(done.result())
        else:
            outer.set_exception(Died(_says(error)) if _is_death(error) else error)

    inner.add_done_callback(pass_on)
    return outer


def _dead(error: BaseException) -> Future[list[Answer]]:
    future: Future[list[Answer]] = Future()
    future.set_exception(Died(_says(error)))
    return future


def _is_death(error: BaseException) -> bool:
    # By name: Dask's own are not imported for a local run.
    names = {"KilledWorker", "FutureCancelledError", "CommClosedError", "FutureLostError"}
    return isinstance(error, (BrokenExecutor, CancelledError)) or type(error).__name__ in names


def _says(error: BaseException) -> str:
    return f"the process that judged it died ({type(error).__name__})"
