"""A whole class's results, as every export and the report read them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from checks.grading.assignment import Assignment
from checks.grading.students import Students


@dataclass(frozen=True)
class Results:
    """Everybody with marks, in order, and the versions that they rest on."""

    assignment: Assignment
    students: Students
    versions: Mapping[str, str]

    @cached_property
    def files(self) -> dict[str, str]:
        """A name for each student's files: harmless on every system, and no two the same."""
        made: dict[str, str] = {}
        taken: set[str] = set()
        for name in self.students.names:
            plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-")[:60]
            # Capitals are no difference on some systems, and some names are devices on others.
            if not plain or plain != name or plain.lower() in taken or _RESERVED.fullmatch(plain):
                plain = (
                    f"{plain or 'student'}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"
                )
            taken.add(plain.lower())
            made[name] = plain
        return made


_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
