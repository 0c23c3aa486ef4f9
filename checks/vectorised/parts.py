"""What an estimator's written-out rows are composed of: cost, score and slopes as plain trees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from checks.bridge import frozen
from checks.stable import Node, stabilised
from checks.vectorised.slopes import ZERO, add, mul, number, slopes, substituted
from derive.errors import NotApplicable

if TYPE_CHECKING:
    from checks.problem import Problem


@dataclass(frozen=True)
class Parts:
    """The trees of one problem; ``copies`` is how many samples a row takes, 0 for one without an index."""

    problem: Problem
    copies: int = 0

    @property
    def wrt(self) -> tuple[str, ...]:
        return self.problem.wrt

    def cost(self, copy: int | None = None) -> Node:
        """``g(a)``."""
        return self._costs[copy]

    def score(self, theta: str, copy: int | None = None) -> Node:
        """``d/dtheta log p(a)`` at the sample held fixed."""
        return self._of(self._scores.get(theta, ZERO), copy)

    def explicit(self, theta: str, copy: int | None = None) -> Node:
        """``d/dtheta g(a)`` at the sample held fixed."""
        return self._of(self._slopes.get(theta, ZERO), copy)

    def moved(self, theta: str) -> Node:
        """``sum_i dg/da_i dT_i/dtheta`` at the noise held fixed; raises ``NotApplicable`` without a T."""
        if not self._maps:
            raise NotApplicable(f"{self.problem.proof.family} has no transport")
        return add(*(mul(self._along[a], found.get(theta, ZERO)) for a, found in self._velocities.items()))

    @staticmethod
    def number(value: float) -> Node:
        """A constant of the estimator."""
        return number(value)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that are drawn: the noise, or the sample where there is no transport."""
        names = (self.problem.noises if self._maps else self.problem.samples) or ("a",)
        return tuple(_copy(name, i) for i in range(self.copies) for name in names) if self.copies else names

    @cached_property
    def _costs(self) -> dict[int | None, Node]:
        copies: list[int | None] = [None, *range(self.copies)]
        return {copy: self._of(self._tree("integrand"), copy) for copy in copies}

    @cached_property
    def _slopes(self) -> dict[str, Node]:
        return slopes(self._tree("integrand"))

    @cached_property
    def _scores(self) -> dict[str, Node]:
        return slopes(self._tree("log_density"))

    @cached_property
    def _velocities(self) -> dict[str, dict[str, Node]]:
        """Each coordinate's derivatives by the parameters, at the noise held fixed."""
        return {a: slopes(image) for a, image in self._maps.items()}

    @cached_property
    def _along(self) -> dict[str, Node]:
        """``dg/da`` at the transported noise, by coordinate."""
        return {a: self._of(self._slopes.get(a, ZERO)) for a in self._maps}

    @cached_property
    def _maps(self) -> dict[str, Node]:
        """What the samples are of the noise; nothing where they are drawn themselves."""
        maps: Any = self.problem.proof.trees.get("transport")
        if maps is None:
            return {}
        return dict(zip(self.problem.samples or ("a",), (stabilised(frozen(m)) for m in maps), strict=True))

    def _of(self, tree: Node, copy: int | None = None) -> Node:
        """The tree as a function of what is drawn."""
        made = substituted(tree, self._maps)
        if copy is None:
            return made
        drawn = (*self.problem.noises, *self.problem.samples)
        return substituted(made, {name: ("sym", _copy(name, copy)) for name in drawn})

    def _tree(self, name: str) -> Node:
        return stabilised(frozen(self.problem.proof.trees[name]))


def _copy(name: str, index: int) -> str:
    return f"{name}#{index}"
