"""Sessions: the cache is used and never believed blindly, errors cross processes whole, order is kept."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from checks import prover
from checks.prover import Crash, answer, proving, result
from checks.selection import Selection, select
from checks.session import Settings, foretold, verify
from checks.suite import CheckSpec
from derive.cache import Cache
from derive.errors import BadExpression, DeriveError, NoExpectation, OutsideDomain, UnknownName
from derive.proof import Proof, StatisticProof

ONE = Selection(families=("exponential",), integrands=("rate*a**2",), estimators=("pathwise",))


def request(**changes: Any) -> dict[str, Any]:
    base = {"family": "exponential", "integrand": "a", "at": [], "wrt": None}
    return {**base, "estimators": [], "fourth": False, **changes}


def test_a_second_run_reads_the_proof_and_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(workers=0, cache=Cache(tmp_path))
    chosen = select("reparam", ONE)
    first = verify("reparam", chosen, settings).to_json()

    def refuse(_: object) -> None:
        raise AssertionError("the proof was in the cache, and was made again")

    monkeypatch.setattr(prover, "answer", refuse)
    second = verify("reparam", chosen, settings).to_json()
    assert _timeless(first) == _timeless(second)
    assert first["checks"][0]["outcome"] == "agrees"


def test_the_torch_code_runs_although_the_proof_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache of verdicts would pass an estimator that was broken since."""
    settings = Settings(workers=0, cache=Cache(tmp_path))
    chosen = select("reparam", ONE)
    verify("reparam", chosen, settings)
    from checks.problem import Problem

    right = Problem.transport
    monkeypatch.setattr(Problem, "transport", lambda self, b, theta=None: right(self, b, theta) * 1.001)
    (check,) = verify("reparam", chosen, settings).to_json()["checks"]
    assert check["outcome"] in ("refuted", "broken")
    assert check["as_expected"] is False


def _timeless(report: dict[str, Any]) -> dict[str, Any]:
    return {**report, "checks": [{**check, "seconds": 0} for check in report["checks"]]}


def test_results_stand_in_the_order_of_the_request(tmp_path: Path) -> None:
    chosen = select("reparam", Selection(families=("exponential", "half_normal")))
    report = verify("reparam", chosen, Settings(cache=Cache(tmp_path)))
    assert [r.id for r in report.results] == [c.spec.id for c in chosen]


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    chosen = select("reparam", ONE)
    settings = Settings(workers=0, cache=Cache(tmp_path))
    verify("reparam", chosen, settings, lambda done, total, name: seen.append((done, total)))
    assert seen == [(0, 1), (1, 1)]


ERRORS = {
    "bad text": (request(integrand="a^2"), BadExpression, "no meaning"),
    "unknown symbol": (request(integrand="q"), BadExpression, "'q' is not known"),
    "unknown family": (request(family="nromal"), UnknownName, "no family is called"),
    "outside the domain": (request(at=[["rate", "-1"]]), OutsideDomain, "rate > 0"),
    "no expectation": (request(family="cauchy"), NoExpectation, "does not exist"),
}


@pytest.mark.parametrize(("asked", "kind", "message"), ERRORS.values(), ids=ERRORS)
def test_an_error_crosses_the_process_whole(
    asked: dict[str, Any], kind: type[DeriveError], message: str
) -> None:
    with proving([asked], workers=1) as (future,):
        error = result(future)
    assert isinstance(error, kind)
    assert message in error.message
    assert not isinstance(error, BadExpression) or error.text == asked["integrand"]


@pytest.mark.parametrize(("asked", "kind", "message"), ERRORS.values(), ids=ERRORS)
def test_bad_input_is_raised_for_a_person(
    asked: dict[str, Any], kind: type[DeriveError], message: str
) -> None:
    from checks.selection import Chosen

    at = tuple((name, value) for name, value in asked["at"])
    spec = CheckSpec("reparam", asked["family"], asked["integrand"], "pathwise", at)
    chosen = [Chosen(spec, foretold=True)]
    with pytest.raises(kind, match=message):
        verify("reparam", chosen, Settings(workers=0, strict=True))
    (check,) = verify("reparam", chosen, Settings(workers=0)).results
    assert check.verdict.outcome == "broken"


def test_an_error_of_ours_is_a_crash_and_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("an invariant of ours")

    monkeypatch.setattr("checks.prove.prove", fail)
    said = answer(request())
    assert said == {"kind": "Crash", "message": "RuntimeError: an invariant of ours"}
    report = verify("reparam", select("reparam", ONE), Settings(workers=0))
    assert report.results[0].verdict.outcome == "broken"
    assert report.exit_code == 4


def test_a_worker_that_dies_is_a_crash_not_a_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr("checks.prove.prove", lambda _: os._exit(9))
    with proving([request()], workers=1) as (future,):
        assert isinstance(result(future), Crash)


def test_workers_end_with_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A derivation that nobody waits for must not outlive the program."""
    monkeypatch.setattr("checks.prove.prove", lambda _: time.sleep(600))
    import multiprocessing

    started = time.monotonic()
    with proving([request(), request()], workers=2):
        alive = multiprocessing.active_children()
        assert len(alive) == 2
    for process in alive:
        process.join(30)
    assert not any(process.is_alive() for process in alive)
    assert time.monotonic() - started < 60


STATISTICS = {
    "unbiased": (StatisticProof("e", {"mu": 1.0}), "agrees"),
    "biased": (StatisticProof("e", {"mu": 1.001}), "refuted"),
    "within the ball": (StatisticProof("e", {"mu": 1.0 + 4e-7}), "agrees"),
    "unknown": (StatisticProof("e", {"mu": None}), "agrees"),
    "does not apply": (StatisticProof("e", refusal="no transport"), "untestable"),
}


@pytest.mark.parametrize(("statistic", "expected"), STATISTICS.values(), ids=STATISTICS)
def test_what_the_proof_foretells(statistic: StatisticProof, expected: str) -> None:
    exact, radius = {"mu": 1.0}, {"mu": 5e-7}
    proof = Proof("normal", "a", {}, ("mu",), {}, exact, radius, (), {}, {"e": statistic}, {})
    assert foretold(CheckSpec("reparam", "normal", "a", "e"), proof) == expected
