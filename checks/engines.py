"""Where pure tasks run: this process, processes of this machine, or the workers of a Dask cluster.

A task is a function of a module with plain data for arguments, and its result depends on nothing else: the
results are the same to the last bit on any engine, with any number of workers, in whatever order they come.
What a lost process had in hand is done again.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Future,
    ProcessPoolExecutor,
    wait,
)
from functools import cache
from types import TracebackType
from typing import Any, Protocol

from checks.errors import Unavailable as Unavailable
from checks.verdict import versions
from derive.cache import sources_digest

PATIENCE = "10s"  # for a scheduler to answer
# A task that has taken so many processes with it takes the next one too.
ATTEMPTS = 3
Task = tuple[Any, ...]
_PR_SET_PDEATHSIG = 1


class Died(Exception):
    """The process that had a task died, or was taken away; nothing is known about the task."""


class Engine(Protocol):
    """Takes tasks; a future raises ``Died`` where the process that had it is gone."""

    workers: int

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]: ...

    def restart(self) -> None: ...

    def close(self) -> None: ...


class Base:
    """An engine as a context that closes it."""

    workers: int

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def restart(self) -> None:
        """After a death: ready again."""

    def close(self) -> None:
        """Nothing more is taken; what is in hand is dropped."""


class Here(Base):
    """This very process, one task after another."""

    workers = 1

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Done when it returns."""
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


class Processes(Base):
    """Processes of this machine. They are started anew, not forked: forks of threads and locks hang."""

    def __init__(self, workers: int, initializer: Callable[..., Any] | None = None, *given: Any) -> None:
        self.workers = workers
        self._begin = (initializer, given)
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, context, _began, self._begin)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Its future; one that has ``Died`` where the pool is broken already."""
        try:
            return telling(self._pool.submit(function, *arguments))
        except BrokenExecutor as error:
            return _dead(error)

    def restart(self) -> None:
        """Other processes."""
        self.close()
        self._pool = self._started()

    def close(self) -> None:
        # Not waited for: a worker may sit in a task that nobody asks for any more.
        alive = list((self._pool._processes or {}).values())
        for process in alive:
            process.terminate()
        # Its threads end when they see that; then its semaphores are given back, and not left to the system.
        self._pool.shutdown(wait=True, cancel_futures=True)
        gc.collect()


def _began(initializer: Callable[..., Any] | None, given: tuple[Any, ...]) -> None:
    """Ctrl-C is the parent's to answer; where the parent is killed, its workers end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if initializer is not None:
        initializer(*given)


class Cluster(Base):
    """The workers of a Dask scheduler; they come and go, and what a lost one had goes to another.

    Raises ``Unavailable`` where the package is missing, no scheduler answers, or a worker has other versions;
    ``strict=False`` does not compare them.
    """

    def __init__(self, address: str, strict: bool = True) -> None:
        self._client = connected(address)
        self._wanted = signature() if strict else None
        self.workers = threads(self._client)
        self._pool = self._client.get_executor(pure=False)

    def wait_for(self, workers: int, seconds: float = 60.0) -> None:
        """Until so many workers are there; raises ``TimeoutError``."""
        self._client.wait_for_workers(workers, timeout=seconds)
        self.workers = threads(self._client)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Its future; the worker compares the versions first."""
        return telling(self._pool.submit(there, self._wanted, function, arguments))

    def restart(self) -> None:
        """The scheduler has given the tasks to other workers."""
        self.workers = threads(self._client)

    def close(self) -> None:
        self._client.close()


def connected(address: str) -> Any:
    """A client of the Dask scheduler there; raises ``Unavailable``, with what to do."""
    try:
        distributed: Any = importlib.import_module("distributed")
    except ModuleNotFoundError:
        help = "pip install 'gradproof[distributed]'"
        raise Unavailable("--scheduler needs Dask's distributed", help) from None
    try:
        return distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        help = "start one with `dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`"
        raise Unavailable(f"no Dask scheduler answers at '{address}': {said}", help) from None


def threads(client: Any) -> int:
    """How many tasks its workers take at once."""
    return max(1, sum(client.nthreads().values()))


Signature = tuple[tuple[str, str], ...]


@cache
def signature() -> Signature:
    """What results depend on: the versions, and the sources of gradproof itself."""
    return (*sorted(versions().items()), ("sources", sources_digest()))


def same_everywhere(wanted: Signature) -> None:
    """Raises ``Unavailable`` where this process has other versions than those wanted."""
    if wanted != signature():
        theirs, ours = (", ".join(f"{k} {v[:12]}" for k, v in x) for x in (signature(), wanted))
        help = "install the same gradproof, torch and sympy everywhere"
        raise Unavailable(f"a worker has {theirs}, and this machine {ours}", help)


def there(wanted: Signature | None, function: Callable[..., Any], arguments: Task) -> Any:
    """On a worker: the task, if it has the versions wanted."""
    if wanted is not None:
        same_everywhere(wanted)
    return function(*arguments)


def engine(workers: int, scheduler: str | None = None) -> Here | Processes | Cluster:
    """The engine that ``--workers`` and ``--scheduler`` ask for; no workers are this process."""
    if scheduler:
        return Cluster(scheduler)
    return Processes(workers) if workers else Here()


def finished(
    on: Engine, function: Callable[..., Any], tasks: Sequence[Task], most: int | None = None
) -> Iterator[tuple[int, Any]]:
    """The number and the result of each task, as they are done; at most ``most`` are in hand at a time.

    A task whose process died is tried again, ``ATTEMPTS`` times in all; then raises ``Died``.
    """
    left = list(reversed(range(len(tasks))))
    tried: dict[int, int] = dict.fromkeys(left, 0)
    running: dict[Future[Any], int] = {}
    most = most or 4 * on.workers
    while left or running:
        while left and len(running) < most:
            task = left.pop()
            tried[task] += 1
            future = on.submit(function, *tasks[task])
            running[future] = task
            if isinstance(on, Here):
                break  # it is done, and is wanted now
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        lost = any(isinstance(f.exception(), Died) for f in done)
        if lost:
            on.restart()  # then the futures of whatever else was in hand have ended as well
        ended = [f for f in running if f.done()]
        died = [running.pop(f) for f in ended if isinstance(f.exception(), Died)]
        for future in ended:
            if future in running:
                yield running.pop(future), future.result()
        if any(tried[task] >= ATTEMPTS for task in died):
            raise Died(f"a task has taken {ATTEMPTS} processes with it")
        left += sorted(died, reverse=True)


def telling(inner: Future[Any]) -> Future[Any]:
    """The same future with ``Died`` for every way in which executors say that a process is gone."""
    outer: Future[Any] = Future()

    def pass_on(done: Future[Any]) -> None:
        if done.cancelled():
            outer.set_exception(Died("its process was taken away"))
            return
        error = done.exception()
        if error is None:
            outer.set_result(done.result())
        else:
            outer.set_exception(Died(_says(error)) if _is_death(error) else error)

    inner.add_done_callback(pass_on)
    return outer


def _dead(error: BaseException) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(Died(_says(error)))
    return future


def _is_death(error: BaseException) -> bool:
    # By name: Dask's own are not imported for a local run.
    names = {"KilledWorker", "FutureCancelledError", "CommClosedError", "FutureLostError"}
    return isinstance(error, (BrokenExecutor, CancelledError)) or type(error).__name__ in names


def _says(error: BaseException) -> str:
    return f"the process that had it died ({type(error).__name__})"
