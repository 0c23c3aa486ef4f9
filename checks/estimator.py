"""Estimators as records: the per-sample statistic in SymPy and the code in Torch, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation
    from derive.terms import Law


@dataclass(frozen=True, slots=True)
class Draw:
    """``variables`` drawn from ``law``, independently of every other draw.

    ``without`` are outcomes of a law on whole numbers that do not come: it is then that of the rest.
    """

    law: Law
    variables: tuple[Symbol, ...]
    without: tuple[tuple[Expr, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Statistic:
    """What one evaluation contributes, one expression per parameter, in ``variables`` drawn from ``law``.

    ``more`` are further draws, independent of the first and of each other: the other samples of a
    leave-one-out baseline, the uniform number beside a coin. ``constants`` are exact numbers at the point
    that the Torch code is handed (``problem.constants``), such as the optimal baseline. Where it is not
    ``closed``, no closed form of its moments is looked for, which would take seconds and find none.
    ``without`` are outcomes of the first law that do not come, as in ``Draw``.
    """

    values: tuple[Expr, ...]
    law: Law
    variables: tuple[Symbol, ...]
    more: tuple[Draw, ...] = ()
    constants: tuple[tuple[str, Expr], ...] = ()
    closed: bool = True
    without: tuple[tuple[Expr, ...], ...] = ()

    @property
    def draws(self) -> tuple[Draw, ...]:
        """All of the independent draws."""
        return (Draw(self.law, self.variables, self.without), *self.more)


@dataclass(frozen=True, slots=True)
class Estimator:
    """A Monte Carlo estimator of d/dtheta E[g].

    ``statistic(expectation)`` is what one sample contributes, in SymPy; from it derive computes the
    exact mean, variance and fourth moment. ``estimate(problem, n, generator)`` is the Torch code; it
    returns ``[n, p]`` gradients in float64, p in the order of ``problem.wrt``: one row for each of ``n``
    independent evaluations, of which each takes ``call`` samples (1 where samples do not interact).
    ``refuses(expectation)`` is the reason why it does not apply, or None.
    ``route`` is the derivation that justifies it. ``unbiased`` is False for the known-biased ones.
    ``knobs`` are numbers that are the estimator's own, such as a temperature, each with an exact value that
    the point of a check may override; both callables find them in the point.
    ``accuracy(expectation)`` says, by parameter, how good the arithmetic of the code is where it is not
    good to rounding: the size of its error relative to the root mean square of the gradient's own part.
    ``evaluations`` is how often one row evaluates g, as far as a single parameter needs it; ``call`` if None.
    ``target(expectation, gradient)`` is what the mean is held against where that is not the gradient but made
    of it, by parameter: the natural gradient. It is an expression, as the gradient is where that is known.
    Neither SymPy nor Torch is imported before one of the callables runs.
    """

    name: str
    approximates: str
    requires: str
    source: str
    route: str
    unbiased: bool
    statistic: Callable[[Expectation], Statistic]
    estimate: Callable[[Problem, int, torch.Generator], torch.Tensor]
    refuses: Callable[[Expectation], str | None]
    knobs: tuple[tuple[str, str], ...] = ()
    call: int = 1
    accuracy: Callable[[Expectation], dict[str, float]] | None = None
    target: Callable[[Expectation, Mapping[Symbol, Expr]], dict[Symbol, Expr]] | None = None
    evaluations: int | None = None

    @property
    def cost(self) -> int:
        """How many evaluations of g one row costs: what a mean over a fixed number of them is worth."""
        return self.call if self.evaluations is None else self.evaluations
