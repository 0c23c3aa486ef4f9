"""What a judged derivation is worth: marks by a rubric that a teacher sets, with follow-through.

Nothing that could not be decided counts against anybody: such a part has no score and is left to a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from derive.step import StepStatus
from derive.written.verdict import Chain, Judgement, LineVerdict

# Lines that hold: by a rule, by a rule under assumptions, or at every point tried.
HOLDS: tuple[StepStatus, ...] = ("proved", "proved-if", "evidence")


@dataclass(frozen=True, slots=True)
class Rubric:
    """What the parts of a derivation are worth.

    ``steps`` is shared out evenly over the lines (repetitions count for nothing), ``result`` is for the exact
    gradient by every parameter asked for, ``conditions`` for stating what the rules need, and ``rules`` names
    rules that must be reached, each with its marks (``("log-derivative identity", Fraction(2))``; several
    names that would do are separated by ``|``).

    ``follow_through`` is the share that a line keeps which is right given an earlier mistake, and
    ``carried_result`` the share of ``result`` for a last line that follows from a mistake. ``least_lines``
    are the lines that full marks for ``steps`` take: a single line that states the result has no steps.
    """

    steps: Fraction = Fraction(4)
    result: Fraction = Fraction(4)
    conditions: Fraction = Fraction(2)
    rules: tuple[tuple[str, Fraction], ...] = ()
    follow_through: Fraction = Fraction(1)
    carried_result: Fraction = Fraction(1, 2)
    least_lines: int = 2

    def __post_init__(self) -> None:
        shares = (self.follow_through, self.carried_result)
        worth = (self.steps, self.result, self.conditions, *(w for _, w in self.rules))
        if any(not 0 <= s <= 1 for s in shares):
            raise ValueError(f"a share lies between 0 and 1, not {', '.join(map(str, shares))}")
        if any(w < 0 for w in worth):
            raise ValueError("marks are not negative")
        if self.least_lines < 1:
            raise ValueError(f"a derivation has at least one line, not {self.least_lines}")


@dataclass(frozen=True, slots=True)
class Part:
    """One item of the rubric: its marks, what was reached (None: a person has to decide) and why."""

    name: str
    out_of: Fraction
    score: Fraction | None
    why: str


@dataclass(frozen=True, slots=True)
class Marks:
    """The parts in the order of the rubric."""

    parts: tuple[Part, ...]

    @property
    def score(self) -> Fraction:
        """Marks that are certain."""
        return sum((p.score for p in self.parts if p.score is not None), Fraction(0))

    @property
    def out_of(self) -> Fraction:
        """Full marks."""
        return sum((p.out_of for p in self.parts), Fraction(0))

    @property
    def is_open(self) -> bool:
        """Whether a person has to decide something."""
        return any(p.score is None for p in self.parts)


def marks(judgement: Judgement, rubric: Rubric | None = None) -> Marks:
    """The marks of a judged derivation by ``rubric``: 4 for steps, 4 for the result, 2 for conditions.

    >>> from derive.written.document import Document, Header
    >>> marks(Judgement(Document("empty.md", Header(), None, ()))).score
    Fraction(0, 1)
    """
    rubric = rubric or Rubric()
    parts = [_steps(judgement, rubric), _result(judgement, rubric), _conditions(judgement, rubric)]
    parts += [_rule(name, worth, judgement, rubric) for name, worth in rubric.rules]
    return Marks(tuple(p for p in parts if p.out_of))


def credit(verdict: LineVerdict, rubric: Rubric) -> Fraction | None:
    """The share of a line: 1 where it holds, less after a mistake, 0 where wrong, None where open."""
    if verdict.is_wrong:
        return Fraction(0)
    if verdict.status not in HOLDS:
        return None
    return rubric.follow_through if follows_a_mistake(verdict) else Fraction(1)


def follows_a_mistake(verdict: LineVerdict) -> bool:
    """Whether a line is right given a mistake before it."""
    return any(r.startswith("right, given the mistake") for r in verdict.remarks)


def _steps(judgement: Judgement, rubric: Rubric) -> Part:
    counted = [v for v in judgement.lines if v.rules != ("repetition",)]
    if not counted:
        return Part("steps", rubric.steps, Fraction(0), "no line was read that says something new")
    shares = [credit(v, rubric) for v in counted]
    if None in shares or judgement.document.problems:
        places = [v.place for v, s in zip(counted, shares) if s is None]
        places += [p.span.place for p in judgement.document.problems]
        return Part("steps", rubric.steps, None, f"not decided: {', '.join(places)}")
    total = sum((s for s in shares if s is not None), Fraction(0))
    share = total / max(len(counted), rubric.least_lines)
    wrong = sum(v.is_wrong for v in counted)
    return Part(
        "steps", rubric.steps, share * rubric.steps, f"{len(counted) - wrong} of {len(counted)} lines hold"
    )


def _result(judgement: Judgement, rubric: Rubric) -> Part:
    subject = judgement.document.subject
    if subject is None:
        return Part("result", rubric.result, Fraction(0), "there is no line to judge")
    shares = [_reached([c for c in judgement.chains if c.wrt == wrt], rubric) for wrt in subject.wrt]
    if None in shares or not shares:
        return Part("result", rubric.result, None, "whether the last line is the gradient was not decided")
    share = sum((s for s in shares if s is not None), Fraction(0)) / len(shares)
    words = {Fraction(1): "the exact gradient is reached", Fraction(0): "the exact gradient is not reached"}
    why = words.get(share, "the exact gradient is reached in part, or given a mistake")
    return Part("result", rubric.result, share * rubric.result, why)


def _reached(chains: Iterable[Chain], rubric: Rubric) -> Fraction | None:
    """The best that any chain of one parameter came to."""
    shares: list[Fraction | None] = [_ends(chain, rubric) for chain in chains]
    decided = [s for s in shares if s is not None]
    if not shares:
        return Fraction(0)
    return max(decided) if decided else None


def _ends(chain: Chain, rubric: Rubric) -> Fraction | None:
    if not chain.finished:
        return Fraction(0)
    if chain.ends is None:
        return None
    if chain.ends:
        return Fraction(1)
    return rubric.carried_result if follows_a_mistake(chain.lines[-1]) else Fraction(0)


def _conditions(judgement: Judgement, rubric: Rubric) -> Part:
    lines = [v for v in judgement.lines if v.conditions or v.needs]
    needed = sum(len(v.needs) for v in lines)
    stated = sum(sum(c.status == "assumed" for c in v.conditions) for v in lines) - needed
    if not judgement.lines:
        return Part("conditions", rubric.conditions, Fraction(0), "no line was read")
    if needed == 0:
        return Part(
            "conditions", rubric.conditions, rubric.conditions, "nothing that is needed is left unsaid"
        )
    share = Fraction(max(stated, 0), max(stated, 0) + needed)
    first = next(n for v in lines for n in v.needs)
    return Part("conditions", rubric.conditions, share * rubric.conditions, f"not stated: {first}")


def _rule(names: str, worth: Fraction, judgement: Judgement, rubric: Rubric) -> Part:
    """Whether a rule is reached by a line that holds, also as one of the steps that a line leaves out."""
    wanted = {name.strip() for name in names.split("|")}
    shares = [
        credit(v, rubric) or Fraction(0) for v in judgement.lines if wanted & set(v.rules) and not v.is_wrong
    ]
    best = max(shares, default=Fraction(0))
    why = "reached" if best else "no line uses it rightly"
    return Part(names, worth, best * worth, why)
