"""Hostile and broken submissions: no point gained, no effect outside, and no honest program failed.

About 230 submissions, each in a sealed process of its own: some 45 s on two idle cores, of which the time
limits that are waited for are 15.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.grading.answers import CodeTask, TaskFinding
from checks.grading.grader import Grader
from checks.grading.judging import grade_code
from derive.proof import Proof
from tests.checks.grading.hostile.cheating import CHEATING, MISTAKEN
from tests.checks.grading.hostile.corpus import RIGHT, Case
from tests.checks.grading.hostile.effects import EFFECTS, NETWORK, PROCESSES, READING, WRITING
from tests.checks.grading.hostile.forging import FORGING
from tests.checks.grading.hostile.framing import FRAMES
from tests.checks.grading.hostile.honest import HONEST
from tests.checks.grading.hostile.resources import RESOURCES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sealed processes are Linux's")

REQUIRES = ("unbiased", "estimator", "variance", "n_samples", "no_closed_form")
ALL = {**EFFECTS, **FORGING, **FRAMES, **RESOURCES, **CHEATING, **MISTAKEN, **HONEST}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that anybody may write to, with a file that nobody may read."""
    folder: Path = tmp_path_factory.mktemp("place")
    (folder / "secret").write_text("the secret of the assignment")
    for path in (folder.parent.parent, folder.parent, folder):
        path.chmod(0o777)
    return folder


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen()
        made.setblocking(False)
        yield made


def judged(case: Case, grader: Grader, proof: Proof, place: Path, port: int) -> TaskFinding:
    source = case.source.replace("{place}", str(place)).replace("{port}", str(port))
    task = CodeTask(
        "estimate", "normal", "mu*a + a**2", estimator="pathwise", requires=REQUIRES, seed=11,
        budget=case.budget,
    )  # fmt: skip
    (found,) = grade_code(source.encode("utf-8", "surrogatepass"), [task], [proof], grader)
    return found


def state(place: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in place.iterdir()}


def processes(zygote: int) -> set[str]:
    """The children of the zygote, and what has lost its parent and runs as submissions do."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_bytes().rpartition(b")")[2].split()[:2]
            orphan = int(parent) == 1 and folder.stat().st_uid == 65534
        except OSError:
            continue  # it ended meanwhile
        if state != b"Z" and (int(parent) == zygote or orphan):
            found.add(folder.name)
    return found


@pytest.mark.parametrize("name", ALL)
def test_every_submission_gets_its_answer(
    name: str, grader: Grader, proof: Proof, place: Path, listener: socket.socket
) -> None:
    case = ALL[name]
    before = state(place)
    found = judged(case, grader, proof, place, listener.getsockname()[1])
    assert (found.failure or found.outcome) in case.answers, found
    if found.outcome != "agrees":
        own = ("unbiased", "estimator", "variance") if name in {**CHEATING, **MISTAKEN} else REQUIRES
        assert not any(found.met[requirement] for requirement in own), found.met
    if name in EFFECTS:
        assert "it was refused" in found.says
    if case.unmet is not None:
        assert found.met[case.unmet] is False, found.met
    if case.mistake is not None:
        assert found.diagnosis is not None
        assert found.diagnosis["mistake"] == case.mistake
    if name in HONEST:
        assert all(found.met.values()), found.met
    assert state(place) == before
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert all(c.isprintable() or c == "\n" for c in found.says + (found.help or ""))
    assert len(found.says) <= 4200


def test_the_attempts_would_show() -> None:
    """Outside of the sandbox the same acts succeed, so that a refusal is the sandbox's."""
    scope: dict[str, object] = {"__name__": "submission"}
    exec(WRITING["removes-a-file"].source.replace("{place}", "/nowhere/at/all"), scope)
    assert callable(scope["estimate"])
    shown = EFFECTS["lists-the-root"].source
    made: dict[str, object] = {}
    exec(shown, made)
    import torch

    class Theta:
        mu = torch.tensor(0.5, dtype=torch.float64)
        sigma = torch.tensor(2.0, dtype=torch.float64)

    estimate = made["estimate"]
    assert callable(estimate)
    assert isinstance(estimate(lambda a: a, Theta, 4), torch.Tensor)  # the right one: the act succeeded


def test_there_are_enough_of_each_kind() -> None:
    sizes = [
        len(x) for x in (READING, WRITING, NETWORK, PROCESSES, FORGING, FRAMES, RESOURCES, CHEATING, HONEST)
    ]
    assert min(sizes) >= 10
    assert sum(sizes) >= 200


def test_nothing_is_left_running(grader: Grader, proof: Proof, place: Path) -> None:
    """After a submission that tried to fork, no process of it is there."""
    assert grader._process is not None
    before = processes(grader._process.pid)
    judged(PROCESSES["fork-bomb"], grader, proof, place, 1)
    judged(FRAMES["half-a-frame"], grader, proof, place, 1)
    assert processes(grader._process.pid) <= before


def test_one_task_that_ends_the_process_leaves_the_others_alone(grader: Grader, proof: Proof) -> None:
    source = (
        RIGHT + "import os\ndef first(f, theta, n): os._exit(0)\ndef second(f, theta, n): return [0.0, 1.0]\n"
    )
    names = ("right", "first", "second", "right")
    tasks = [CodeTask(name, "normal", "mu*a + a**2", seed=3) for name in names]
    found = grade_code(source.encode(), tasks, [proof] * len(tasks), grader)
    assert [f.failure or f.outcome for f in found] == ["agrees", "died", "refuted", "agrees"]


def test_the_same_submission_is_judged_the_same_twice(grader: Grader, proof: Proof, place: Path) -> None:
    for case in (HONEST["prints"], CHEATING["off-by-a-thousandth"], CHEATING["another-variance"]):
        one, two = (judged(case, grader, proof, place, 1) for _ in range(2))
        assert one.verdict == two.verdict
        assert one.notes == two.notes


@pytest.mark.parametrize(
    ("source", "failure", "processes"),
    [(b"def first(f, theta, n)\n    return 1\n", "syntax", 1), (b"import nothing_like_it\n", "import", 3)],
    ids=["no Python", "an error of its own"],
)
def test_only_what_was_never_run_fails_once_for_all(
    source: bytes, failure: str, processes: int, grader: Grader, proof: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails while it runs may not fail the next time; text that is no Python does."""
    started, child = [], grader.child
    monkeypatch.setattr(grader, "child", lambda: started.append(1) or child())
    tasks = [CodeTask(name, "normal", "mu*a + a**2") for name in ("first", "second", "third")]
    found = grade_code(source, tasks, [proof] * 3, grader)
    assert [f.failure for f in found] == [failure] * 3
    assert len({(f.says, f.help, f.line) for f in found}) == 1
    assert len(started) == processes


def test_the_line_of_an_error_is_told(grader: Grader, proof: Proof) -> None:
    source = b"def helper():\n    return 1 / 0\n\ndef estimate(f, theta, n):\n    return helper()\n"
    (found,) = grade_code(source, [CodeTask("estimate", "normal", "mu*a + a**2")], [proof], grader)
    assert (found.failure, found.line) == ("raised", 2)
    assert "ZeroDivisionError" in found.says
    assert os.fspath(Path(__file__).parents[3]) not in found.says


def test_memory_is_flat_in_the_number_of_submissions(grader: Grader, proof: Proof) -> None:
    """Of the zygote, and of the grader, over two rounds of submissions that keep what they can."""
    keeps = f"{RIGHT}\nkept = torch.zeros(1 << 20)\n"
    task = CodeTask("right", "normal", "mu*a + a**2", seed=3)

    def used() -> tuple[int, int]:
        for _ in range(20):
            grade_code(keeps.encode(), [task], [proof], grader)
        assert grader._process is not None
        return _resident(grader._process.pid), _resident(os.getpid())

    first, second = used(), used()
    assert second[0] - first[0] < 1 << 20
    assert second[1] - first[1] < 8 << 20


def _resident(pid: int) -> int:
    """Bytes of memory that a process has in use."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
