"""The kinds of problem files, and reading one whatever its kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from derive.environment.black_box import BlackBox, black_box_of
from derive.environment.files import SUFFIX, Data, load
from derive.environment.latent import Latent, latent_of
from derive.environment.linear_quadratic import LinearQuadratic, linear_quadratic_of
from derive.environment.mdp import Mdp
from derive.environment.reading import mdp_of
from derive.errors import BadProblem

Environment = Mdp | LinearQuadratic | BlackBox | Latent
KINDS: dict[str, Callable[[str, Data], Environment]] = {
    "mdp": mdp_of,
    "linear_quadratic": linear_quadratic_of,
    "black_box": black_box_of,
    "latent_model": latent_of,
}


def read(name: str, data: Data) -> Environment:
    """The environment that a problem file describes; raises ``BadProblem`` or ``OutsideDomain``."""
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadProblem(f"{name}: the kind {kind!r} is not known", f"known: {', '.join(KINDS)}")
    return KINDS[kind](name, data)


def environment(family: str) -> Environment:
    """The environment of a name or a path; a file of somebody's own is read anew, for it may have changed."""
    return read(family, load(family)) if family.endswith(SUFFIX) else _ours(family)


@cache
def _ours(name: str) -> Environment:
    return read(name, load(name))


def integrand_of(made: Environment) -> str:
    """What is summed, called or averaged, as reports name it."""
    return made.integrand if isinstance(made, (BlackBox, Latent)) else "return"
