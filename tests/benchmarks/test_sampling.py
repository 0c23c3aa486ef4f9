"""The sampling benchmark times what it says: the same rows by hand, the same gradients, and honest goals."""

from __future__ import annotations

import pytest
import torch

from tests.benchmarks import _libraries, sampling
from tests.benchmarks._libraries import Peer, peers, wanted
from tests.benchmarks.part import Table
from tests.benchmarks.sampling import CASES, HAND, OURS, by_hand, part_of, problem_of, seeded, streamed, wide


@pytest.mark.parametrize("what", CASES)
def test_rows_by_hand_are_ours(what: str) -> None:
    problem, code, rows, _ = problem_of(what)
    made = [run(500, torch.Generator().manual_seed(4)) for run in (by_hand(what), rows, code)]
    torch.testing.assert_close(made[0], made[1], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(made[0], made[2], rtol=1e-12, atol=1e-12)
    assert list(problem.proof.exact.values()) == pytest.approx(wanted(what, entropy=False), rel=1e-12)


@pytest.mark.parametrize("what", CASES)
def test_pieces_average_to_the_gradient(what: str) -> None:
    """Six standard errors of 200,000 samples: false-fail 2e-9 a coordinate."""
    problem, code, rows, _ = problem_of(what)
    spread = torch.tensor([problem.proof.statistics[CASES[what][0]].variance[n] for n in problem.wrt])
    allowed = 6.0 * (spread / 200_000).sqrt()
    for found in (seeded(code, 200_000), streamed(rows, 200_000)):
        assert ((found - torch.tensor(wanted(what, entropy=False))).abs() < allowed).all()


def test_the_entropy_is_part_of_pyros_gradient() -> None:
    """By finite differences of ``E[g + log q]``, in closed form."""
    from math import log

    def elbo(mu: float, sigma: float) -> float:
        return mu**2 + sigma**2 - log(sigma)

    step = 1e-6
    mu, sigma = _libraries.MU, _libraries.SIGMA
    slopes = [
        (elbo(mu + step, sigma) - elbo(mu - step, sigma)) / (2 * step),
        (elbo(mu, sigma + step) - elbo(mu, sigma - step)) / (2 * step),
    ]
    assert wanted("normal, pathwise", entropy=True) == pytest.approx(slopes, rel=1e-7)


def rows_with(ratio: float) -> list[dict[str, object]]:
    head = {"what": "normal, pathwise", "samples": 1_000, "ns a sample": 1.0, "spread": "1.00-1.00"}
    return [{**head, "by": OURS, "x ours": 1.0}, {**head, "by": HAND, "x ours": ratio}]


def test_a_goal_is_missed_where_it_is_and_not_measured_where_nobody_is() -> None:
    absent = Peer("Pyro", absent="Pyro: skipped: not installed (pip install 'gradproof[peers]'): no pyro")
    fast, slow = (part_of(rows_with(r), (absent,), [Table("", ())]) for r in (0.95, 0.5))
    assert [g.met for g in fast.goals] == [True, None]
    assert [g.met for g in slow.goals] == [False, None]
    assert "0.50x at the worst (normal, pathwise, 1e+03 samples)" in slow.table()
    assert "not installed (pip install 'gradproof[peers]')" in slow.table()


def test_a_column_for_everybody() -> None:
    (row,) = wide(rows_with(0.5), "x ours")
    assert row == {"what": "normal, pathwise", "samples": 1_000, OURS: 1.0, HAND: 0.5}


def test_peers_that_are_not_there_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(_libraries, "_imported", missing)
    assert [p.absent.split(":")[1].strip() for p in peers()] == ["skipped", "skipped"]
    monkeypatch.setattr(_libraries, "_imported", lambda name: 1 / 0)
    assert all("does not import here: ZeroDivisionError" in p.absent for p in peers())


def test_more_samples_take_no_more_memory_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = iter([10.0, 12.0, 10.5, 12.5])
    monkeypatch.setattr(sampling, "_peak", lambda run: next(peaks))
    rows = sampling.memory(quick=True)
    assert [row["samples"] for row in rows] == [100_000, 1_000_000]
    assert [row["MiB, ours"] for row in rows] == [10.0, 10.5]
