"""``verify FILE.py::FUNCTION``: the checks that were asked for, their proofs, and a report."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from checks.catalogue import order as order_of
from checks.prover import Crash, Request, proving, result
from checks.selection import DEFAULT_FAMILY, DEFAULT_INTEGRAND, Chosen, Selection, estimator_named, placed
from checks.session import Settings, foretold
from checks.suite import CheckSpec
from checks.user.data import Columns
from checks.user.describing import Described, described, is_description
from checks.user.distributions import Numeric
from derive.errors import DeriveError, NotApplicable
from derive.proof import Proof
from derive.syntax import assignments

if TYPE_CHECKING:
    from checks.problem import Problem
    from checks.verdict import Report

CHECK = "user"
USUAL = {1: ("pathwise", "score_function"), 2: ("hessian_pathwise", "hessian_score_function")}
SAMPLES = 64


Law = Described | Numeric


@dataclass(frozen=True, slots=True)
class Given:
    """What a problem has beyond names: a law that is described, and the columns of a batch of data.

    ``words`` are what the command line needs to be given them again; None where it cannot be.
    ``apart`` runs the estimator in a process of its own. ``order`` is 2 for second derivatives.
    """

    law: Law | None = None
    data: Columns = field(default_factory=dict)
    words: tuple[str, ...] | None = ()
    apart: bool = False
    order: int = 1


@dataclass(frozen=True, slots=True)
class Task:
    """One check, and what its problem was given."""

    spec: CheckSpec
    given: Given


def select(target: str, selection: Selection, given: Given | None = None) -> tuple[Task, ...]:
    """One check for every family and integrand; raises ``UnknownName`` for names that do not exist."""
    given = given or Given()
    families: tuple[str | Law, ...] = (given.law,) if given.law else selection.families
    integrands = selection.integrands or (DEFAULT_INTEGRAND,)
    return tuple(
        _task(target, family, integrand, selection, given)
        for family, integrand in itertools.product(families or (DEFAULT_FAMILY,), integrands)
    )


def _task(target: str, family: str | Law, integrand: str, selection: Selection, given: Given) -> Task:
    from checks.catalogue import find

    if isinstance(family, str) and is_description(family):
        family = described(family, selection.at)
    if isinstance(family, str):
        spec = CheckSpec(CHECK, find("families", family).name, integrand, target)
        return Task(placed(Chosen(spec), selection).spec, given)
    names = dict(family.point)
    asked = {n: v for n, (v, _) in assignments(selection.at).items()} if selection.at else {}
    point = {n: str(v) for n, v in family.point} | {n: v.strip() for n, v in asked.items() if n not in names}
    spec = CheckSpec(CHECK, family.name, integrand, target, tuple(point.items()), selection.wrt)
    return Task(spec, replace(given, law=family))


def verify(
    target: str, selection: Selection, settings: Settings, n: int = SAMPLES, given: Given | None = None
) -> Report:
    """Check the function that ``target`` names, once for every family and integrand.

    Raises the ``DeriveError`` of whatever is wrong with the request, the file, the function or its result.
    """
    if len(selection.estimators) > 1:
        raise NotApplicable("an estimator is declared to be one thing", "give --estimator once")
    declared = estimator_named(selection.estimators[0]) if selection.estimators else None
    tasks = select(target, selection, given)
    return _verified(lambda: _loaded(target), target, tasks, settings, n, declared)


def verify_function(
    function: Callable[..., Any],
    name: str,
    selection: Selection,
    settings: Settings,
    n: int = SAMPLES,
    declared: str | None = None,
    given: Given | None = None,
) -> Report:
    """The same for a function at hand."""
    return _verified(lambda: function, name, select(name, selection, given), settings, n, declared)


def _verified(
    load: Callable[[], Callable[..., Any]],
    target: str,
    tasks: tuple[Task, ...],
    settings: Settings,
    n: int,
    declared: str | None,
) -> Report:
    """While the proofs are being made, Torch and the function are imported."""
    _refuse_order(tasks, declared)
    if any(isinstance(task.given.law, Numeric) for task in tasks):
        return _numerically(load(), target, tasks, settings, n)
    requests = [request(task, (declared,) if declared else USUAL[task.given.order]) for task in tasks]
    kept = [settings.cache.get(r) for r in requests]
    with proving([r for r, k in zip(requests, kept) if k is None], settings.workers) as futures:
        function = load()
        made = iter(futures)
        proofs = [k or _proof(result(next(made))) for k in kept]
    for r, proof, k in zip(requests, proofs, kept):
        if k is None:
            settings.cache.put(r, proof)
    from checks.problem import Problem
    from checks.user.hessians import HessianProblem
    from checks.verdict import Report

    problems = [HessianProblem(proof) if proof.order == 2 else Problem(proof) for proof in proofs]
    results = [_checked(function, t, p, settings, target, declared, n) for t, p in zip(tasks, problems)]
    return Report(target, settings.seed, tuple(results))


def _refuse_order(tasks: tuple[Task, ...], declared: str | None) -> None:
    """Second derivatives of a law without a proof, and estimators that are declared of another order."""
    order = max(task.given.order for task in tasks)
    if order == 2 and any(isinstance(task.given.law, Numeric) for task in tasks):
        help = "give it by --log-density, or choose a family that `list families` knows"
        raise NotApplicable("of a distribution that only Torch knows no second derivative is derived", help)
    own = order if declared is None else order_of(declared)
    if own != order:
        what = "second derivatives" if own == 2 else "a gradient"
        raise NotApplicable(f"{declared} estimates {what}", f"give --order {own}, or another --estimator")


def _numerically(
    function: Callable[..., Any], target: str, tasks: tuple[Task, ...], settings: Settings, n: int
) -> Report:
    """The same for a distribution without a proof: its gradient is integrated."""
    from checks.user.numerics import problem_of
    from checks.user.state import contained, seeded
    from checks.verdict import Report

    results = []
    for task in tasks:
        law = task.given.law
        assert isinstance(law, Numeric)
        constants = {name: value for name, value in task.spec.at if name not in dict(law.point)}
        with contained():
            seeded(settings.seed)
            problem = problem_of(law, task.spec.integrand, task.spec.wrt, constants, task.given.data)
        results.append(_checked(function, task, problem, settings, target, None, n))
    return Report(target, settings.seed, tuple(results))


def request(task: Task, estimators: tuple[str, ...]) -> Request:
    """What is to be proved for a check, as plain data."""
    spec, given = task.spec, task.given
    law = json.loads(given.law.text) if isinstance(given.law, Described) else None
    further = {"law": law, "data": given.data or None, "order": 2 if given.order == 2 else None}
    return {
        **{key: value for key, value in further.items() if value is not None},
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
    task: Task,
    problem: Problem,
    settings: Settings,
    target: str,
    declared: str | None,
    n: int,
) -> Any:
    from checks.run import Options
    from checks.user.check import check_user
    from checks.user.explaining import explainer
    from checks.user.explaining_hessians import explainer as explainer_of_hessians

    spec = task.spec
    if declared is not None:
        expected = foretold(replace(spec, estimator=declared), problem.proof)
        spec = replace(spec, expected="agrees" if expected == "untestable" else expected)
    options = Options(
        seed=settings.seed, resolution=settings.resolution, evidence=settings.evidence, budget=settings.budget
    )
    explain = (explainer_of_hessians if task.given.order == 2 else explainer)(task, settings.cache)
    return check_user(
        function,
        spec,
        problem,
        options,
        target=target,
        n=n,
        declared=declared,
        explain=explain,
        data=task.given.data,
        words=task.given.words,
        apart=task.given.apart,
    )
