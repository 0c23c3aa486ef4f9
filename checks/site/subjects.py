"""Which pages there are: one for each expectation that a suite checks, and one for each statement."""

from __future__ import annotations

from collections.abc import Sequence

from checks.catalogue import names
from checks.site.content import Subject
from checks.suites import SUITES


def subjects(checks: Sequence[str] = ()) -> tuple[Subject, ...]:
    """The subjects of these checks (of all of them by default), in order; each once."""
    found: dict[Subject, None] = {}
    for stem in names("checks"):
        check = stem.replace("_", "-")
        if checks and check not in checks:
            continue
        found[Subject(check)] = None
        for spec in SUITES[stem]:
            found[Subject(check, spec.family, spec.integrand, spec.at, spec.wrt)] = None
    return tuple(found)
