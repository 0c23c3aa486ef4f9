"""Are the packages ``derive`` and ``checks`` that Python finds really gradproof's?"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from derive.errors import DeriveError

# A file of each package that no other distribution's package of that name has.
WITNESSES = {"derive": "terms.py", "checks": "suite.py"}


class ForeignPackage(DeriveError):
    """Another distribution owns an import name of ours."""


def refuse_strangers(home: Path) -> None:
    """Raise ``ForeignPackage`` unless both packages lie in ``home`` and are whole.

    PyPI has a `derive` of its own: installed after gradproof, it overwrites files of ours, and pip says
    nothing. Asking the metadata who owns a name takes a tenth of a second; looking where it lies, nothing.
    """
    for name, witness in WITNESSES.items():
        spec = find_spec(name)
        origin = Path(spec.origin).resolve().parent if spec and spec.origin else None
        ours = origin == home / name and (home / name / witness).exists() and _is_ours(home / name)
        if not ours:
            raise ForeignPackage(
                f"the package '{name}' that Python finds ({origin or 'nowhere'}) is not gradproof's",
                "another distribution owns that name: install gradproof in a virtual environment of its own",
            )


def _is_ours(folder: Path) -> bool:
    """Whether ``__init__.py`` is still the one that came with gradproof."""
    return "gradproof" in (folder / "__init__.py").read_text(encoding="utf-8", errors="replace")
