"""``verify`` on the workers of a Dask cluster: a task is one expectation, its proof and all checks of it.

A task depends on nothing but its arguments, and results stand in the order of the request: the report is that
of one process to the last bit, ``seconds`` aside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from checks import session
from checks.engines import Cluster, Engine, finished
from checks.prover import Request, answer, received
from checks.selection import Chosen
from checks.session import NO_CACHE, Settings
from checks.verdict import CheckResult, Report
from derive.proof import Proof

Said = dict[str, Any]


def verify(
    target: str,
    chosen: Sequence[Chosen],
    settings: Settings,
    address: str,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Report:
    """The report of ``checks.session.verify``, by the workers of the scheduler at ``address``.

    Raises ``Unavailable`` where there is no such scheduler or a worker has other versions, ``Died`` where a
    task ends every process that takes it, and what ``checks.session.verify`` raises of bad input.
    """
    with Cluster(address) as cluster:
        return verify_on(cluster, target, chosen, settings, progress)


def verify_on(
    engine: Engine,
    target: str,
    chosen: Sequence[Chosen],
    settings: Settings,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Report:
    """The same on any engine. Proofs come from this machine's cache, and new ones go there."""
    requests = session.requests(chosen, settings)
    groups = {key: [i for i, one in enumerate(chosen) if session.key_of(one.spec) == key] for key in requests}
    kept = {key: settings.cache.get(request) for key, request in requests.items()}
    order = sorted(requests, key=lambda key: (kept[key] is None, session.cost(key)), reverse=True)
    sent = replace(settings, cache=NO_CACHE)
    tasks = [(requests[k], _json(kept[k]), tuple(chosen[i] for i in groups[k]), sent) for k in order]
    results: dict[int, CheckResult] = {}
    progress(0, len(chosen), "")
    for task, (said, found) in finished(engine, checked, tasks, len(tasks)):
        key = order[task]
        made = received(said)
        if kept[key] is None and isinstance(made, Proof):
            settings.cache.put(requests[key], made)
        found = found or tuple(session.checked(chosen[i], made, settings) for i in groups[key])
        results |= zip(groups[key], found)
        progress(len(results), len(chosen), found[0].id)
    return Report(target, settings.seed, tuple(results[i] for i in range(len(chosen))))


def _json(proof: Proof | None) -> Said | None:
    return None if proof is None else {"proof": proof.to_json()}


def checked(
    request: Request, known: Said | None, chosen: tuple[Chosen, ...], settings: Settings
) -> tuple[Said, tuple[CheckResult, ...]]:
    """On a worker: what the prover says, where it is not known, and the results of the checks."""
    session.import_torch()
    said = known or answer(request)
    made = received(said)
    if not isinstance(made, Proof):
        return said, ()
    return said, tuple(session.checked(one, made, settings) for one in chosen)
