"""The judgement of a document: every line by the ladder of ``certify``, then what the lines come to together.

A line is true only if a rule makes it, all of whose conditions hold, or algebra does; that it was not
refuted is called evidence. A line is judged by itself: what follows from an earlier mistake is still right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from sympy import Expr, Symbol

from derive.certify import equal
from derive.rewriting import inert_nodes, is_ordinary
from derive.step import StepStatus
from derive.terms import Binder, D
from derive.written.canonical import same
from derive.written.diagnosing import closed_form, diagnosed
from derive.written.divergence import divergent
from derive.written.document import Document, Line
from derive.written.explaining import REFUSALS, Explanation, explained
from derive.written.needs import needs_of, unused_assumptions
from derive.written.notes import misnamed
from derive.written.situation import Situation, situation
from derive.written.verdict import Chain, Diagnosis, Judgement, LineVerdict, Missing

# What `explained` calls steps that are no rule of the kernel.
Progress = Callable[[int, int, str], None]
ALGEBRA, REPETITION = "algebra", "repetition"


def judge(document: Document, progress: Progress | None = None) -> Judgement:
    """Judge every line of a document that was read, and the whole; ``progress`` hears of each line before it.

    Lines that could not be read are the document's ``problems`` and are passed over. A document without a
    subject (its header is a problem) has no judgement of its lines.

    Raises nothing for a wrong derivation; ``DeriveError`` where the subject itself is outside what can be
    judged (an expectation that does not exist).
    """
    if document.subject is None or not document.lines:
        return Judgement(document, remarks=_nothing(document))
    where = situation(document.subject, document.summed)
    verdicts = _with_history(tuple(_one_by_one(document, where, progress)))
    chains = tuple(_chain(group, where) for group in _groups(verdicts))
    remarks = _remarks(chains, where)
    return Judgement(document, chains, remarks, unused_assumptions(document, verdicts))


def _one_by_one(document: Document, where: Situation, progress: Progress | None) -> Iterator[LineVerdict]:
    for done, line in enumerate(document.lines):
        if progress is not None:
            progress(done, len(document.lines), f"line {line.number}, {line.span.place}")
        yield judged(line, where, document)


def _nothing(document: Document) -> tuple[str, ...]:
    if document.problems:
        return ()
    return ("there is no line to judge: write formulas as x = y between $$ and $$, or in align",)


def judged(line: Line, where: Situation, document: Document) -> LineVerdict:
    """One ``=``: its status, the rules that make it, and what is wrong with it."""
    try:
        return _judged(line, where, document)
    except REFUSALS as error:
        # A formula that SymPy or a rule breaks on is left open, and the other lines go on.
        return LineVerdict(
            line, "undecided", evidence=f"this line could not be judged: {type(error).__name__}"
        )


def _judged(line: Line, where: Situation, document: Document) -> LineVerdict:
    left, right = line.left.expr, line.right.expr
    if same(left, right) and is_ordinary(left) and is_ordinary(right):
        rules = (REPETITION if left == right else ALGEBRA,)
        return LineVerdict(line, "proved", rules, evidence="the two sides have the same normal form")
    seen = where.compare(left, right)
    if seen.outcome == "differs":
        # By which rules a wrong line was made matters only where one of them has a condition that fails.
        found = explained(left, right, where.context, search=where.has_pitfalls)
        return _refuted(line, where, found, seen.evidence)
    found = explained(left, right, where.context)
    if found is not None and found.rules in ((ALGEBRA,), (REPETITION,)):
        return LineVerdict(line, "proved", found.rules, evidence="the two sides have the same normal form")
    if found is not None:
        return _explained(line, found, seen.outcome, seen.evidence, document)
    if seen.outcome == "unknown":
        return _open(line, where, seen.evidence)
    if is_ordinary(left) and is_ordinary(right):
        ladder = equal(left, right, where.context_for(left, right).points)
        if ladder.is_proved:
            return LineVerdict(line, "proved", (ALGEBRA,), evidence=ladder.evidence)
    return LineVerdict(line, "evidence", evidence=seen.evidence)


def _explained(
    line: Line, found: Explanation, outcome: str, evidence: str, document: Document
) -> LineVerdict:
    status: StepStatus = found.status
    if outcome == "unknown" and status != "condition-failed":
        status = "undecided"
    missing = tuple(Missing(link.rule, link.after) for link in found.links[:-1])
    needs = needs_of(found.conditions, document)
    diagnosis = _failed(found) if status == "condition-failed" else None
    return LineVerdict(line, status, found.rules, missing, found.conditions, needs, evidence, diagnosis)


def _failed(found: Explanation) -> Diagnosis:
    """A line that holds here by its numbers, by a rule that does not allow it."""
    failed = [c for c in found.conditions if c.status == "failed"]
    because = "; ".join(f"{c.statement}: {c.evidence}" if c.evidence else str(c.statement) for c in failed)
    return Diagnosis(f"this line uses the rule '{found.rules[-1]}', whose condition fails: {because}",
                     mistake="failed_condition")  # fmt: skip


def _open(line: Line, where: Situation, evidence: str) -> LineVerdict:
    """No value on one side or the other: exact forms may still prove or refute it."""
    absent = where.missing(line.left.expr) or where.missing(line.right.expr)
    if absent is not None:
        why = f"{absent.statement}: {absent.evidence}"
        reason = f"this line is about an expectation that does not exist: {why}"
        told = Diagnosis(reason, mistake="failed_condition")
        return LineVerdict(line, "condition-failed", (), (), (absent,), (), evidence, told)
    infinite = divergent(line.right.expr, where)
    if infinite is not None and divergent(line.left.expr, where) is None:
        said = diagnosed(line.left.expr, line.right.expr, where, None, infinite=True)
        return LineVerdict(line, "refuted", evidence=f"{infinite} diverges", diagnosis=said)
    one, two = (closed_form(side, where) for side in (line.left.expr, line.right.expr))
    if one is None or two is None:
        return LineVerdict(line, "undecided", evidence=evidence)
    ladder = equal(one, two, where.context_for(one, two).points)
    if ladder.is_refuted:
        return _refuted(line, where, None, ladder.evidence)
    return LineVerdict(line, "evidence" if ladder.holds else "undecided", evidence=ladder.evidence)


def _refuted(line: Line, where: Situation, found: Explanation | None, evidence: str) -> LineVerdict:
    left, right = line.left.expr, line.right.expr
    conditions = found.conditions if found is not None else ()
    rules = found.rules if found is not None else ()
    diagnosis = diagnosed(left, right, where, found)
    return LineVerdict(line, "refuted", rules, (), conditions, (), evidence, diagnosis)


def _with_history(verdicts: tuple[LineVerdict, ...]) -> tuple[LineVerdict, ...]:
    """The verdicts with remarks on what came before: repetition, circles, follow-through, recovery."""
    return tuple(replace(v, remarks=_history(v, verdicts[:k])) for k, v in enumerate(verdicts))


def _history(verdict: LineVerdict, before: tuple[LineVerdict, ...]) -> tuple[str, ...]:
    said: list[str] = []
    right = verdict.line.right.expr
    chain = _same_chain(verdict, before)
    if same(verdict.line.left.expr, right) and verdict.rules == (REPETITION,):
        said.append("this line repeats the line before")
    else:
        circle = next((v for v in chain[:-1] if v.line.right.expr == right), None)
        start = chain[0].line.left.expr if chain else None
        if circle is not None:
            said.append(
                f"this line returns to line {circle.line.number}: the lines between go round in a circle"
            )
        elif start is not None and start == right:
            said.append("this line returns to where the derivation began")
    named = None if verdict.is_wrong else misnamed(verdict.line.note, verdict.rules)
    if named is not None:
        said.append(named)
    wrong = next((v for v in chain if v.is_wrong), None)
    if wrong is not None and not verdict.is_wrong:
        said.append(f"right, given the mistake in line {wrong.line.number}")
    return tuple(said)


def _same_chain(verdict: LineVerdict, before: tuple[LineVerdict, ...]) -> tuple[LineVerdict, ...]:
    """The lines before, as far as each goes on from the one before it."""
    if not _continues(verdict, before[-1] if before else None):
        return ()
    start = len(before) - 1
    while start > 0 and _continues(before[start], before[start - 1]):
        start -= 1
    return before[start:]


def _continues(verdict: LineVerdict, last: LineVerdict | None) -> bool:
    if last is None:
        return False
    return verdict.line.chained or verdict.line.left.expr == last.line.right.expr


def _groups(verdicts: tuple[LineVerdict, ...]) -> list[tuple[LineVerdict, ...]]:
    groups: list[list[LineVerdict]] = []
    for k, verdict in enumerate(verdicts):
        if k and _continues(verdict, verdicts[k - 1]):
            groups[-1].append(verdict)
        else:
            groups.append([verdict])
    return [tuple(group) for group in groups]


def _chain(group: tuple[LineVerdict, ...], where: Situation) -> Chain:
    """What a chain proves: its first term is the gradient asked for, its last the exact one."""
    first, last = group[0].line.left.expr, group[-1].line.right.expr
    wrt = next((s for s in where.subject.wrt if _is_gradient(first, s, where)), None)
    if wrt is None:
        return Chain(group)
    finished = not _has_open_derivative(last)
    seen = where.compare(where.gradient(wrt), last)
    ends = {"agrees": True, "differs": False}.get(seen.outcome)
    exact = closed_form(where.gradient(wrt), where) if not where.generic else None
    return Chain(_recovered(group, ends), wrt, ends, finished, exact)


def _is_gradient(term: Expr, wrt: Symbol, where: Situation) -> bool:
    """Whether a term is the derivative of the objective, by notation or by value."""
    target = where.gradient(wrt)
    if same(term, target):
        return True
    if not any(isinstance(n, D) and n.theta == wrt for n in inert_nodes(term)) and not _sums_derivatives(
        term
    ):
        return False
    return term.has(Binder) and where.compare(term, target).outcome == "agrees"


def _sums_derivatives(term: Expr) -> bool:
    return bool(term.atoms(D))


def _has_open_derivative(term: Expr) -> bool:
    return any(n.body.atoms(Binder) for n in term.atoms(D))


def _recovered(group: tuple[LineVerdict, ...], ends: bool | None) -> tuple[LineVerdict, ...]:
    """A last line that has the right result although a line before it is wrong."""
    wrong = next((v for v in group if v.is_wrong), None)
    if not ends or wrong is None:
        return group
    if group[-1] is wrong:
        return group
    said = f"this is the right result, but it does not follow: line {wrong.line.number} is wrong"
    kept = tuple(r for r in group[-1].remarks if not r.startswith("right, given"))
    return (*group[:-1], replace(group[-1], remarks=(*kept, said)))


def _remarks(chains: tuple[Chain, ...], where: Situation) -> tuple[str, ...]:
    """What is to be said of the whole: which gradients are missing, and where a chain ends."""
    said = [text for chain in chains for text in _end(chain)]
    reached = {chain.wrt for chain in chains}
    # An author who derives one of two parameters was asked for both only if the header says so.
    for wrt in where.subject.wrt:
        if wrt not in reached and reached - {None} != set() and len(where.subject.wrt) > 1:
            said.append(f"the gradient by {wrt} is not derived")
    if reached == {None}:
        asked = ", ".join(str(s) for s in where.subject.wrt)
        said.append(
            f"no line begins with the gradient asked for, the derivative of {where.subject.term} by {asked}"
        )
    return tuple(said)


def _end(chain: Chain) -> list[str]:
    if chain.wrt is None:
        return []
    last = chain.lines[-1].line
    right = not any(v.is_wrong for v in chain.lines)
    if not chain.finished:
        return [
            f"line {last.number} still has a derivative of an integral: "
            f"the gradient by {chain.wrt} is not reached"
        ]
    if chain.ends is False:
        told = "all lines hold, but the last one" if right else "the last line"
        exact = f", which is {chain.gradient}" if chain.gradient is not None else ""
        return [f"{told} (line {last.number}) is not the gradient by {chain.wrt}{exact}"]
    return []
