"""What a command may be asked to check."""

from __future__ import annotations

from checks.suites import SUITES
from derive.errors import DeriveError, UnknownName
from derive.registry import unknown

WRITTEN = (".md", ".tex", ".ipynb")


class NotAvailable(DeriveError):
    """Something that the contract names and that is not built yet."""


def available() -> tuple[str, ...]:
    """The checks that there are, as the command line writes them."""
    return tuple(name.replace("_", "-") for name in SUITES)


def known_check(name: str) -> str:
    """The check called ``name``; raises ``UnknownName``."""
    if name in SUITES:
        return name.replace("_", "-")
    error = unknown(name, "check or file", available())
    near = (error.help or "").partition("known:")[0]
    error.help = f"{near}`python cli.py list checks` names all {len(available())}"
    raise error


def targets(target: str) -> tuple[str, ...]:
    """The checks that ``verify TARGET`` means; raises ``NotAvailable`` or ``UnknownName``."""
    if target == "all":
        return available()
    if target.endswith(".py"):
        raise UnknownName(f"'{target}' names no function", f"write {target}::FUNCTION")
    if target.endswith(WRITTEN):
        raise NotAvailable(
            "checking a derivation that you wrote (.md, .tex, .ipynb) is not available yet",
            "`python cli.py derive CHECK` writes one",
        )
    return (known_check(target),)
