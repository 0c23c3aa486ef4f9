"""A judgement as derivations: the objects that every renderer reads, for terminals and documents."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from derive.step import Derivation, Step
from derive.written.verdict import Chain, Judgement, LineVerdict

ROUTE = "as written"
# What a step is called that no rule makes: a line that is wrong, or that only numbers speak for.
NO_RULE = "no rule"


def derivations(judgement: Judgement) -> tuple[Derivation, ...]:
    """One derivation for each chain that begins with a gradient; wrong lines are refuted steps in it.

    Lines that were left out between two that were written are not put in: what is shown is what was written.
    """
    subject = judgement.document.subject
    if subject is None:
        return ()
    return tuple(
        Derivation(subject.term, chain.wrt, ROUTE, tuple(_steps(chain)))
        for chain in judgement.chains
        if chain.wrt is not None and _hangs_together(chain)
    )


def _hangs_together(chain: Chain) -> bool:
    return all(one.line.right.expr == two.line.left.expr for one, two in pairwise(chain.lines))


def _steps(chain: Chain) -> Iterator[Step]:
    for verdict in chain.lines:
        yield Step(
            rule=", ".join(verdict.rules) or NO_RULE,
            before=verdict.line.left.expr,
            after=verdict.line.right.expr,
            status=verdict.status,
            conditions=verdict.conditions,
            evidence=_evidence(verdict),
            witness=verdict.diagnosis.witness if verdict.diagnosis is not None else (),
        )


def _evidence(verdict: LineVerdict) -> str:
    """What was seen, and of a wrong line what is wrong with it."""
    return verdict.evidence if verdict.diagnosis is None else f"{verdict.diagnosis.says}; {verdict.evidence}"
