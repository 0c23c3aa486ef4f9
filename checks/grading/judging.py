"""The code of one submission, from its bytes to findings: in a sealed process, judged in this one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from checks.bridge import compile_tree
from checks.grading.answers import CodeTask, Failure, TaskFinding
from checks.grading.examining import Undecided, examined
from checks.grading.grader import Grader
from checks.grading.lines import line_of
from checks.grading.remembered import once_for_each_proof
from checks.grading.remote import Failed, RemoteSubject, Watched, failure
from checks.grading.sealed import Child, NoSandbox, died
from checks.grading.wire import Closed, Kind, Spent, TooLong, Violation, harmless
from checks.mistakes import estimator_called
from checks.problem import Problem
from checks.user.errors import NotReturned, UserError
from checks.user.state import contained
from derive.proof import Proof

MOST_SOURCE = 1 << 20
LOADING = 10.0
# A right function is judged in some ten calls; memory and time are for those that are not.
_DID_NOT_RUN = {
    "died": "what it does must be arithmetic: no processes, no exits, no native code",
    "time": "a call with a few dozen samples takes milliseconds: look for a loop that does not end",
    "memory": "a call with a few dozen samples takes kilobytes",
    "protocol": "return the gradient, and leave the process that calls you alone",
}


def grade_code(
    source: bytes, tasks: Sequence[CodeTask], proofs: Sequence[Proof], grader: Grader
) -> tuple[TaskFinding, ...]:
    """What each task's function does, in the order of ``tasks``; ``proofs`` are theirs, at their points.

    A pure function of its arguments but for ``cpu_seconds``. A function that ends its process leaves the
    others their own. Raises ``NoSandbox`` where nothing can be run in safety.
    """
    loading = min([LOADING, *(task.budget for task in tasks)])
    with _Submission(source, grader, loading) as submission:
        found = [(t, _judged(submission, t, proof)) for t, proof in zip(tasks, proofs, strict=True)]
    return tuple(_placed(one, task, source) for task, one in found)


def _placed(found: TaskFinding, task: CodeTask, source: bytes) -> TaskFinding:
    """With the line of a mistake that has a name, where it is certain."""
    if found.line is not None or found.diagnosis is None:
        return found
    return replace(found, line=line_of(source, task.name, found.diagnosis["mistake"], task.estimator))


class _Submission:
    """The process of a submission, started anew for the next task when one has ended it."""

    def __init__(self, source: bytes, grader: Grader, loading: float) -> None:
        self._source, self._grader, self._loading = source, grader, loading
        self._child: Child | None = None
        self._broken: bytes | None = None

    def __enter__(self) -> _Submission:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def started(self) -> bool:
        """Whether there is a process already."""
        return self._child is not None

    def end(self) -> Child | None:
        """End the process; it is returned with how it ended."""
        child, self._child = self._child, None
        if child is not None:
            child.close()
        return child

    def child(self) -> Child:
        """A process with the submission loaded; raises ``Failed`` where it cannot be loaded."""
        if self._child is None:
            if self._broken is not None:
                raise failure(memoryview(self._broken))
            if len(self._source) > MOST_SOURCE:
                size = f"it has {len(self._source)} bytes, more than {MOST_SOURCE}"
                raise _TooLarge("import", 0, size, "hand in source code, without data in it")
            self._child = self._grader.child()
            self._child.allow(self._loading)
            kind, body = self._child.exchange(Kind.SOURCE, self._source)
            if kind == Kind.FAILED:
                self.end()
                error = failure(body)
                if error.kind == "syntax":  # of which nothing was run: it is the same in every process
                    self._broken = bytes(body)
                raise error
            if kind != Kind.READY:
                raise Violation("an answer of another kind")
        return self._child


class _TooLarge(Failed):
    """The submission is not even loaded."""


def _judged(submission: _Submission, task: CodeTask, proof: Proof) -> TaskFinding:
    start, before = time.process_time(), 0.0
    watched = Watched()
    ended: Child | None = None
    try:
        started = submission.started
        child = submission.child()
        before = child.cpu_seconds() if started else 0.0  # sealing and loading count for the first
        child.allow(min(task.seconds, task.budget), task.budget)
        with contained():
            subject = RemoteSubject(child, _problem(proof), None, watched)
            subject.ask_for(task.name)
            found = examined(subject, task, proof)
            # A frame that nobody asked for is found here, before it could be an answer to the next task.
            if child.exchange(Kind.PING)[0] != Kind.READY:
                raise Violation("an answer of another kind")
    except _TooLarge as error:
        found = _no_answer(task, "too large", error.message, error.help)
    except Failed as error:
        found = _failed(task, error)
    except UserError as error:
        found = _failed(task, watched.failure or Failed("result", 0, error.message, error.help))
    except Closed:
        ended = submission.end()
        found = _died(task, ended)
    except (Spent, Undecided) as error:
        ended = submission.end()
        undecided = dict.fromkeys(task.requires)
        found = TaskFinding(task.name, "inconclusive", str(error), met=undecided, evidence="sampling")
    except (TooLong, NotReturned) as error:
        ended = submission.end()
        found = _no_answer(task, "time", str(error) or "it does not return")
    except Violation as error:
        ended = submission.end()
        found = _no_answer(task, "protocol", f"it interfered with the process that calls it: {error}")
    except NoSandbox:
        raise
    except Exception as error:  # a fault of ours must not end the class, and is nobody's zero
        ended = submission.end()
        found = TaskFinding(task.name, "broken", harmless(f"{type(error).__name__}: {error}"))
    except BaseException:
        submission.end()
        raise
    used = time.process_time() - start
    now = ended or submission._child
    return _timed(found, used + (max(now.cpu_seconds() - before, 0.0) if now else 0.0))


@once_for_each_proof
def _problem(proof: Proof) -> Problem:
    """Of the proof without the numbers of known estimators, which are no parameters of the law."""
    records = [estimator_called(name) for name in proof.statistics]
    knobs = {name for record in records for name, _ in record.knobs}
    trees = [proof.trees[name] for name in ("integrand", "log_density")]
    used = {symbol for tree in trees if isinstance(tree, list) for symbol in compile_tree(tree).symbols}
    kept = {name: value for name, value in proof.at.items() if name in used or name not in knobs}
    return Problem(replace(proof, at=kept))


def _timed(found: TaskFinding, seconds: float) -> TaskFinding:
    return replace(found, cpu_seconds=round(seconds, 4))


def _failed(task: CodeTask, error: Failed) -> TaskFinding:
    kinds: dict[str, Failure] = {
        "raised": "raised", "result": "result", "memory": "memory", "syntax": "syntax", "import": "import",
        "missing": "missing", "signature": "signature",
    }  # fmt: skip
    kind = kinds.get(error.kind, "raised")
    help = error.help or _DID_NOT_RUN.get(kind)
    return _no_answer(task, kind, error.message, help, error.line or None)


def _died(task: CodeTask, child: Child | None) -> TaskFinding:
    assert child is not None
    assert child.end is not None
    said = died(child.end)
    return _no_answer(task, "time" if "processor time" in said else "died", said)


def _no_answer(
    task: CodeTask, kind: Failure, says: str, help: str | None = None, line: int | None = None
) -> TaskFinding:
    met = dict.fromkeys(task.requires, False)
    help = help or _DID_NOT_RUN.get(kind)
    return TaskFinding(task.name, "no answer", says, met=met, failure=kind, help=help, line=line)
