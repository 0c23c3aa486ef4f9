"""All that judging a submission depends on, as one value that can be sent to a worker."""

from __future__ import annotations

import hashlib
import json
import pickle
import zlib
from dataclasses import dataclass
from functools import cached_property

from checks.engines import same_everywhere, signature
from checks.grading.answers import CodeTask, Requirement
from checks.grading.assignment import Assignment, Point, Task
from checks.grading.proofs import Tell, proved, wanted_for, wanted_of_written
from checks.grading.secret import Secret
from derive.cache import Cache
from derive.proof import Proof

SEALED, OPEN = "checks.grading.work:sealed", "checks.grading.work:unsealed"


def _quiet(done: int, total: int, name: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Spec:
    """An assignment with its secret, and the proof of every task at each point that it is judged at.

    ``judging`` names what makes a judge: ``SEALED``, or ``OPEN`` where somebody runs their own file.
    """

    assignment: Assignment
    secret: Secret
    points: tuple[tuple[Point, ...], ...]
    proofs: tuple[tuple[Proof, ...], ...]
    versions: tuple[tuple[str, str], ...]
    judging: str = SEALED

    @cached_property
    def key(self) -> str:
        """A hash of everything that the evidence depends on, but the submission."""
        said = [self.assignment.digest, self.secret.digest, self.points, self.versions, self.judging]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def resolved(self, submission: str) -> tuple[tuple[CodeTask, ...], tuple[Proof, ...]]:
        """The tasks as this submission is asked them, and their proofs."""
        tasks, proofs = [], []
        for task, points, known in zip(self.assignment.tasks, self.points, self.proofs):
            i = self.secret.choice(task, submission, len(points))
            tasks.append(code_task(task, points[i], self.secret.seed(task, submission)))
            proofs.append(known[i])
        return tuple(tasks), tuple(proofs)

    def dumps(self) -> bytes:
        """The value as bytes, for a worker of this very version."""
        return zlib.compress(pickle.dumps(self, protocol=5))


def loads(data: bytes) -> Spec:
    """What ``dumps`` wrote, in a process of this machine."""
    spec: Spec = pickle.loads(zlib.decompress(data))
    return spec


def loads_elsewhere(data: bytes) -> Spec:
    """The same on another machine; raises ``Unavailable`` where it has other versions."""
    spec = loads(data)
    same_everywhere(spec.versions)
    return spec


def code_task(task: Task, at: Point, seed: int = 0) -> CodeTask:
    """A task at one point."""
    return CodeTask(
        name=task.name,
        family=task.family,
        integrand=task.integrand,
        at=at,
        wrt=task.wrt,
        estimator=task.estimator,
        requires=_requires(task),
        n_samples=task.n_samples,
        seconds=task.seconds,
        seed=seed,
    )


def _requires(task: Task) -> tuple[Requirement, ...]:
    wanted: dict[Requirement, bool] = {
        "unbiased": True,
        "estimator": bool(task.marks.estimator),
        "variance": bool(task.marks.variance),
        "n_samples": bool(task.marks.n_samples),
        "no_closed_form": not task.closed_form,
    }
    return tuple(name for name, is_wanted in wanted.items() if is_wanted)


def make(
    assignment: Assignment,
    secret: Secret,
    cache: Cache,
    workers: int,
    tell: Tell = _quiet,
    explaining: bool = True,
    judging: str = SEALED,
) -> Spec:
    """Prove every task at every point; raises ``BadAssignment`` where an expectation does not exist.

    ``explaining`` also derives what each known mistake would give, so that mistakes can be named.
    """
    points = tuple(secret.points(task, assignment.variants) for task in assignment.tasks)
    wanted = [
        wanted_for(task, code_task(task, at), explaining)
        for task, at_all in zip(assignment.tasks, points)
        for at in at_all
    ]
    proofs = proved(assignment, [*wanted, *wanted_of_written(assignment)], cache, workers, tell)
    made = iter(proofs)
    by_task = tuple(tuple(next(made) for _ in at_all) for at_all in points)
    return Spec(assignment, secret, points, by_task, signature(), judging)
