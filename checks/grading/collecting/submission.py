"""One submission: read once, hashed, and from then on these very bytes are graded."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from checks.grading.collecting import archives, files
from checks.grading.collecting.code import Place, program
from checks.grading.collecting.files import LIMITS, Part
from checks.grading.collecting.listing import Entry, walk
from checks.grading.collecting.names import shown
from checks.grading.errors import Unreadable

MOST_FILES = 200
CODE = (".py", ".ipynb")


@dataclass(frozen=True, slots=True)
class Submission:
    """What a student handed in: one program, derivations by task, remarks, or why it cannot be read."""

    student: str
    code: bytes = b""
    places: tuple[Place, ...] = ()
    written: tuple[tuple[str, str, bytes], ...] = ()
    notes: tuple[str, ...] = ()
    problem: str | None = None
    help: str | None = None
    modified: float | None = None

    @property
    def digest(self) -> str:
        """A hash of what is graded: copies have the same, whatever their names."""
        digest = hashlib.sha256(len(self.code).to_bytes(8, "big") + self.code)
        for task, name, data in self.written:
            for piece in (task.encode(), name.rpartition(".")[2].encode(), data):
                digest.update(len(piece).to_bytes(8, "big") + piece)
        return digest.hexdigest()


def read(entry: Entry, functions: Sequence[str], written: Sequence[tuple[str, str]]) -> Submission:
    """The submission at ``entry``; whatever is wrong with it is its ``problem``, and nothing is raised.

    ``functions`` are the names that tasks ask for; ``written`` pairs tasks with the names of their files.
    """
    try:
        parts, notes = _parts(entry)
        return _assembled(entry.student, parts, notes, functions, written)
    except Unreadable as error:
        return Submission(entry.student, problem=error.message, help=error.help)
    except (OSError, RecursionError, MemoryError) as error:
        return Submission(entry.student, problem=f"it cannot be read: {type(error).__name__}")


def _assembled(
    student: str,
    parts: list[Part],
    notes: list[str],
    functions: Sequence[str],
    written: Sequence[tuple[str, str]],
) -> Submission:
    found = _derivations(parts, written)
    taken = {name for _, name, _ in found}
    code = [p for p in parts if p.suffix in CODE and p.name not in taken]
    if not code and not found:
        what = "; ".join(["there is no Python file and no notebook in it", *notes])
        raise Unreadable(what, "hand in a .py or .ipynb file")
    made = program(code, functions)
    if code and not made.source.strip() and not found:
        raise Unreadable("it is empty", "hand in the file with your functions")
    times = [p.modified for p in parts if p.modified is not None]
    return Submission(
        student,
        made.source,
        made.places,
        tuple(found),
        (*notes, *made.notes),
        None,
        None,
        max(times, default=None),
    )


def _derivations(parts: Sequence[Part], written: Sequence[tuple[str, str]]) -> list[tuple[str, str, bytes]]:
    """For each written task its file; raises ``Unreadable`` where several could be meant."""
    found = []
    for task, pattern in written:
        fitting = [
            p for p in parts if fnmatch.fnmatchcase(p.name.rpartition("/")[2].lower(), pattern.lower())
        ]
        if len(fitting) > 1:
            names = ", ".join(p.name for p in fitting)
            raise Unreadable(f"{len(fitting)} files could be '{task}': {names}", f"hand in one {pattern}")
        found += [(task, p.name, p.data) for p in fitting]
    return found


def _parts(entry: Entry) -> tuple[list[Part], list[str]]:
    if entry.members:
        return _of_class_archive(entry)
    if entry.path.is_dir() and not entry.path.is_symlink():
        return _of_folder(entry)
    suffix = entry.path.suffix.lower()
    if suffix not in LIMITS:
        # Links, pipes and devices are told as what they are; other files by their kind.
        files.read(entry.path, LIMITS[".ipynb"])
        raise Unreadable(
            f"'{shown(entry.path.name)}' is no Python file, notebook or zip", "hand in a .py or .ipynb file"
        )
    data, modified = files.read(entry.path, LIMITS[suffix])
    if suffix == ".zip":
        return archives.parts(data)
    return [Part(shown(entry.path.name), data, modified)], []


def _of_folder(entry: Entry) -> tuple[list[Part], list[str]]:
    paths = list(walk(entry.path))
    if len(paths) > MOST_FILES:
        raise Unreadable(f"the folder has {len(paths)} files", f"hand in at most {MOST_FILES}")
    found: list[Part] = []
    notes: list[str] = []
    for path in paths:
        suffix, name = path.suffix.lower(), shown(path.relative_to(entry.path).as_posix())
        try:
            data, modified = files.read(path, LIMITS[suffix])
        except Unreadable as error:
            # One bad file among good ones is left out; alone, it is what is wrong with the submission.
            if len(paths) == 1:
                raise
            notes.append(f"'{name}' was left out: {error.message}")
            continue
        more, said = archives.parts(data) if suffix == ".zip" else ([Part(name, data, modified)], [])
        found += more
        notes += said
    if paths and not found:
        raise Unreadable("; ".join(notes), "hand in ordinary files")
    return found, notes


def _of_class_archive(entry: Entry) -> tuple[list[Part], list[str]]:
    found: list[Part] = []
    notes: list[str] = []
    with archives.opened_again(entry.path) as archive:
        if len(entry.members) > MOST_FILES:
            raise Unreadable(f"the folder has {len(entry.members)} files", f"hand in at most {MOST_FILES}")
        for name in entry.members:
            info = archive.getinfo(name)
            suffix = f".{name.rpartition('.')[2].lower()}"
            why = archives.refusal(info)
            if why is not None:
                notes.append(f"'{shown(name)}' was left out: {why}")
                continue
            data = archives.member(archive, info, LIMITS[suffix])
            if suffix == ".zip":
                more, said = archives.parts(data)
                found += more
                notes += said
            else:
                found.append(Part(shown(name), data, archives.changed(info)))
    if not found and notes:
        raise Unreadable("; ".join(notes), "hand in ordinary files")
    return found, notes
