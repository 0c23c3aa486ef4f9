"""Expectations are proved before anybody is graded; what does not exist is said with its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import cli
from checks.grading import proofs
from checks.grading.errors import BadAssignment
from checks.grading.secret import Secret
from checks.grading.spec import OPEN, SEALED, loads, make
from checks.prover import Crash, Request, answer
from derive.cache import Cache
from derive.proof import Proof
from tests.checks.grading.samples import assignment

SECRET = Secret(b"a secret of enough bytes")
GOOD = 'title = "x"\nvariants = 2\n\n[[task]]\nname = "t"\nfamily = "exponential"\nintegrand = "a"\n'

BAD = {
    "does not exist": (GOOD.replace("exponential", "cauchy"), "line 4: t: .*(infinite|exist)"),
    "outside the domain": (f"{GOOD}between = {{rate = [-2, -1]}}\n", "line 4: t: exponential needs"),
    "no formula": (GOOD.replace('"a"', '"a^2"'), "line 4: t: "),
    "unknown symbol": (GOOD.replace('"a"', '"a*nu"'), "line 4: t: 'nu'"),
    "a derivation's": (
        f'{GOOD}\n[[written]]\nname = "d"\nfile = "d.md"\nfamily = "cauchy"\nintegrand = "a"\n',
        "line 9: d: .*(infinite|exist)",
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_what_cannot_be_asked_is_said_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    made = assignment(tmp_path, text)
    with pytest.raises(BadAssignment, match=message):
        make(made, SECRET, Cache(None), 0, explaining=False)


def test_the_command_line_says_so_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assignment(tmp_path, GOOD.replace("exponential", "cauchy"))
    assert cli.run(["grade", str(tmp_path / "hw.toml"), "--check"]) == 2
    said = capfd.readouterr()
    assert said.err.startswith("error: hw.toml, line 4: t: ")
    assert said.out == ""


def test_each_point_has_its_proof_and_each_submission_one(tmp_path: Path) -> None:
    made = assignment(tmp_path, f"{GOOD}between = {{rate = [1, 3]}}\n")
    spec = make(made, SECRET, Cache(None), 0, explaining=False)
    assert [p.at["rate"] for p in spec.proofs[0]] == [dict(at)["rate"] for at in spec.points[0]]
    asked = [spec.resolved(f"digest {i}") for i in range(20)]
    assert {tasks[0].at for tasks, _ in asked} == set(spec.points[0])
    assert all(tasks[0].at[0][1] == proofs[0].at["rate"] for tasks, proofs in asked)
    assert len({tasks[0].seed for tasks, _ in asked}) == 20
    assert loads(spec.dumps()) == spec


def test_sealed_and_open_evidence_are_kept_apart(tmp_path: Path) -> None:
    made = assignment(tmp_path, GOOD)
    keys = {make(made, SECRET, Cache(None), 0, explaining=False, judging=j).key for j in (SEALED, OPEN)}
    assert len(keys) == 2


def test_what_explains_mistakes_may_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    @contextmanager
    def not_made(requests: Sequence[Request], _: int) -> Iterator[Sequence[Request]]:
        yield requests

    def failing(request: Request) -> Proof | Crash:
        asked.append(len(request["estimators"]))
        if len(request["estimators"]) > 2:
            return Crash("a mistake has no moments")
        return Proof.from_json(answer(request)["proof"])

    monkeypatch.setattr(proofs, "proving", not_made)
    monkeypatch.setattr(proofs, "result", failing)
    spec = make(assignment(tmp_path, GOOD), SECRET, Cache(None), 0)
    assert len(asked) == 2
    assert set(spec.proofs[0][0].statistics) == {"pathwise", "score_function"}


def test_proofs_are_kept_and_found_again(tmp_path: Path) -> None:
    made, cache, told = assignment(tmp_path, GOOD), Cache(tmp_path / "cache"), []
    first = make(made, SECRET, cache, 0, explaining=False)
    again = make(
        made, SECRET, cache, 0, lambda done, total, name: told.append((done, total)), explaining=False
    )
    assert first.proofs == again.proofs
    assert told[-1] == (1, 1)
