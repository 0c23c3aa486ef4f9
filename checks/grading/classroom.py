"""A class: submissions read one by one, judged by workers, kept as they come, each distinct one once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace

from checks.grading.assignment import Assignment
from checks.grading.collecting.listing import Entry
from checks.grading.collecting.submission import Submission, read
from checks.grading.engines import Died, Engine
from checks.grading.spec import Spec
from checks.grading.store import Store
from checks.grading.students import Handed
from checks.grading.work import Answer, Job

# Batches waiting for each worker: enough that none is idle, few enough that memory stays flat.
AHEAD = 3
LARGEST_BATCH = 32
# A submission whose judge died this often, alone, is left to a person.
TRIES = 2

Tell = Callable[[int, int, str], None]
Batch = tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Class:
    """Everybody who handed in, in order, and how many submissions were judged just now."""

    handed: tuple[Handed, ...]
    judged: int
    known: int


def judge(
    entries: Sequence[Entry], spec: Spec, store: Store, engine: Engine, tell: Tell = lambda *_: None
) -> Class:
    """Judge what the store does not know yet. Whatever ends this, the store has all that was judged."""
    return _Session(entries, spec, store, engine, tell).run()


class _Session:
    def __init__(
        self, entries: Sequence[Entry], spec: Spec, store: Store, engine: Engine, tell: Tell
    ) -> None:
        self.entries, self.spec, self.store, self.engine, self.tell = entries, spec, store, engine, tell
        self.handed: list[Handed] = []
        self.running: dict[Future[list[Answer]], Batch] = {}
        self.asked: set[str] = set()
        self.failures: dict[str, str] = {}
        self.judged = self.known = self.ready = 0

    @property
    def size(self) -> int:
        """Of the next batch: the smaller, the fewer are left, so that all workers end together."""
        left = len(self.entries) - len(self.handed)
        return max(1, min(LARGEST_BATCH, left // (8 * self.engine.workers)))

    def run(self) -> Class:
        batch: list[Job] = []
        for job in self._jobs():
            batch.append(job)
            if len(batch) >= self.size:
                self._submit(tuple(batch))
                batch = []
            while len(self.running) >= AHEAD * self.engine.workers:
                self._collect()
        if batch:
            self._submit(tuple(batch))
        while self.running:
            self._collect()
        self.tell(len(self.entries), len(self.entries), "")
        handed = (replace(h, failure=self.failures.get(h.digest)) for h in self.handed)
        return Class(tuple(handed), self.judged, self.known)

    def _jobs(self) -> Iterator[Job]:
        """What has to be judged, while everybody is written down."""
        for entry in self.entries:
            made = submission(self.spec.assignment, entry)
            one = Handed.of(made)
            self.handed.append(one)
            if one.problem is None and one.digest not in self.asked and not self._is_known(one):
                self.asked.add(one.digest)
                yield Job(one.digest, made.code, made.written)
            else:
                self.ready += 1
            self._show(entry.student)

    def _is_known(self, one: Handed) -> bool:
        known = self.store.has(self.spec.key, one.digest)
        self.known += known
        return known

    def _show(self, name: str) -> None:
        self.tell(self.ready + self.judged, len(self.entries), name)

    def _submit(self, batch: Batch) -> None:
        self.running[self.engine.submit(batch)] = batch

    def _collect(self) -> None:
        """Take in what is done; a short wait, so that Ctrl-C is heard and time goes on being shown."""
        done, _ = wait(self.running, timeout=0.5, return_when=FIRST_COMPLETED)
        lost: list[Batch] = []
        for future in done:
            batch = self.running.pop(future)
            try:
                answers = future.result()
            except Died:
                lost.append(batch)
                continue
            self.store.put(self.spec.key, answers)
            self.judged += len(answers)
        if lost:
            self._again(lost)
        self._show("")

    def _again(self, lost: list[Batch]) -> None:
        """A worker died: what was in flight is judged again, one by one, so that the culprit is alone."""
        self.engine.restart()
        lost += self.running.values()
        self.running.clear()
        for job in (job for batch in lost for job in batch):
            answers = self._alone(job)
            self.store.put(self.spec.key, answers)
            self.judged += len(answers)
            self.ready += not answers

    def _alone(self, job: Job) -> list[Answer]:
        for _ in range(TRIES):
            try:
                answers = self.engine.submit((job,)).result()
            except Died as error:
                self.engine.restart()
                self.failures[job.digest] = str(error)
                continue
            self.failures.pop(job.digest, None)
            return answers
        return []


def submission(assignment: Assignment, entry: Entry) -> Submission:
    """The submission at an entry, read for this assignment."""
    functions = [task.name for task in assignment.tasks]
    return read(entry, functions, [(w.name, w.file) for w in assignment.written])
