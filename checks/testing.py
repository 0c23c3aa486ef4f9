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
At = str | Mapping[str, Number]


def assert_unbiased(
    estimator: Callable[..., Any],
    *,
    family: str,
    integrand: str,
    at: At | None = None,
    wrt: Sequence[str] | None = None,
    declared: str | None = None,
    n: int = 64,
    resolution: float = 0.01,
    evidence: Literal["auto", "exact", "sampling"] = "auto",
    seed: int = 0,
    budget: float = 60.0,
    cache: Cache | None = None,
) -> None:
    """Assert that ``estimator(f, theta, n)`` has the gradient of ``E[integrand]`` as its mean.

    Exact where its noise can be replayed; otherwise by a sequential test that refutes a right estimator
    with a probability of at most 1e-6, and passes one whose bias is ``resolution`` of the gradient with at
    most 1e-3. ``at`` is the point, as ``{"mu": "1/2"}`` or ``"mu=1/2"``; decimals are exact. ``n`` samples
    are asked for in an ordinary call. ``declared`` names the estimator that it implements, if that is known:
    its exact variance then serves. ``budget`` is in seconds.

    Raises ``AssertionError``, with the text of the terminal, unless it agrees: where it is refuted, and also
    where the evidence did not suffice; and a ``DeriveError`` where there is nothing to judge: an unknown
    family, a wrong signature, an exception in the estimator, a result that is no gradient.
    """
    from checks.selection import Selection, estimator_named
    from checks.session import Settings
    from checks.user import render, session
    from checks.user.load import check_signature
    from derive.cache import Cache, default_folder

    name = _name(estimator)
    check_signature(estimator, name)
    selection = Selection((family,), (integrand,), (), _at(at), None if wrt is None else tuple(wrt))
    settings = Settings(
        seed=seed,
        resolution=resolution,
        evidence=evidence,
        budget=budget,
        workers=0,
        cache=cache or Cache(default_folder()),
    )
    known_as = None if declared is None else estimator_named(declared)
    report = session.verify_function(estimator, name, selection, settings, n, known_as)
    result = report.results[0]
    # pytest leaves this frame out of its traceback: what it shows is the line of the test.
    __tracebackhide__ = True
    if result.verdict.outcome != "agrees":
        raise AssertionError(render.render(report.to_json()))


def _at(at: At | None) -> str | None:
    if at is None or isinstance(at, str):
        return at
    return ",".join(f"{name}={value}" for name, value in at.items())


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
