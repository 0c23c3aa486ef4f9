"""``verify FILE.py::FUNCTION``: the checks that were asked for, their proofs, and a report."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from checks.prover import Crash, Request, proving, result
from checks.selection import DEFAULT_FAMILY, DEFAULT_INTEGRAND, Chosen, Selection, estimator_named, placed
from checks.session import Settings, foretold
from checks.suite import CheckSpec
from derive.errors import DeriveError, NotApplicable
from derive.proof import Proof

if TYPE_CHECKING:
    from checks.verdict import Report

CHECK = "user"
USUAL = ("pathwise", "score_function")
SAMPLES = 64


def select(target: str, selection: Selection) -> tuple[CheckSpec, ...]:
    """One check for every family and integrand; raises ``UnknownName`` for names that do not exist."""
    from checks.catalogue import find

    families = [find("families", name).name for name in selection.families] or [DEFAULT_FAMILY]
    integrands = selection.integrands or (DEFAULT_INTEGRAND,)
    made = []
    for family, integrand in itertools.product(families, integrands):
        spec = CheckSpec(CHECK, family, integrand, target)
        made.append(placed(Chosen(spec), selection).spec)
    return tuple(made)


def verify(target: str, selection: Selection, settings: Settings, n: int = SAMPLES) -> Report:
    """Check the function that ``target`` names, once for every family and integrand.

    Raises the ``DeriveError`` of whatever is wrong with the request, the file, the function or its result.
    """
    if len(selection.estimators) > 1:
        raise NotApplicable("an estimator is declared to be one thing", "give --estimator once")
    declared = estimator_named(selection.estimators[0]) if selection.estimators else None
    return _verified(lambda: _loaded(target), target, selection, settings, n, declared)


def verify_function(
    function: Callable[..., Any],
    name: str,
    selection: Selection,
    settings: Settings,
    n: int = SAMPLES,
    declared: str | None = None,
) -> Report:
    """The same for a function at hand."""
    return _verified(lambda: function, name, selection, settings, n, declared)


def _verified(
    load: Callable[[], Callable[..., Any]],
    target: str,
    selection: Selection,
    settings: Settings,
    n: int,
    declared: str | None,
) -> Report:
    """While the proofs are being made, Torch and the function are imported."""
    specs = select(target, selection)
    requests = [request(spec, (declared,) if declared else USUAL) for spec in specs]
    kept = [settings.cache.get(r) for r in requests]
    with proving([r for r, k in zip(requests, kept) if k is None], settings.workers) as futures:
        function = load()
        made = iter(futures)
        proofs = [k or _proof(result(next(made))) for k in kept]
    for r, proof, k in zip(requests, proofs, kept):
        if k is None:
            settings.cache.put(r, proof)
    from checks.verdict import Report

    results = [_checked(function, s, p, settings, target, declared, n) for s, p in zip(specs, proofs)]
    return Report(target, settings.seed, tuple(results))


def request(spec: CheckSpec, estimators: tuple[str, ...]) -> Request:
    """What is to be proved for a check, as plain data."""
    return {
        "family": spec.family,
        "integrand": spec.integrand,
        "at": [list(pair) for pair in spec.at],
        "wrt": None if spec.wrt is None else list(spec.wrt),
        "estimators": sorted(estimators),
        "fourth": False,
    }


def _loaded(target: str) -> Callable[..., Any]:
    import torch

    from checks.user.load import load
    from checks.user.state import contained

    torch.set_num_threads(1)
    with contained():
        return load(target)


def _proof(answer: Proof | DeriveError | Crash) -> Proof:
    if isinstance(answer, Proof):
        return answer
    if isinstance(answer, DeriveError):
        raise answer
    raise RuntimeError(answer.reason)


def _checked(
    function: Callable[..., Any],
    spec: CheckSpec,
    proof: Proof,
    settings: Settings,
    target: str,
    declared: str | None,
    n: int,
) -> Any:
    from checks.run import Options
    from checks.user.check import check_user
    from checks.user.explaining import explainer

    if declared is not None:
        expected = foretold(replace(spec, estimator=declared), proof)
        spec = replace(spec, expected="agrees" if expected == "untestable" else expected)
    options = Options(
        seed=settings.seed, resolution=settings.resolution, evidence=settings.evidence, budget=settings.budget
    )
    explain = explainer(spec, settings.cache)
    return check_user(function, spec, proof, options, target=target, n=n, declared=declared, explain=explain)
