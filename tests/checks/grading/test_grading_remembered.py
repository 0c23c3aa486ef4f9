"""What is made of a proof is made once for each, and of no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.grading import remembered
from checks.grading.answers import CodeTask
from checks.grading.remembered import once_for_each_proof
from checks.prover import answer
from derive.proof import Proof


@pytest.fixture(scope="module")
def proof() -> Proof:
    return Proof.from_json(answer(CodeTask("estimate", "bernoulli", "3*a").request())["proof"])


def test_each_proof_is_asked_about_once(proof: Proof) -> None:
    asked: list[Proof] = []

    @once_for_each_proof
    def made(one: Proof) -> list[str]:
        asked.append(one)
        return list(one.wrt)

    other = replace(proof, family="laplace")  # equal but for its name
    first = made(proof)
    assert first == ["p"]
    assert made(proof) is first
    assert made(other) is not first
    assert made(proof) is first
    assert [id(one) for one in asked] == [id(proof), id(other)]


def test_the_one_that_was_longest_not_asked_for_is_forgotten(
    proof: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    asked: list[str] = []

    @once_for_each_proof
    def made(one: Proof) -> int:
        asked.append(one.family)
        return len(asked)

    a, b, c = (replace(proof, family=name) for name in "abc")
    assert [made(x) for x in (a, b, a, c, a, b)] == [1, 2, 1, 3, 1, 4]
    assert asked == ["a", "b", "c", "b"]
