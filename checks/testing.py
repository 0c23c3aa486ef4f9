"""The check of an estimator as an assertion, for anybody's test suite."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from derive.cache import Cache

Number = str | int | float | Fraction
# Vectors and matrices as sequences: {"mu": [0, "1/2"]} is {"mu[0]": 0, "mu[1]": "1/2"}.
At = str | Mapping[str, Number | Sequence[Any]]


def assert_unbiased(
    estimator: Callable[..., Any],
    *,
    integrand: str,
    family: str | Mapping[str, Any] | None = None,
    log_density: str | None = None,
    support: Sequence[Number] = ("-oo", "oo"),
    lattice: bool = False,
    distribution: Callable[[Any], Any] | None = None,
    data: str | Path | Mapping[str, Any] | None = None,
    at: At | None = None,
    wrt: Sequence[str] | None = None,
    declared: str | None = None,
    n: int = 64,
    resolution: float = 0.01,
    evidence: Literal["auto", "exact", "sampling"] = "auto",
    seed: int = 0,
    budget: float = 60.0,
    isolated: bool = False,
    order: Literal[1, 2] = 1,
    cache: Cache | None = None,
) -> None:
    """Assert that ``estimator(f, theta, n)`` has the gradient of ``E[integrand]`` as its mean.

    The law is given in one way of four:

    - ``family``: a name that ``list families`` knows; or that with other parameters, as
      ``"normal(mu, exp(rho))"``, whose values are then all in ``at``; or a description, a mapping or a
      ``.toml`` file with the keys ``log_density`` (or ``law``), ``support``, ``parameters`` and, if there is
      one, ``transport``.
    - ``log_density``: an expression in the sample ``a`` and in parameters that ``at`` gives, over ``support``
      (``lattice`` for whole numbers). Its integral is enclosed: what is no density is refused, and the
      message says by how much.
    - ``distribution``: a function of theta that returns a ``torch.distributions`` object, such as
      ``lambda theta: Normal(theta.mu, theta.rho.exp())``. Where it is a known family, the proof is that
      family's; otherwise its ``log_prob`` is integrated numerically, and must agree with its ``rsample``.

    ``data`` is a fixed batch that ``integrand`` sums over, as ``sum(-(x - a)**2/2)`` or ``mean(...)``:
    columns by name, or a CSV file; the estimator finds them as float64 tensors in ``f.data["x"]``.

    Exact where its noise can be replayed; otherwise by a sequential test that refutes a right estimator
    with a probability of at most 1e-6, and passes one whose bias is ``resolution`` of the gradient with at
    most 1e-3. ``at`` is the point, as ``{"mu": "1/2"}`` or ``"mu=1/2"``; decimals are exact. ``n`` samples
    are asked for in an ordinary call. ``declared`` names the estimator that it implements, if that is known:
    its exact variance then serves. ``budget`` is in seconds; a library call that
    does not come back to Python holds to it only if ``isolated`` runs the estimator in a forked process.
    With ``order=2`` its result is the matrix of second derivatives, ``[p, p]`` or ``[n, p, p]``, or a
    surrogate that is differentiated twice.

    Raises ``AssertionError``, with the text of the terminal, unless it agrees: where it is refuted, and also
    where the evidence did not suffice; and a ``DeriveError`` where there is nothing to judge: an unknown
    family, a wrong signature, an exception in the estimator, a result that is no gradient.
    """
    from checks.selection import Selection, estimator_named
    from checks.session import Settings
    from checks.user import render, session
    from checks.user.data import columns
    from checks.user.load import check_signature
    from derive.cache import Cache, default_folder

    name = _name(estimator)
    check_signature(estimator, name)
    where = _at(at)
    law = _law(family, log_density, support, lattice, distribution, where)
    plain = isinstance(family, str) and data is None
    words = ("--order", "2") if order == 2 else ()
    columned = columns(data) if data is not None else {}
    given = session.Given(law, columned, words if plain else None, isolated, order)
    families = (family,) if isinstance(family, str) else ()
    selection = Selection(families, (integrand,), (), where, None if wrt is None else tuple(wrt))
    settings = Settings(
        seed=seed,
        resolution=resolution,
        evidence=evidence,
        budget=budget,
        workers=0,
        cache=cache or Cache(default_folder()),
    )
    known_as = None if declared is None else estimator_named(declared)
    report = session.verify_function(estimator, name, selection, settings, n, known_as, given)
    result = report.results[0]
    # pytest leaves this frame out of its traceback: what it shows is the line of the test.
    __tracebackhide__ = True
    if result.verdict.outcome != "agrees":
        raise AssertionError(render.render(report.to_json()))


def _law(
    family: str | Mapping[str, Any] | None,
    log_density: str | None,
    support: Sequence[Number],
    lattice: bool,
    distribution: Callable[[Any], Any] | None,
    at: str | None,
) -> Any:
    """What describes the law, or None where a family's name does."""
    from checks.user import describing
    from checks.user.distributions import law_of

    given = {"family": family, "log_density": log_density, "distribution": distribution}
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        said = "neither a family nor a log_density nor a distribution" if not named else " and ".join(named)
        raise describing.BadDescription(f"the law is given by {said}", "give exactly one of the three")
    if distribution is not None:
        return law_of(distribution, at)
    if log_density is not None:
        ends = [str(end) for end in support]
        return describing.log_density(log_density, ends, at, lattice)
    return describing.from_mapping(family, "family") if isinstance(family, Mapping) else None


def _at(at: At | None) -> str | None:
    if at is None or isinstance(at, str):
        return at
    return ",".join(f"{name}={value}" for key, given in at.items() for name, value in _entries(key, given))


def _entries(name: str, value: Any) -> list[tuple[str, Any]]:
    """A number by its name, a vector or matrix by those of its entries."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [(name, value)]
    if all(isinstance(row, Sequence) and not isinstance(row, str) for row in value):
        return [(f"{name}[{i},{j}]", x) for i, row in enumerate(value) for j, x in enumerate(row)]
    return [(f"{name}[{i}]", x) for i, x in enumerate(value)]


def _name(estimator: Callable[..., Any]) -> str:
    """``FILE.py::FUNCTION`` where there is a file, to reproduce from a terminal."""
    name = getattr(estimator, "__qualname__", type(estimator).__name__)
    try:
        file = Path(inspect.getsourcefile(estimator) or "")
    except TypeError:
        return str(name)
    here = Path.cwd()
    shown = file.relative_to(here) if file.is_absolute() and file.is_relative_to(here) else file
    return f"{shown}::{name}" if file.suffix == ".py" else str(name)
