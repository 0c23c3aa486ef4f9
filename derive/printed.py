"""What ``derive`` prints: rendered from derivations made now, or as it was kept with them.

A derivation that was judged before is printed without SymPy: every form is kept under the request, the
versions and the sources that made it. Nothing is ever kept of Torch code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .cache import Cache
from .environment.files import is_problem, load

FORMAT = "gradproof/derivation@1"
# A status that the time at hand may have decided, or that is a bug of ours, is judged anew every time.
SETTLED = frozenset({"proved", "proved-if", "evidence", "condition-failed"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for derivations, in the words in which it was made; None leaves the choice to the check."""

    check: str
    family: str | None = None
    integrand: str | None = None
    wrt: tuple[str, ...] | None = None
    at: str | None = None
    route: str | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """The derivations in every form, by the form's name, and the status of each."""

    forms: Mapping[str, str]
    statuses: tuple[str, ...]


def printed(asked: Asked, cache: Cache) -> Printed:
    """The derivations of ``asked``, from ``cache`` where they are, else made now and kept there.

    Raises what ``derivations`` raises; nothing is kept of a request that fails.
    """
    request = _request(asked)
    kept = _read(cache.record(request, FORMAT))
    if kept is not None:
        return kept
    made = _made(asked)
    if SETTLED.issuperset(made.statuses):
        cache.keep(request, {"forms": dict(made.forms), "statuses": list(made.statuses)}, FORMAT)
    return made


def _request(asked: Asked) -> dict[str, Any]:
    """As plain data, with what a problem file says: its name alone does not decide the derivation."""
    family = asked.family
    content = {"environment": load(family)} if family and is_problem(family) else {}
    return {**asdict(asked), **content}


def _read(record: Any) -> Printed | None:
    """What was kept, if all of it is there."""
    try:
        forms, statuses = dict(record["forms"]), tuple(record["statuses"])
    except (KeyError, TypeError, ValueError):
        return None
    whole = all(isinstance(text, str) for text in forms.values()) and SETTLED.issuperset(statuses)
    return Printed(forms, statuses) if whole else None


def _made(asked: Asked) -> Printed:
    from .deriving import derivations
    from .grammar import parse_at
    from .render import RENDERERS

    at = parse_at(asked.at) if asked.at else None
    found = derivations(asked.check, asked.family, asked.integrand, asked.wrt, at, asked.route)
    forms = {name: RENDERERS[name](found).rstrip("\n") for name in RENDERERS}
    return Printed(forms, tuple(d.status for d in found))
