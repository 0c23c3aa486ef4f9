"""Known mistakes as records: a wrong estimator with its statistic, its code and what to tell its author."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong way to write the estimator called ``of``.

    ``statistic`` and ``estimate`` are as in ``Estimator``: from the statistic follows the exact wrong mean,
    by which the mistake is recognised. ``says`` completes "your mean equals the gradient ...".
    ``refuses(expectation)`` is the reason why it cannot be made, or seen, there; else None.
    ``knobs``, ``call``, ``evaluations``, ``accuracy`` and ``target`` are as in ``Estimator``. ``alike`` is a
    more usual mistake with the same mean: by its mean that one is named.
    """

    name: str
    of: str
    says: str
    source: str
    statistic: Callable[[Expectation], Statistic]
    estimate: Callable[[Problem, int, torch.Generator], torch.Tensor]
    refuses: Callable[[Expectation], str | None]
    knobs: tuple[tuple[str, str], ...] = ()
    call: int = 1
    evaluations: int | None = None
    accuracy: Callable[[Expectation], dict[str, float]] | None = None
    target: Callable[[Expectation, Mapping[Symbol, Expr]], dict[Symbol, Expr]] | None = None
    alike: str = ""

    def as_estimator(self) -> Estimator:
        """The mistake as the biased estimator that it is."""
        from checks.estimators import ESTIMATORS

        return Estimator(
            name=self.name,
            approximates=f"not the gradient: {self.says}",
            requires=f"what {self.of} requires",
            source=self.source,
            route=ESTIMATORS[self.of].route if self.of in ESTIMATORS else self.of,
            unbiased=False,
            statistic=self.statistic,
            estimate=self.estimate,
            refuses=self.refuses,
            knobs=self.knobs,
            call=self.call,
            evaluations=self.evaluations,
            accuracy=self.accuracy,
            target=self.target,
        )
