"""The proofs that an assignment rests on: of each task at each of its points, from the cache or made now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checks.grading.answers import CodeTask
from checks.grading.assignment import Assignment, Task, Written
from checks.grading.reading import in_assignment
from checks.prover import Crash, Request, is_bad_input, proving, result
from derive.cache import Cache
from derive.errors import DeriveError
from derive.proof import Proof

Tell = Callable[[int, int, str], None]
Answer = Proof | DeriveError | Crash


@dataclass(frozen=True, slots=True)
class Wanted:
    """A proof for an item of the assignment; where ``request`` comes to nothing, ``plain`` will do."""

    item: Task | Written
    request: Request
    plain: Request


def wanted_for(task: Task, code: CodeTask, explaining: bool) -> Wanted:
    """The proof of a task at a point; ``explaining`` with the exact means of all known mistakes."""
    return Wanted(task, code.explaining() if explaining else code.request(), code.request())


def wanted_of_written(assignment: Assignment) -> list[Wanted]:
    """Proofs that the expectations of derivations exist."""
    found = []
    for item in assignment.written:
        if item.family is not None and item.integrand is not None:
            request = CodeTask(item.name, item.family, item.integrand, wrt=item.wrt).request()
            found.append(Wanted(item, request, request))
    return found


def proved(
    assignment: Assignment, wanted: Sequence[Wanted], cache: Cache, workers: int, tell: Tell
) -> list[Proof]:
    """All proofs, in order; raises ``BadAssignment`` where an expectation does not exist."""
    answers = _made([w.request for w in wanted], cache, workers, tell, [w.item.name for w in wanted])
    # What explains mistakes is welcome, and nothing depends on it.
    again = [i for i, (w, a) in enumerate(zip(wanted, answers)) if _is_spare(w, a)]
    names = [wanted[i].item.name for i in again]
    for i, answer in zip(again, _made([wanted[i].plain for i in again], cache, workers, tell, names)):
        answers[i] = answer
    return [_proof(assignment, w.item, answer) for w, answer in zip(wanted, answers)]


def _is_spare(wanted: Wanted, answer: Answer) -> bool:
    if isinstance(answer, Proof) or wanted.plain == wanted.request:
        return False
    return isinstance(answer, Crash) or not is_bad_input(answer)


def _made(
    requests: Sequence[Request], cache: Cache, workers: int, tell: Tell, names: Sequence[str]
) -> list[Answer]:
    if not requests:
        return []
    kept = [cache.get(r) for r in requests]
    found: list[Answer] = []
    with proving([r for r, k in zip(requests, kept) if k is None], workers) as futures:
        making = iter(futures)
        for name, request, known in zip(names, requests, kept):
            tell(len(found), len(requests), f"deriving {name}")
            answer: Answer = known or result(next(making))
            if known is None and isinstance(answer, Proof):
                cache.put(request, answer)
            found.append(answer)
    tell(len(requests), len(requests), "")
    return found


def _proof(assignment: Assignment, item: Task | Written, answer: Answer) -> Proof:
    if isinstance(answer, Crash):
        raise RuntimeError(f"{item.name}: {answer.reason}")
    if isinstance(answer, DeriveError):
        raise in_assignment(answer, assignment, item)
    return answer
