"""What the command line gives beyond names of families: a log-density, a distribution, data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.user import describing
from checks.user.data import columns
from checks.user.session import Given, Law
from derive.syntax import split_at_commas

if TYPE_CHECKING:
    from checks.selection import Selection

OPTIONS = ("log_density", "support", "lattice", "distribution", "data", "order")


def given(
    selection: Selection,
    log_density: str | None,
    support: str,
    lattice: bool,
    distribution: str | None,
    data: str | None,
    order: int = 1,
) -> Given:
    """The law and the data of an estimator's problem, with the words that give them again.

    Raises ``BadDescription`` where the law is given twice, and what the law and the data raise.
    """
    ways = {"--family": selection.families, "--log-density": log_density, "--distribution": distribution}
    named = [way for way, value in ways.items() if value]
    if len(named) > 1:
        raise describing.BadDescription(f"{' and '.join(named)} give the law twice", "give one of them")
    words: list[str] = []
    law: Law | None = None
    if log_density:
        ends = [end.strip() for _, end in split_at_commas(support)]
        law = describing.log_density(log_density, ends, selection.at, lattice)
        words += ["--log-density", log_density, "--support", support, *(["--lattice"] if lattice else [])]
    elif distribution:
        law = _distribution(distribution, selection.at)
        words += ["--distribution", distribution]
    elif any(family.endswith(".toml") for family in selection.families) and len(selection.families) == 1:
        words += ["--family", selection.families[0]]
    if data:
        words += ["--data", data]
    if order == 2:
        words += ["--order", "2"]
    return Given(law, columns(data) if data else {}, tuple(words), apart=True, order=order)


def _distribution(target: str, at: str | None) -> Law:
    from checks.user.distributions import law_of
    from checks.user.load import load
    from checks.user.state import contained

    if "::" not in target:
        raise describing.BadDescription(f"'{target}' names no function", "write FILE.py::FUNCTION")
    with contained():
        return law_of(load(target, "(theta)", 1), at)
