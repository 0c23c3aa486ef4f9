"""A class is judged once, by any number of workers with the same result, and nothing judged is lost."""

from __future__ import annotations

import gc
import json
import signal
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from checks.grading import folder, work
from checks.grading.classroom import Class, judge
from checks.grading.collecting.listing import entries
from checks.grading.engines import Died, Here, Local
from checks.grading.errors import BadFolder
from checks.grading.spec import Spec
from checks.grading.store import NAME, Store, is_ours
from checks.grading.students import Students
from checks.grading.work import Answer, Job
from tests.checks.grading.samples import TOML, assignment, spec

SUBMISSIONS = {"ann": "right", "bob": "half", "cy": "right", "dee": "", "eve": "other"}


def handed_in(folder: Path, submissions: dict[str, str] = SUBMISSIONS) -> Path:
    folder.mkdir(exist_ok=True)
    for name, word in submissions.items():
        (folder / f"{name}.py").write_text(f"#{word}\n" if word else "")
    return folder


def run(spec: Spec, where: Path, engine: Any, store: Path) -> tuple[Class, dict[str, Any]]:
    """Judge a folder; the findings by student."""
    with Store(store) as kept, engine:
        known = judge(entries([where]), spec, kept, engine)
        return known, {h.student: kept.get(spec.key, h.digest) for h in known.handed}


class Counting(Here):
    """Counts what is judged; may be interrupted after some, and may die under some."""

    def __init__(self, spec: Spec, stop: int | None = None, deadly: str = "#die") -> None:
        super().__init__(spec)
        self.judged: list[bytes] = []
        self.stop, self.deadly = stop, deadly.encode()
        self.restarts = 0

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]:
        if self.stop is not None and len(self.judged) >= self.stop:
            raise KeyboardInterrupt
        self.judged += [job.code for job in jobs]
        if any(job.code.startswith(self.deadly) for job in jobs):
            future: Future[list[Answer]] = Future()
            future.set_exception(Died("its judge died"))
            return future
        return super().submit(jobs)

    def restart(self) -> None:
        self.restarts += 1


def test_copies_are_judged_once_and_the_unreadable_not(tmp_path: Path) -> None:
    made = spec(assignment(tmp_path))
    engine = Counting(made)
    known, found = run(made, handed_in(tmp_path / "in"), engine, tmp_path / NAME)
    assert len(engine.judged) == known.judged == 3
    assert [h.problem for h in known.handed] == [None, None, None, "it is empty", None]
    assert found["ann"] == found["cy"] != found["bob"]


def test_the_second_run_judges_only_what_has_changed(tmp_path: Path) -> None:
    made = spec(assignment(tmp_path))
    where = handed_in(tmp_path / "in")
    _, before = run(made, where, Counting(made), tmp_path / NAME)
    handed_in(where, {"bob": "better"})
    engine = Counting(made)
    known, after = run(made, where, engine, tmp_path / NAME)
    assert engine.judged == [b"#better\n"]
    assert (known.judged, known.known) == (1, 3)
    assert {k: v for k, v in before.items() if k != "bob"} == {k: v for k, v in after.items() if k != "bob"}


OTHER = {
    "another secret": (TOML, b"another secret, as long", 3),
    "another integrand": (TOML.replace("3*a + p", "3*a"), b"a secret of enough bytes", 3),
    "other marks": (TOML.replace("unbiased = 4", "unbiased = 5"), b"a secret of enough bytes", 0),
}


@pytest.mark.parametrize(("text", "key", "judged"), OTHER.values(), ids=OTHER)
def test_what_judging_depends_on_is_in_the_key(tmp_path: Path, text: str, key: bytes, judged: int) -> None:
    where = handed_in(tmp_path / "in")
    first = spec(assignment(tmp_path))
    run(first, where, Here(first), tmp_path / NAME)
    second = spec(assignment(tmp_path, text), key)
    known, _ = run(second, where, Here(second), tmp_path / NAME)
    assert known.judged == judged


def test_an_interrupt_loses_nothing(tmp_path: Path) -> None:
    made = spec(assignment(tmp_path))
    where = handed_in(tmp_path / "in", {f"s{i}": f"x{i}" for i in range(9)})
    with pytest.raises(KeyboardInterrupt):
        run(made, where, Counting(made, stop=4), tmp_path / NAME)
    engine = Counting(made)
    known, found = run(made, where, engine, tmp_path / NAME)
    assert known.judged + known.known == 9
    # What waits unread while Ctrl-C comes is judged again: at most the window of the engine.
    assert known.known >= 1
    assert len(engine.judged) == known.judged
    assert all(found.values())


def test_who_kills_the_judge_is_left_to_a_person(tmp_path: Path) -> None:
    made = spec(assignment(tmp_path))
    where = handed_in(tmp_path / "in", {**SUBMISSIONS, "zoe": "die"})
    engine = Counting(made)
    known, found = run(made, where, engine, tmp_path / NAME)
    failed = {h.student: h.failure for h in known.handed if h.failure}
    assert failed == {"zoe": "its judge died"}
    assert all(found[s] for s in ("ann", "bob", "eve"))
    students = Students(made.assignment, known.handed, lambda _: None, {})
    assert [one.open for one in students if one.handed.student == "zoe"] == [True]
    assert engine.restarts >= 2


def test_our_failures_are_judged_again(tmp_path: Path) -> None:
    made = spec(assignment(tmp_path))
    where = handed_in(tmp_path / "in", {"ann": "broken", "bob": "right"})
    run(made, where, Here(made), tmp_path / NAME)
    engine = Counting(made)
    run(made, where, engine, tmp_path / NAME)
    assert engine.judged == [b"#broken\n"]


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_give_the_same_to_the_last_bit_and_survive_a_death(tmp_path: Path, workers: int) -> None:
    made = spec(assignment(tmp_path))
    where = handed_in(tmp_path / "in", {f"s{i}": f"x{i}" for i in range(6)})
    _, here = run(made, where, Here(made), tmp_path / "here")
    handed_in(where, {"s9": "die"})
    known, there = run(made, where, Local(made, workers), tmp_path / "there")
    assert json.dumps({k: v for k, v in there.items() if v}) == json.dumps(here)
    assert [h.student for h in known.handed if h.failure] == ["s9"]


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    made = spec(assignment(tmp_path))
    told: list[tuple[int, int]] = []
    with Store(tmp_path / NAME) as store:
        listed = entries([handed_in(tmp_path / "in")])
        judge(listed, made, store, Here(made), lambda done, total, _: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (5, 5)


def test_a_folder_of_somebody_else_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    before = sorted((p.name, p.stat().st_mtime_ns) for p in tmp_path.iterdir())
    with pytest.raises(BadFolder, match="holds files that `grade` did not write"):
        folder.claim(tmp_path)
    assert sorted((p.name, p.stat().st_mtime_ns) for p in tmp_path.iterdir()) == before


def test_a_database_of_somebody_else_is_not_ours(tmp_path: Path) -> None:
    import sqlite3

    other = sqlite3.connect(tmp_path / NAME)
    other.execute("CREATE TABLE t (x)")
    other.commit()
    other.close()
    assert not is_ours(tmp_path / NAME)
    with pytest.raises(BadFolder):
        folder.claim(tmp_path)


def test_our_own_folder_is_known_even_after_a_power_cut(tmp_path: Path) -> None:
    store = Store(tmp_path / "out.sqlite")
    store.put("spec", [Answer("d", {"tasks": []}, 1.0)])
    copy = tmp_path / "cut"
    copy.mkdir()
    # As the disk is while the program runs: nothing was closed.
    for suffix in ("", "-wal", "-shm"):
        part = tmp_path / f"out.sqlite{suffix}"
        if part.exists():
            (copy / f"{NAME}{suffix}").write_bytes(part.read_bytes())
    assert folder.claim(copy) == copy
    store.__exit__()
    assert folder.claim(tmp_path / "new").is_dir()


def test_a_file_or_a_link_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    (tmp_path / "l").symlink_to(tmp_path)
    for name in ("x", "l"):
        with pytest.raises(BadFolder, match="is not a folder"):
            folder.claim(tmp_path / name)


def test_files_are_whole_or_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write(tmp_path, [("a/b.txt", "old")])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BadFolder, match="No space left"):
        folder.write(tmp_path, [("a/b.txt", "new")])
    assert (tmp_path / "a" / "b.txt").read_text() == "old"
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_store_in_use_elsewhere_is_an_error(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"not a database, but long enough to be looked at" * 10)
    with pytest.raises(BadFolder, match="cannot be used"):
        Store(tmp_path / NAME)


def test_batches_are_small_where_few_are_left(tmp_path: Path) -> None:
    """So that no worker is left with a large one when the others have ended."""
    sizes: list[int] = []

    class Sizing(Here):
        workers = 2

        def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]:
            sizes.append(len(jobs))
            return super().submit(jobs)

    where = handed_in(tmp_path / "in", {f"s{i:03d}": f"right {i}" for i in range(100)})
    known, _ = run(spec(assignment(tmp_path)), where, Sizing(spec(assignment(tmp_path))), tmp_path / NAME)
    assert known.judged == sum(sizes) == 100
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 5
    assert sizes[-10:] == [1] * 10


def test_collection_waits_for_the_first_batch_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, frozen = spec(assignment(tmp_path)), []
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    monkeypatch.setattr(work._HERE, "spec", None)
    try:
        work.start(made.dumps())
        assert not gc.isenabled()
        for name in ("first", "second"):
            (answer,) = work.run_here([Job(name, b"#right", ())])
            assert answer.digest == name
            assert gc.isenabled()
    finally:
        gc.enable()
    assert frozen == [1]
