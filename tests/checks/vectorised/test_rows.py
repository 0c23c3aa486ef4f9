"""Rows written out: they are the code's, row by row, wherever the estimator applies; memory is constant."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from sympy import Rational
from torch.utils._python_dispatch import TorchDispatchMode

from checks.estimators import ESTIMATORS
from checks.evidence.plan import CHUNK
from checks.evidence.sampling import LARGEST_PIECE, draw
from checks.mistakes import estimator_called
from checks.problem import Problem
from checks.prove import trees
from checks.vectorised import written
from checks.vectorised.batches import SAME
from checks.vectorised.rows import Rows, rows_of
from derive.deriving import requested
from derive.proof import Proof

N = 2_000
CASES = [
    ("normal", "a**2"),
    ("normal", "mu*exp(-a**2)*sin(a)"),
    ("laplace", "Abs(a)"),
    ("logistic", "Max(a, 0)"),
    ("gumbel", "1/(1 + exp(-a))"),
    ("student_t", "exp(-a**2)"),
    ("gamma", "log(1 + a)"),
    ("exponential", "Heaviside(a - 1)"),
    ("beta", "a**2"),
    ("von_mises", "cos(a)"),
    ("dirichlet", "a[0]*a[1]"),
    ("multivariate_normal", "a[0]**2 + a[1]"),
    ("categorical", "table(1, 2, 5)"),
    ("categorical_logits", "table(1, 2, 5)"),
    ("bernoulli", "p*exp(a)"),
    ("binomial", "a**2"),
    ("poisson", "a"),
    ("geometric", "exp(-a)"),
]


def problems(family: str, integrand: str) -> dict[str, Problem]:
    """For each estimator with a formula that applies; its rows must be the code's for any constants.

    Nothing is proved here: rows need no gradient to be equal.
    """
    made = requested(family, integrand, at={"c": Rational(1, 3)})
    names = tuple(s.name for s in made.wrt)
    proof = Proof(
        family=family,
        integrand=integrand,
        at={str(s): str(v) for s, v in made.at},
        wrt=names,
        gradient=dict.fromkeys(names),
        exact={},
        radius={},
        requires=(),
        routes={},
        statistics={},
        trees=trees(made, dict.fromkeys(made.wrt)),
    )
    constants = {"mean": 0.37, **{name: 0.41 + 0.1 * i for i, name in enumerate(names)}}
    problem = Problem(proof, constants)
    return {name: problem for name in written.WRITTEN if ESTIMATORS[name].refuses(made) is None}


def rows(name: str, problem: Problem) -> Rows:
    made = rows_of(ESTIMATORS[name], problem)
    assert made is not None
    return made


def farthest(name: str, problem: Problem) -> float:
    """The largest difference between a row and the code's, relative to the largest row."""
    mine = rows(name, problem)(N, torch.Generator().manual_seed(7))
    own = ESTIMATORS[name].estimate(problem, N, torch.Generator().manual_seed(7))
    assert mine.shape == own.shape == (N, len(problem.wrt))
    return float(((mine - own).abs() / own.abs().amax(0).clamp(min=1e-300)).max())


@pytest.mark.parametrize(("family", "integrand"), CASES, ids=[f"{f}-{g}" for f, g in CASES])
def test_rows_are_those_of_the_code(family: str, integrand: str) -> None:
    applicable = problems(family, integrand)
    assert "score_function" in applicable
    assert {name: farthest(name, p) for name, p in applicable.items() if farthest(name, p) > SAME} == {}


def test_a_wrong_formula_gives_other_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problems("normal", "mu*a**2")["score_function"]
    without: Callable[[Any], Any] = lambda parts: tuple(  # noqa: E731
        written.mul(parts.cost(), parts.score(t)) for t in parts.wrt
    )
    monkeypatch.setitem(written.WRITTEN, "score_function", without)
    assert farthest("score_function", problem) > 1e-3


def test_a_finite_law_has_a_table_of_its_outcomes() -> None:
    problem = problems("categorical", "table(1, 2, 5)")["score_function"]
    table = rows("score_function", problem).table
    assert table is not None
    # g(k) d/dp[j] log p[k] = g(k) (1{j = k}/p[j] - 1/sum p) at p = (0.3, 0.1, 0.6).
    wanted = [[1 / 0.3 - 1, -1.0, -1.0], [-2.0, 2 / 0.1 - 2, -2.0], [-5.0, -5.0, 5 / 0.6 - 5]]
    torch.testing.assert_close(table, torch.tensor(wanted, dtype=torch.float64), rtol=1e-12, atol=1e-12)


def test_only_the_built_in_estimator_of_the_name_has_rows() -> None:
    applicable = problems("normal", "a**2")
    assert rows_of(estimator_called("doubled"), applicable["pathwise"]) is None
    assert rows_of(estimator_called("measure_valued"), applicable["pathwise"]) is None


def test_second_derivatives_have_no_rows_here() -> None:
    problem = problems("normal", "a**2")["score_function"]
    twice = Problem(replace(problem.proof, parameters=problem.wrt))
    assert rows_of(ESTIMATORS["score_function"], twice) is None


class _Live(TorchDispatchMode):
    """The most numbers that were alive at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self.seen: set[int] = set()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # or Torch imports its compiler

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        for each in made if isinstance(made, (list, tuple)) else (made,):
            if isinstance(each, torch.Tensor):
                self._count(each.untyped_storage())
        return made

    def _count(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes() // 8
        if key in self.seen:
            return
        self.seen.add(key)
        self.now += size
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._gone, key, size)

    def _gone(self, key: int, size: int) -> None:
        self.seen.discard(key)
        self.now -= size


def test_memory_does_not_grow_with_the_number_of_coordinates() -> None:
    def run(n: int, generator: torch.Generator, d: int) -> torch.Tensor:
        return torch.randn(n, 1, generator=generator, dtype=torch.float64) * torch.ones(
            d, dtype=torch.float64
        )

    def most(d: int) -> int:
        with _Live() as live:
            draw(partial(run, d=d), 4_096, 0, d)
        return live.most

    # The rows, what is off, and the rows of the piece before; in one piece it would be thirty-two.
    assert most(4_096) < 4 * LARGEST_PIECE
    found, whole = draw(partial(run, d=64), CHUNK, 0, 64), draw(partial(run, d=64), CHUNK, 0)
    assert abs(found.variance[0] / whole.variance[0] - 1.0) < 1e-9


def most_alive(run: Callable[[int, torch.Generator], torch.Tensor], n: int) -> int:
    with _Live() as live:
        draw(run, n, 0)
    return live.most


@pytest.mark.parametrize("name", ["pathwise", "score_function"])
def test_memory_does_not_grow_with_the_number_of_samples(name: str) -> None:
    made = rows(name, problems("normal", "a**2")[name])
    few, many = most_alive(made, 2 * CHUNK), most_alive(made, 16 * CHUNK)
    assert many <= few + CHUNK  # and not eight times as much
    assert most_alive(lambda n, g: torch.cat([made(n, g)] * 4), CHUNK) > many  # it counts what it should
