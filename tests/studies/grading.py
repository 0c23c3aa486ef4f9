"""Right submissions of varied style must all be found right: ``python -m tests.studies.grading``.

A thousand take about a minute on two idle cores. The small version is in the tests. Prints what was judged
wrong, and how much processor time a submission took beside a fresh interpreter that imports Torch.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.studies.submissions import Right, submissions

INTEGRAND = "mu*a + a**2"
REQUIRES = ("unbiased", "n_samples", "no_closed_form")


@dataclass(frozen=True)
class Answer:
    """What was found of one submission, and the processor time of all processes for it."""

    name: str
    right: bool
    says: str
    seconds: float


def judged(batch: Sequence[Right]) -> list[Answer]:
    """Judge some submissions in this process, with a grader of its own."""
    from checks.grading.answers import CodeTask
    from checks.grading.grader import Grader
    from checks.grading.judging import grade_code
    from checks.prover import answer
    from derive.proof import Proof

    task = CodeTask("estimate", "normal", INTEGRAND, requires=REQUIRES, seed=7)
    proof = Proof.from_json(answer(task.request())["proof"])
    found = []
    with Grader() as grader:
        for one in batch:
            (finding,) = grade_code(one.source.encode(), [task], [proof], grader)
            right = finding.outcome == "agrees" and all(finding.met.values())
            notes = "; ".join(note.says for note in finding.notes)
            found.append(Answer(one.name, right, f"{finding.says} ({notes})", finding.cpu_seconds))
    return found


def study(count: int, workers: int, seed: int = 0) -> Iterator[Answer]:
    """The answers on so many submissions."""
    every = submissions(count, seed)
    batches = [every[i::workers] for i in range(workers)]
    if workers == 1:
        yield from judged(every)
        return
    with ProcessPoolExecutor(workers) as pool:
        for found in pool.map(judged, batches):
            yield from found


def cold_start() -> float:
    """Processor seconds of a fresh interpreter that imports Torch, the least of three."""
    found = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", "import torch"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def main() -> int:
    """Run the study; 1 if any right submission was not found right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    start = time.perf_counter()
    answers = list(study(given.count, given.workers, given.seed))
    wrong = [a for a in answers if not a.right]
    out = sys.stdout.write
    for one in wrong:
        out(f"{one.name}: {one.says}\n")
    seconds = sorted(a.seconds for a in answers)
    mean, cold = sum(seconds) / len(seconds), cold_start()
    out(f"{len(answers) - len(wrong)} of {len(answers)} right, {time.perf_counter() - start:.0f} s\n")
    middle, most = seconds[len(seconds) // 2], seconds[-1]
    out(f"processor time of one: {1e3 * middle:.0f} ms in the middle, {1e3 * mean:.0f} ms in the mean, ")
    out(f"{1e3 * most:.0f} ms at most; {cold / mean:.0f} times less than import torch\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
