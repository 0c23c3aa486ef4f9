"""Everything that a build needs: contents and rules from the cache or from workers, and the verdicts."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.site import store
from checks.site.content import Content, ShownRule, Subject
from checks.verdict import versions

if TYPE_CHECKING:
    from checks.site.gallery import Gallery

Progress = Callable[[int, int, str], None]
Key = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Material:
    """Contents in the order of the subjects, the rules, and the checks of each subject as report records."""

    contents: tuple[Content, ...]
    rules: tuple[ShownRule, ...]
    checks: dict[Subject, list[dict[str, Any]]]
    versions: dict[str, str]
    galleries: dict[Subject, Gallery] = field(default_factory=dict)


def gather(
    subjects: Sequence[Subject],
    rules: Sequence[str],
    report: dict[str, Any] | None,
    folder: Path | None,
    workers: int,
    progress: Progress = lambda done, total, name: None,
) -> Material:
    """Read what is kept, and make the rest in ``workers`` processes; Ctrl-C keeps what was made."""
    keys: list[Key] = [{"subject": asdict(s)} for s in subjects] + [{"rule": stem} for stem in rules]
    found = [store.load(folder, key) for key in keys]
    cold = [i for i, data in enumerate(found) if data is None]
    with _pool(min(workers, len(cold))) as submit:
        waiting = [(i, submit(make, keys[i])) for i in cold]
        for done, (i, future) in enumerate(waiting, 1):
            progress(done, len(cold), _name(keys[i]))
            found[i] = data = future.result()
            store.keep(folder, keys[i], data)
    made = [data for data in found if data is not None]
    return Material(
        contents=tuple(map(Content.from_json, made[: len(subjects)])),
        rules=tuple(map(ShownRule.from_json, made[len(subjects) :])),
        checks=_by_subject(report, subjects),
        versions=versions(),
    )


def make(key: Key) -> dict[str, Any]:
    """In a worker: the content or the rule of a key, as plain data."""
    from checks.site.derived import content_of, rule_of

    if "rule" in key:
        return asdict(rule_of(key["rule"]))
    subject = key["subject"]
    at = tuple((name, value) for name, value in subject["at"])
    wrt = None if subject["wrt"] is None else tuple(subject["wrt"])
    return content_of(Subject(subject["check"], subject["family"], subject["integrand"], at, wrt)).to_json()


def _name(key: Key) -> str:
    return str(key.get("rule") or f"{key['subject']['check']} {key['subject']['family'] or ''}")


@contextmanager
def _pool(workers: int) -> Any:
    """``submit`` into processes that import SymPy; in this one where there are none."""
    if workers < 1 or not hasattr(os, "fork"):
        yield _at_once
        return
    context = multiprocessing.get_context("fork")
    pool: Executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_quiet)
    try:
        yield pool.submit
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _quiet() -> None:
    """Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _at_once(function: Callable[[Key], dict[str, Any]], key: Key) -> Future[dict[str, Any]]:
    future: Future[dict[str, Any]] = Future()
    future.set_result(function(key))
    return future


def _by_subject(
    report: dict[str, Any] | None, subjects: Iterable[Subject]
) -> dict[Subject, list[dict[str, Any]]]:
    """The report's records by the subject that they are about: those of one suite and one expectation."""
    from checks.suites import SUITES

    records = {c["id"]: c for c in (report or {}).get("checks", [])}
    found: dict[Subject, list[dict[str, Any]]] = {s: [] for s in subjects}
    for stem in SUITES:
        for spec in SUITES[stem]:
            about = Subject(spec.check, spec.family, spec.integrand, spec.at, spec.wrt)
            if about in found and spec.id in records:
                found[about].append(records[spec.id])
    return found
