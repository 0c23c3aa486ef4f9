"""What a worker does: judge a submission's bytes under a spec, and answer with plain data.

A pure function of the two: the same here and on any other machine, to the last bit. Each thread keeps one
sealed grader, which is started when the first submission comes.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checks.grading.answers import CodeTask, TaskFinding
from checks.grading.evidence import as_json
from checks.grading.spec import Spec, loads
from derive.proof import Proof

if TYPE_CHECKING:
    from checks.grading.grader import Grader

Judge = Callable[[bytes, Sequence[CodeTask], Sequence[Proof]], tuple[TaskFinding, ...]]


@dataclass(frozen=True, slots=True)
class Job:
    """One submission to judge, by its hash."""

    digest: str
    code: bytes
    written: tuple[tuple[str, str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found about one submission; the time that it took is no part of ``findings``."""

    digest: str
    findings: dict[str, Any]
    cpu_seconds: float


def run(spec: Spec, jobs: Sequence[Job]) -> list[Answer]:
    """Judge some submissions. Raises ``NoSandbox`` where none can be run in safety.

    All derivations first: meanwhile a zygote may start.
    """
    written = [_written(spec, job) for job in jobs]
    return [_judged(spec, job, *own) for job, own in zip(jobs, written)]


def run_here(jobs: Sequence[Job]) -> list[Answer]:
    """The same in a process that ``start`` has given its spec."""
    assert _HERE.spec is not None
    try:
        return run(_HERE.spec, jobs)
    finally:
        if not gc.isenabled():  # what was imported for the first of them stays
            gc.freeze()
            gc.enable()


def start(data: bytes, nursery: socket.socket | None = None) -> None:
    """Make this process a worker: what it will judge under; Ctrl-C is its parent's to answer.

    The zygotes of its graders come of the ``nursery``, if there is one.
    """
    import signal

    gc.disable()  # until the first submissions are judged, nearly all that is made are modules
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _HERE.spec, _HERE.nursery = loads(data), nursery


def _judged(spec: Spec, job: Job, derivations: list[dict[str, Any]], seconds: float) -> Answer:
    tasks, proofs = spec.resolved(job.digest)
    found = judge_of(spec)(job.code, tasks, proofs) if tasks and job.code else ()
    said = {f.task: f for f in found}
    code = [as_json(t, said[t.name], p) for t, p in zip(tasks, proofs) if t.name in said]
    used = sum(f.cpu_seconds for f in found) + seconds
    return Answer(job.digest, {"tasks": code, "written": derivations}, used)


def _written(spec: Spec, job: Job) -> tuple[list[dict[str, Any]], float]:
    """What was found about the derivations, and the processor time of it."""
    from checks.grading.derivations import judged

    start = time.process_time()
    wanted = {w.name: w for w in spec.assignment.written}
    found = [judged(wanted[task], name, data) for task, name, data in job.written]
    return found, time.process_time() - start


class _Process:
    """What this process keeps: its spec, and a grader for each thread."""

    spec: Spec | None = None
    nursery: socket.socket | None = None

    def __init__(self) -> None:
        self.threads = threading.local()
        self.open = contextlib.ExitStack()
        self.lock = threading.Lock()
        atexit.register(self.close)

    def close(self) -> None:
        """End every grader; the next submission starts a new one."""
        with self.lock:
            self.open.close()
            self.threads = threading.local()


_HERE = _Process()


def close() -> None:
    """End the graders of this process."""
    _HERE.close()


def judge_of(spec: Spec) -> Judge:
    """The judge of this thread, as the spec names it."""
    known: dict[str, Judge] = _HERE.threads.__dict__
    if spec.judging not in known:
        module, _, name = spec.judging.partition(":")
        known[spec.judging] = getattr(importlib.import_module(module), name)()
    return known[spec.judging]


def sealed() -> Judge:
    """A judge with a sealed grader of its own; raises ``NoSandbox`` where nothing can be run in safety."""
    from checks.grading.grader import Grader

    return _judge_with(Grader(nursery=_HERE.nursery))


def unsealed() -> Judge:
    """The same judge of a process without walls: for one's own code."""
    from checks.grading.unsealed import OpenGrader

    return _judge_with(OpenGrader())


def _judge_with(grader: Grader) -> Judge:
    from checks.grading.judging import grade_code

    torch_threads()
    with _HERE.lock:
        _HERE.open.enter_context(grader)
    return lambda code, tasks, proofs: grade_code(code, tasks, proofs, grader)


def torch_threads() -> None:
    """One thread: the tensors are small, and workers are what this program scales by."""
    import torch

    torch.set_num_threads(1)
