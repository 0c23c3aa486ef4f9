"""One case: a block's problem, and a right or a wrong estimator for it, from two numbers."""

from __future__ import annotations

import random
from dataclasses import dataclass

from derive.proof import Proof
from tests.studies.program import right, wrong
from tests.studies.program.problems import Problem, problem
from tests.studies.submissions import HANDED_IN

# Estimators of one problem, right and wrong by turns: they share its proofs.
BLOCK = 100
# This part of the cases is asked to be sampled; the others take what is best.
SAMPLED = 0.1
# What sampling must notice, where it is needed. Its rates hold at any; 1 % takes 100 times the time of 10 %.
RESOLUTIONS = (0.3, 0.3, 0.2, 0.1)


@dataclass(frozen=True)
class Case:
    """``wrong`` is None for a right one."""

    index: int
    problem: Problem
    style: str
    source: str
    evidence: str
    resolution: float
    wrong: wrong.Wrong | None


def case(seed: int, index: int, proof: Proof) -> Case:
    """The case of that number; ``proof`` is its block's, with the means of all known mistakes."""
    rng = random.Random(f"case/{seed}/{index}")
    of = problem(seed, index // BLOCK)
    evidence = "sampling" if rng.random() < SAMPLED else "auto"
    resolution = rng.choice(RESOLUTIONS)
    if index % 2:
        bad = wrong.wrong(of, rng, evidence, proof)
        return Case(index, of, bad.style, bad.source, evidence, resolution, bad)
    style, text = right.body(of, rng, evidence == "sampling")
    handed_in = rng.choice(sorted(HANDED_IN))
    return Case(index, of, f"{style}, {handed_in}", right.source(text, handed_in), evidence, resolution, None)
