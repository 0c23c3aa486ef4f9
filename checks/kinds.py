"""What a family's name stands for: a law of ``derive/families``, or a problem file of an environment."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from checks import catalogue
from derive.environment import files
from derive.environment.kinds import Environment, environment, integrand_of
from derive.environment.latent import Latent
from derive.environment.mdp import Mdp
from derive.environment.paths import MOST_PATHS
from derive.errors import NotApplicable
from derive.registry import unknown
from derive.sizes import reference, size_of

LAW = "law"


def family_named(name: str) -> str:
    """The family or the problem of that name, or the path of a problem file, read and checked.

    Raises ``UnknownName``, ``BadProblem`` or ``OutsideDomain``.
    """
    for known in (name, name.replace("-", "_")):
        if files.is_problem(known):
            environment(known)
            return known
        if known in catalogue.names("families"):
            return known
    raise unknown(name, "family", (*catalogue.names("families"), *files.names()))


def kind_of(family: str) -> str:
    """``law``, or the kind of its problem file."""
    return str(files.load(family)["kind"]) if files.is_problem(family) else LAW


def parameters(
    family: str, integrand: str = "", given: Iterable[str] = (), total: Fraction | None = None
) -> dict[str, Fraction]:
    """The numbers that ``--at`` may give, each with its reference value.

    Of a family of several sizes those of the size that the integrand and the names ``given`` mean.
    """
    if files.is_problem(family):
        return environment(family).point
    size = size_of(family, integrand, given, total)
    return catalogue.parameters(family) if size is None else reference(family, size)


def directions(family: str) -> tuple[str, ...]:
    """What ``--wrt`` may name, in order."""
    return environment(family).parameters if files.is_problem(family) else tuple(parameters(family))


def default_integrand(family: str, usual: str) -> str:
    """The integrand where none was asked for: a problem file has its own."""
    return integrand_of(environment(family)) if files.is_problem(family) else usual


def require_integrand(family: str, integrand: str) -> None:
    """Raises ``NotApplicable`` for another integrand than the return of a process: there is none.

    A latent model has its objectives, a black box takes any function.
    """
    if kind_of(family) in (LAW, "black_box") or integrand == "return":
        return
    made = environment(family)
    if isinstance(made, Latent):
        made.samples(integrand)
        return
    help = f"leave --integrand out; the rewards stand in the problem file of {family}"
    raise NotApplicable(f"{family} is an environment: its integrand is the return, not '{integrand}'", help)


def content(family: str) -> dict[str, Any]:
    """What a request carries of a problem file, so that a proof is kept for what the file said."""
    return {"environment": files.load(family)} if files.is_problem(family) else {}


def warnings(families: tuple[str, ...]) -> tuple[str, ...]:
    """What is odd about the problem files, though not wrong."""
    problems = [environment(f) for f in families if files.is_problem(f)]
    return tuple(f"{made.name}: {note}" for made in problems for note in (*made.unreachable(), *_size(made)))


def _size(made: Environment) -> tuple[str, ...]:
    """What becomes of a process with too many trajectories to enumerate."""
    if not isinstance(made, Mdp) or made.trajectories <= MOST_PATHS:
        return ()
    return (
        f"{made.trajectories} trajectories are too many to enumerate (the most is {MOST_PATHS}): "
        "the gradient is exact by the Bellman recursion, the estimators are sampled",
    )
