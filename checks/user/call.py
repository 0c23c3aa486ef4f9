"""One call of a user's estimator: its answer read, its failures explained."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from checks.evidence.laws import Unreplayable
from checks.oracle import Answering, BadQuestion, Oracle
from checks.problem import Problem
from checks.user.errors import BadResult, Raised, shortened
from checks.user.parameters import Leaves
from checks.user.returns import Answer, Layout, read
from checks.user.widths import NARROW


class Subject:
    """A user's estimator on a problem, ready to be called.

    ``answer`` replaces the integrand (for identities in the cost); ``oracle`` is that of the last call.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        problem: Problem,
        answer: Answering | None = None,
        data: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.function = function
        self.problem = problem
        self.layout = Layout(tuple(problem.point), problem.wrt)
        self.oracle: Oracle | None = None
        self.form = ""
        self.switches_off = False
        self.data = data or {}
        self._answer = answer or problem.f

    def with_cost(self, answer: Answering) -> Subject:
        """The same estimator of another integrand."""
        return Subject(self.function, self.problem, answer, self.data)

    def moved(self, problem: Problem) -> Subject:
        """The same estimator of another problem."""
        return Subject(self.function, problem, None, self.data)

    def expanded(self, n: int, samples: int) -> Tensor:
        """``checks.user.batching.expanded``; estimators that are called elsewhere have their own."""
        from checks.user.batching import expanded_here

        return expanded_here(self, n, samples)

    def vectorised(self, n: int, size: int) -> Tensor:
        """``checks.user.batching.vectorised``, likewise."""
        from checks.user.batching import vectorised_here

        return vectorised_here(self, n, size)

    def call(self, n: int) -> Answer:
        """One call with ``n`` samples; raises ``Raised`` or ``BadResult``."""
        theta = Leaves.at(self.problem.point)
        result = self.read(self._result(theta, n), n)
        answer = self.differentiated(result, theta) if isinstance(result, Tensor) else result
        self.form = answer.form
        edited = theta.edited(self.problem.point)
        if edited:
            raise BadResult(
                f"it edits theta in place: {', '.join(edited)} had another value after the call",
                "work on a copy: theta.mu.detach().clone(), or torch.func.functional_call for updates",
            )
        return answer

    def _result(self, theta: Leaves, n: int) -> Any:
        try:
            return self.raw(theta, n)
        except (Unreplayable, BadQuestion, KeyboardInterrupt):
            raise
        except Exception as error:
            raise Raised(shortened(error, f"with n = {n} it raised "), _hint(error)) from None

    def raw(self, theta: Leaves, n: int) -> Any:
        """What the function returns, or raises."""
        self.oracle = Oracle(
            lambda a, t: self._answer(a, t),
            theta.entries,
            self.problem.dimension,
            self.data,
            self.problem.determined,
        )
        with torch.enable_grad(), contextlib.redirect_stdout(sys.stderr):
            result = self.function(self.oracle, theta, n)
            self.switches_off = not torch.is_grad_enabled()
            return result

    def read(self, result: Any, n: int) -> Answer | Tensor:
        """The gradients that were returned, or the surrogate."""
        return read(result, n, self.layout)

    def differentiated(self, surrogate: Tensor, theta: Leaves) -> Answer:
        """The gradient of the surrogate."""
        try:
            by_name = theta.gradient(surrogate)
        except RuntimeError as error:
            raise no_gradient(error) from None
        row = torch.stack([by_name[name] for name in self.problem.wrt]).to(torch.float64)
        return Answer("surrogate", row.reshape(1, -1), surrogate.dtype in NARROW)


def no_gradient(error: RuntimeError) -> BadResult:
    """What autograd says of a surrogate that it cannot differentiate."""
    return BadResult(f"no gradient can be taken of its surrogate: {error}", _hint(error))


def tensors(columns: Mapping[str, Sequence[str]]) -> dict[str, Tensor]:
    """Columns of exact numbers as float64 tensors ``[rows]``."""
    return {
        name: torch.tensor([float(Fraction(text)) for text in column], dtype=torch.float64)
        for name, column in columns.items()
    }


def _hint(error: BaseException) -> str | None:
    said = str(error)
    if "in-place operation" in said:
        return "theta must not be edited in place: work on theta.mu.clone()"
    if "backward through the graph a second time" in said:
        return "return the surrogate undifferentiated, or pass retain_graph=True to the first backward"
    if "Trying to backward" in said or "does not require grad" in said:
        return (
            "the result must depend on theta through a graph, which sample(), item() and detach() cut, and "
            "autograd.grad without create_graph=True"
        )
    return None
