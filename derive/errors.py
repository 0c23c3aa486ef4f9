"""What can go wrong while deriving, as exceptions that carry data and a next action."""

from __future__ import annotations


class DeriveError(Exception):
    """Base of every error that gradproof raises on purpose.

    ``message`` says what is wrong and where, ``help`` what to try next.
    """

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class UnknownName(DeriveError):
    """A name that is not in a registry; ``help`` names the nearest ones."""


class BadExpression(DeriveError):
    """Text that the expression grammar does not accept; ``position`` is a 0-based column."""

    def __init__(self, message: str, text: str, position: int, help: str | None = None) -> None:
        super().__init__(message, help)
        self.text = text
        self.position = position

    def caret(self) -> str:
        """The text with a caret under the offending column."""
        return f"{self.text}\n{' ' * self.position}^"


class OutsideDomain(DeriveError):
    """A parameter value outside its family's domain (sigma = 0, low >= high, nan)."""


class NoExpectation(DeriveError):
    """The expectation (or the moment asked for) does not exist as a finite number."""


class NoClosedForm(DeriveError):
    """No closed form is known to the engine; nothing is claimed about whether one exists."""


class NotApplicable(DeriveError):
    """A rule found nothing in the term that it could act on."""


class ConditionRefuted(DeriveError):
    """A side condition of a rule is false, so the step is refused."""


class StepRefuted(DeriveError):
    """The two sides of a step differ at a point; ``witness`` is that point."""

    def __init__(self, message: str, witness: dict[str, str], help: str | None = None) -> None:
        super().__init__(message, help)
        self.witness = witness


class Undecided(DeriveError):
    """A side condition or an equality could be neither proved nor refuted."""


class BadProblem(DeriveError):
    """A problem file that cannot be read, or that says something impossible; names the file and the place."""
