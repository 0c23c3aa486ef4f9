"""A user's estimator of second derivatives: what it may return, and its surrogate differentiated twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from checks.oracle import Answering
from checks.problem import Problem
from checks.user.batching import unvalidated
from checks.user.call import Subject, no_gradient
from checks.user.errors import BadResult
from checks.user.parameters import Leaves
from checks.user.returns import Answer, Form, Layout
from checks.user.widths import NARROW
from derive.proof import Proof, StatisticProof

V = TypeVar("V")


def whole(proof: Proof) -> Proof:
    """The proof with every ordered pair: a person's matrix is held against all of its entries."""
    names = tuple(f"{one},{two}" for one in proof.parameters for two in proof.parameters)

    def squared(by_name: Mapping[str, V]) -> dict[str, V]:
        mirrored = {",".join(_halves(name, proof.parameters)[::-1]): v for name, v in by_name.items()}
        both = {**mirrored, **by_name}
        return {name: both[name] for name in names if name in both}

    def stated(one: StatisticProof) -> StatisticProof:
        return replace(
            one,
            mean=squared(one.mean),
            variance=squared(one.variance),
            fourth=squared(one.fourth),
            accuracy=squared(one.accuracy),
        )

    return replace(
        proof,
        wrt=names,
        gradient=squared(proof.gradient),
        exact=squared(proof.exact),
        radius=squared(proof.radius),
        statistics={name: stated(one) for name, one in proof.statistics.items()},
    )


def _halves(pair: str, parameters: Sequence[str]) -> tuple[str, str]:
    """The two parameters of ``L[0,0],L[1,0]``, whose names may have commas of their own."""
    return next((one, two) for one in parameters for two in parameters if f"{one},{two}" == pair)


class HessianProblem(Problem):
    """The problem of a second derivative: ``wrt`` are all ordered pairs of its ``parameters``."""

    def __init__(self, proof: Proof) -> None:
        super().__init__(whole(proof))
        self.parameters, self.wrt = self.wrt, tuple(self.proof.wrt)


class HessianSubject(Subject):
    """An estimator whose result is a matrix, or a surrogate that is to be differentiated twice."""

    problem: HessianProblem

    def __init__(
        self,
        function: Any,
        problem: HessianProblem,
        answer: Answering | None = None,
        data: Mapping[str, Tensor] | None = None,
    ) -> None:
        super().__init__(function, problem, answer, data)
        self.layout = Layout(tuple(problem.point), problem.parameters)

    def with_cost(self, answer: Answering) -> HessianSubject:
        """The same estimator of another integrand."""
        return HessianSubject(self.function, self.problem, answer, self.data)

    def read(self, result: Any, n: int) -> Answer | Tensor:
        """The matrices that were returned, row by row as ``[k, p p]``, or the surrogate."""
        return read(result, n, self.layout)

    def differentiated(self, surrogate: Tensor, theta: Leaves) -> Answer:
        """Both derivatives of the surrogate, the first one with its graph."""
        try:
            row = self.twice(surrogate, theta)
        except RuntimeError as error:
            raise no_gradient(error) from None
        return Answer("surrogate", row.detach().reshape(1, -1).to(torch.float64), surrogate.dtype in NARROW)

    def twice(self, surrogate: Tensor, theta: Leaves) -> Tensor:
        """``[*lead, p p]``: the second derivatives by each sample's own copies of the parameters."""
        first = theta.gradient(surrogate, keep=True)
        columns = []
        for name in self.problem.parameters:
            one = first[name]
            second = theta.gradient(one.sum(), keep=True) if one.requires_grad else None
            columns += [
                torch.zeros_like(one) if second is None else second[n] for n in self.problem.parameters
            ]
        return torch.stack(columns, dim=-1)

    def expanded(self, n: int, samples: int) -> Tensor:
        """``[n, p p]`` by leaves expanded to ``[n]``: of a surrogate, which is a mean of ``n`` terms."""
        theta = Leaves.at(self.problem.point, (n,))
        result = self.raw(theta, samples)
        if not isinstance(result, Tensor) or result.dim() or not result.requires_grad:
            raise BadResult("only a surrogate is differentiated by expanded parameters")
        return self.twice(result, theta).detach() * n

    def vectorised(self, n: int, size: int) -> Tensor:
        """``[size, p p]`` estimates of as many calls, under vmap."""
        theta = Leaves.at(self.problem.point, (size,))

        def one(values: dict[str, Tensor]) -> Tensor:
            result = self.raw(Leaves(values, theta.names), n)
            answer = self.read(result, n)
            return answer if isinstance(answer, Tensor) else answer.mean

        with unvalidated():
            found = torch.vmap(one, randomness="different")(dict(theta.items()))
        return self.twice(found.sum(), theta).detach() if found.dim() == 1 else found.detach()


EXPECTED = (
    "return a scalar surrogate with a graph, to be differentiated twice, the matrix [{p}, {p}] of second "
    "derivatives, or one for each sample, [n, {p}, {p}]"
)


def read(result: Any, n: int, layout: Layout) -> Answer | Tensor:
    """The matrices that were returned, or the surrogate; raises ``BadResult`` for anything else."""
    if isinstance(result, np.ndarray):
        result = torch.from_numpy(np.asarray(result))
    if isinstance(result, Mapping):
        result = _by_name(result, layout)
    if isinstance(result, (tuple, list)):
        result = _stacked(result, layout)
    if not isinstance(result, Tensor):
        raise BadResult(f"it returned {type(result).__name__}, which is no matrix", _expected(layout))
    if result.is_complex() or result.dtype == torch.bool:
        raise BadResult(f"it returned a tensor of {result.dtype}", "second derivatives are real numbers")
    if result.dim() == 0:
        if result.requires_grad:
            return result
        raise BadResult("it returned a scalar that is detached: it has no graph", _expected(layout))
    return _of_tensor(result, n, layout)


def _expected(layout: Layout) -> str:
    return EXPECTED.format(p=len(layout.wrt))


def _of_tensor(result: Tensor, n: int, layout: Layout) -> Answer:
    """``[p, p]`` or ``[n, p, p]``; by one parameter ``[1]`` or ``[n]`` as well."""
    shape = list(result.shape)
    if len(layout.wrt) == 1 and shape in ([1], [n], [n, 1]) and not result.requires_grad:
        result = result.reshape(-1, 1, 1)
    matrices = result.unsqueeze(0) if result.dim() == 2 else result
    square = matrices.dim() == 3 and matrices.shape[1] == matrices.shape[2]
    if not square or not layout.fits(matrices.shape[1]) or len(matrices) not in (1, n):
        p = len(layout.wrt)
        raise BadResult(
            f"it returned shape {shape}; expected [], [{p}, {p}] or [{n}, {p}, {p}] (n = {n})",
            _expected(layout),
        )
    chosen = layout.choose(list(range(matrices.shape[1])))
    rows = matrices[:, chosen][:, :, chosen].reshape(len(matrices), -1)
    form: Form = "per_sample" if len(rows) == n > 1 else "gradients"
    return Answer(form, rows.detach().to(torch.float64), result.dtype in NARROW)


def _by_name(result: Mapping[Any, Any], layout: Layout) -> list[list[Any]]:
    """``{"mu": {"sigma": h}}`` as rows, in the order of theta."""
    missing = [name for name in layout.wrt if name not in result]
    rows = {name: result[name] for name in layout.wrt if name in result}
    missing += [f"{one}, {two}" for one, row in rows.items() for two in layout.wrt if two not in row]
    if missing:
        raise BadResult(f"it returned no second derivative by {missing[0]}", _expected(layout))
    return [[row[name] for name in layout.wrt] for row in rows.values()]


def _stacked(rows: Sequence[Any], layout: Layout) -> Tensor:
    """Rows of numbers, or of ``[n]`` numbers, as one tensor: what ``autograd.functional.hessian`` returns."""
    try:
        whole = [torch.stack([torch.as_tensor(x) for x in row], dim=-1) for row in rows]
        return torch.stack(whole, dim=-2)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadResult(f"its rows do not make a matrix: {error}", _expected(layout)) from None
