"""Steps and derivations: the one object that terminal, documents, JSON and grader read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sympy import Basic, Expr, Symbol

from .terms import E

ConditionStatus = Literal["proved", "assumed", "failed"]
StepStatus = Literal["proved", "proved-if", "evidence", "undecided", "condition-failed", "refuted"]

# Weakest last: a derivation is worth what its weakest step is worth.
STRENGTH: tuple[StepStatus, ...] = (
    "proved",
    "proved-if",
    "evidence",
    "undecided",
    "condition-failed",
    "refuted",
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A side condition of a rule and how it was settled.

    ``statement`` is a SymPy relation where there is one, else a sentence. ``evidence`` says
    by what the status was reached.
    """

    statement: Basic | str
    status: ConditionStatus
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """``before = after`` by ``rule``. Only the kernel makes steps.

    ``evidence`` says what the numeric oracle saw; ``witness`` is the rational point at which a
    refuted step differs.
    """

    rule: str
    before: Expr
    after: Expr
    status: StepStatus
    conditions: tuple[Condition, ...] = ()
    evidence: str = ""
    witness: tuple[tuple[str, str], ...] = ()


def entry(wrt: Symbol, again: Symbol) -> str:
    """The name of the second derivative by ``wrt`` and then by ``again``: ``mu,sigma``."""
    return f"{wrt.name},{again.name}"


@dataclass(frozen=True, slots=True)
class Derivation:
    """A chain of steps from ``d/d wrt E[g]`` to its gradient; ``steps[i].after == steps[i+1].before``.

    Of a second derivative ``again`` is the parameter by which the first one is differentiated.
    """

    expectation: E
    wrt: Symbol
    route: str
    steps: tuple[Step, ...] = field(default=())
    again: Symbol | None = None

    def __post_init__(self) -> None:
        for i, (one, two) in enumerate(zip(self.steps, self.steps[1:], strict=False)):
            if one.after != two.before:
                raise ValueError(
                    f"step {i + 1} ({one.rule}) ends with {one.after}, "
                    f"step {i + 2} ({two.rule}) begins with {two.before}"
                )

    @property
    def by(self) -> str:
        """What is differentiated by, as reports name it: ``mu``, or ``mu,sigma`` of a second derivative."""
        return str(self.wrt.name) if self.again is None else entry(self.wrt, self.again)

    @property
    def result(self) -> Expr:
        return self.steps[-1].after

    @property
    def status(self) -> StepStatus:
        """The status of the weakest step."""
        return max((s.status for s in self.steps), key=STRENGTH.index, default="undecided")

    @property
    def assumptions(self) -> tuple[Condition, ...]:
        """All that was assumed on the way, each once, in order: the union over the steps."""
        seen = dict.fromkeys(c for s in self.steps for c in s.conditions if c.status == "assumed")
        return tuple(seen)

    def _repr_markdown_(self) -> str:
        """How Jupyter shows it: the chain, and what each step stands on."""
        from .render.markdown import sections

        return "\n\n".join(sections((self,), dollars=True))

    def _repr_latex_(self) -> str:
        """The chain alone, for notebooks that show LaTeX only."""
        from .render._notation import tidied
        from .render.latex import aligned_lines

        lines = aligned_lines(tidied(self)) if self.steps else []
        chain = " \\\\\n".join(lines)
        return f"$$\\begin{{aligned}}\n{chain}\n\\end{{aligned}}$$"
