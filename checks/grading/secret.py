"""Points and seeds that nobody can foretell and that a regrade repeats: HMAC(secret, submission).

The secret stands in a file of its own beside the assignment, because the assignment is handed out.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from checks.grading.assignment import Assignment, Point, Task
from checks.grading.errors import BadAssignment

VARIABLE = "GRADPROOF_SECRET"
PUBLIC = b"self-check"
SHORTEST = 16
# Points are drawn on a grid of this many parts of their range: exact fractions that stay short.
PARTS = 60


@dataclass(frozen=True, slots=True)
class Secret:
    """A key, and what is drawn from it."""

    key: bytes

    def number(self, *about: str) -> int:
        """A number below 2**64, the same for the same words."""
        # Lengths first, so that no two lists of words are one message.
        message = b"".join(len(w.encode()).to_bytes(4, "big") + w.encode() for w in about)
        return int.from_bytes(hmac.digest(self.key, message, hashlib.sha256)[:8], "big")

    def points(self, task: Task, variants: int) -> tuple[Point, ...]:
        """The points that submissions are judged at: those of the assignment, or drawn from its ranges."""
        if task.points:
            return task.points
        drawn = (tuple(self._inside(task, k, *r) for r in task.between) for k in range(variants))
        return tuple(dict.fromkeys(drawn))

    def choice(self, task: Task, submission: str, count: int) -> int:
        """Which of the points a submission is judged at."""
        return self.number("choice", task.name, submission) % count

    def seed(self, task: Task, submission: str) -> int:
        """The seed of everything that is drawn while a submission is judged."""
        return self.number("seed", task.name, submission) % 2**48

    def _inside(self, task: Task, variant: int, name: str, low: Fraction, high: Fraction) -> tuple[str, str]:
        step = 1 + self.number("point", task.name, str(variant), name) % (PARTS - 1)
        return name, str(low + (high - low) * Fraction(step, PARTS))

    @property
    def digest(self) -> str:
        """A hash to recognise the secret by, which does not tell it."""
        return hashlib.sha256(b"gradproof" + self.key).hexdigest()


def path_of(assignment: Assignment) -> Path:
    """Where the secret of an assignment stands."""
    return assignment.path.with_suffix(".secret")


def load(assignment: Assignment) -> tuple[Secret, bool]:
    """The secret, from the environment or its file, and whether it was made just now.

    Raises ``BadAssignment`` where it is too short to be one, cannot be read, or cannot be kept.
    """
    path, given = path_of(assignment), os.environ.get(VARIABLE)
    if given is not None:
        return _checked(given.encode(), path, f"{VARIABLE} holds the secret: make it longer"), False
    try:
        return _checked(path.read_bytes().strip(), path, _NEW), False
    except FileNotFoundError:
        return _made(path), True
    except OSError as error:
        help = f"make it readable, or set {VARIABLE}"
        raise BadAssignment(f"the secret cannot be read: {error.strerror}", path, None, help) from None


_NEW = "delete the file, and the next `grade` makes a new one"


def _checked(key: bytes, path: Path, help: str) -> Secret:
    if len(key) < SHORTEST:
        what = f"the secret has {len(key)} bytes, and needs {SHORTEST}"
        raise BadAssignment(what, path, None, help)
    return Secret(key)


def _made(path: Path) -> Secret:
    key = secrets.token_hex(32).encode()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with contextlib.closing(os.fdopen(handle, "wb")) as file:
            file.write(key + b"\n")
    except OSError as error:
        help = f"set {VARIABLE} to at least {SHORTEST} characters, or make the folder writable"
        raise BadAssignment(f"the secret cannot be kept: {error.strerror}", path, None, help) from None
    return Secret(key)
