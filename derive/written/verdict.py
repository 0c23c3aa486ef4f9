"""What is said of a derivation that somebody wrote: of each line, and of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from sympy import Expr, Symbol

from derive.step import STRENGTH, Condition, StepStatus
from derive.written.document import Document, Line


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a line, and what was probably meant.

    ``witness`` is the simplest rational point found at which the sides differ, ``values`` both of them there.
    ``difference`` is right minus left, ``blamed`` the subexpression of the right side that is responsible
    (None where something is missing rather than wrong). ``mended`` is the right side after one local change
    that makes the line true. ``mistake`` names a record of ``derive.written.mistakes``.
    """

    says: str
    witness: tuple[tuple[str, str], ...] = ()
    values: tuple[str, str] | None = None
    difference: Expr | None = None
    blamed: Expr | None = None
    mistake: str | None = None
    mended: Expr | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A line that was left out between two that were written, and the rule that leads to it."""

    rule: str
    after: Expr


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """The judgement of one ``=``.

    ``rules`` are the named rules that make the step, in order; ``missing`` the lines between them, where it
    takes more than one. ``needs`` are conditions that it takes and that nobody stated. ``remarks`` are
    notices, such as that a line repeats an earlier one.
    """

    line: Line
    status: StepStatus
    rules: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    conditions: tuple[Condition, ...] = ()
    needs: tuple[str, ...] = ()
    evidence: str = ""
    diagnosis: Diagnosis | None = None
    remarks: tuple[str, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether the line is false, or stands on a condition that is."""
        return self.status in ("refuted", "condition-failed")

    @property
    def place(self) -> str:
        return self.line.span.place


@dataclass(frozen=True, slots=True)
class Chain:
    """Lines that hang together, ``x = y = z``, and what they prove about the gradient by ``wrt``.

    ``wrt`` is None where the first term is no gradient of the subject. ``ends`` says whether the last term is
    the exact gradient: None where that is open. ``finished`` is False where the last term still has a
    derivative of an integral in it.
    """

    lines: tuple[LineVerdict, ...]
    wrt: Symbol | None = None
    ends: bool | None = None
    finished: bool = True
    gradient: Expr | None = None

    @property
    def status(self) -> StepStatus:
        """The status of the weakest line."""
        return max((v.status for v in self.lines), key=STRENGTH.index, default="undecided")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The whole document: its chains in order, what could not be read, and remarks on the whole."""

    document: Document
    chains: tuple[Chain, ...] = ()
    remarks: tuple[str, ...] = ()
    unused: tuple[str, ...] = field(default=())

    @property
    def lines(self) -> tuple[LineVerdict, ...]:
        return tuple(verdict for chain in self.chains for verdict in chain.lines)

    @property
    def first_wrong(self) -> LineVerdict | None:
        """The first line that does not hold."""
        return next((v for v in self.lines if v.is_wrong), None)

    @property
    def status(self) -> StepStatus:
        """The status of the weakest line; unread lines leave the whole undecided."""
        weakest: StepStatus = max((v.status for v in self.lines), key=STRENGTH.index, default="undecided")
        if self.document.problems:
            return max(weakest, "undecided", key=STRENGTH.index)
        return weakest

    @property
    def reaches_the_gradient(self) -> bool:
        """Whether every gradient that is asked for is reached by a chain without a wrong line."""
        subject = self.document.subject
        asked = set(subject.wrt) if subject is not None else set()
        reached = {
            c.wrt for c in self.chains if c.ends and c.finished and not any(v.is_wrong for v in c.lines)
        }
        return bool(asked) and asked <= reached
