"""What a document shows, as plain data: formulas in every notation, from the objects that were judged.

Nothing here is typed by hand. The records cross processes and lie in the cache as JSON, so that a warm build
imports no SymPy.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Subject:
    """What a derivation page is about: a check, and an expectation or (without a family) arbitrary ones."""

    check: str
    family: str | None = None
    integrand: str | None = None
    at: tuple[tuple[str, str], ...] = ()
    wrt: tuple[str, ...] | None = None

    @property
    def slug(self) -> str:
        """The page's file name without its ending, unique among subjects and the same in every build."""
        if self.family is None:
            return f"{self.check}/generic"
        point = "".join(f"-{name}-{value}" for name, value in self.at)
        by = "" if self.wrt is None else f"-by-{'-'.join(self.wrt)}"
        return f"{self.check}/{_safe(f'{self.family}-{self.integrand}{point}{by}')}"

    @property
    def title(self) -> str:
        """``E[a**2] under normal``, or the statement about arbitrary laws."""
        if self.family is None:
            return f"{self.check}: the statement"
        return f"{self.family}: {self.integrand}"


_SPELLED = {"**": "^", "*": "x", "/": "over", "+": "plus", "<": "lt", ">": "gt", "^": "pow"}


def _safe(text: str) -> str:
    """Letters, digits and dashes; operators are spelled out, so that ``a*b`` and ``a/b`` stay apart."""
    for sign, word in _SPELLED.items():
        text = text.replace(sign, word if word == "^" else f"-{word}-")
    text = text.replace("-minus-", "-").replace("(", "-of-").replace(")", "").replace(" - ", "-minus-")
    return re.sub(r"[^A-Za-z0-9_.]+", "-", text).strip("-").lower()


@dataclass(frozen=True, slots=True)
class Formula:
    """One term in three notations: for terminals, for LaTeX and for Typst (which makes the MathML)."""

    text: str
    latex: str
    typst: str


@dataclass(frozen=True, slots=True)
class ShownCondition:
    """A side condition; ``formula`` where its statement is one, else ``said``."""

    status: str
    said: str
    formula: Formula | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step: the term it ends with, the rule by name and by file, and what it stands on."""

    rule: str
    stem: str
    after: Formula
    status: str
    conditions: tuple[ShownCondition, ...]
    evidence: str
    witness: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ShownDerivation:
    """The chain for one parameter, from ``start`` to ``result`` (None where a step was refused)."""

    wrt: str
    route: str
    start: Formula
    steps: tuple[ShownStep, ...]
    status: str
    assumptions: tuple[ShownCondition, ...]
    result: Formula | None


@dataclass(frozen=True, slots=True)
class Content:
    """All that derive has to say on one subject.

    ``refusal`` where no derivation could be begun. ``formats`` holds whole documents by format name:
    ``latex``, ``markdown``, ``notebook``, ``text``.
    """

    subject: Subject
    statement: Formula | None
    domain: tuple[Formula, ...]
    at: tuple[tuple[str, str], ...]
    requires: tuple[str, ...]
    derivations: tuple[ShownDerivation, ...]
    legend: tuple[tuple[Formula, Formula], ...]
    formats: dict[str, str] = field(default_factory=dict)
    refusal: str | None = None
    source: str = ""

    @property
    def status(self) -> str:
        """That of the weakest step of all its derivations."""
        order = ("proved", "proved-if", "evidence", "undecided", "condition-failed", "refuted")
        return max((d.status for d in self.derivations), key=order.index, default="undecided")

    def to_json(self) -> dict[str, Any]:
        """A dict that ``json`` can write."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Content:
        """The content that ``to_json`` wrote."""
        subject = data["subject"]
        return cls(
            subject=Subject(
                subject["check"],
                subject["family"],
                subject["integrand"],
                _pairs(subject["at"]),
                None if subject["wrt"] is None else tuple(subject["wrt"]),
            ),
            statement=_formula(data["statement"]),
            domain=tuple(Formula(**f) for f in data["domain"]),
            at=_pairs(data["at"]),
            requires=tuple(data["requires"]),
            derivations=tuple(map(_derivation, data["derivations"])),
            legend=tuple((Formula(**a), Formula(**b)) for a, b in data["legend"]),
            formats=data["formats"],
            refusal=data["refusal"],
            source=data["source"],
        )


def _pairs(data: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in data)


def _formula(data: Any) -> Formula | None:
    return None if data is None else Formula(**data)


def _condition(data: Any) -> ShownCondition:
    return ShownCondition(data["status"], data["said"], _formula(data["formula"]), data["evidence"])


def _step(data: Any) -> ShownStep:
    return ShownStep(
        rule=data["rule"],
        stem=data["stem"],
        after=Formula(**data["after"]),
        status=data["status"],
        conditions=tuple(map(_condition, data["conditions"])),
        evidence=data["evidence"],
        witness=_pairs(data["witness"]),
    )


def _derivation(data: Any) -> ShownDerivation:
    return ShownDerivation(
        wrt=data["wrt"],
        route=data["route"],
        start=Formula(**data["start"]),
        steps=tuple(map(_step, data["steps"])),
        status=data["status"],
        assumptions=tuple(map(_condition, data["assumptions"])),
        result=_formula(data["result"]),
    )


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule: its statement, and the term that it refuses with the conditions that fail there."""

    stem: str
    name: str
    says: str
    more: str
    statement: Formula
    counterexample: Formula
    counterexample_says: str
    refused: tuple[ShownCondition, ...]
    source: str

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ShownRule:
        """The rule that ``asdict`` wrote."""
        fixed = {
            "statement": Formula(**data["statement"]),
            "counterexample": Formula(**data["counterexample"]),
            "refused": tuple(map(_condition, data["refused"])),
        }
        return cls(**{**data, **fixed})
