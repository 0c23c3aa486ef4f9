"""A zero with the conditions under which it is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sympy import Expr, Symbol


@dataclass(frozen=True, slots=True)
class Root:
    """A zero ``value``, real and there exactly where all of ``positive`` are > 0.

    Where one of them is 0 two zeros meet (or one leaves its branch), and nothing is said.
    """

    value: Expr
    positive: tuple[Expr, ...] = ()

    def given(self, conditions: Iterable[Expr]) -> Root:
        """The same zero under further conditions."""
        return Root(self.value, (*self.positive, *conditions))


# The solver itself, handed to the modules that reduce one equation to others.
Solve = Callable[[Expr, Symbol], tuple[Root, ...]]


def tidy(root: Root) -> Root | None:
    """Drops conditions that always hold; ``None`` for a root whose conditions never hold."""
    open_conditions = []
    for condition in root.positive:
        if condition.is_positive:
            continue
        # Zero here means that the root sits on an inner kink, which is a switch of its own.
        if condition.is_nonpositive:
            return None
        open_conditions.append(condition)
    return Root(root.value, tuple(dict.fromkeys(open_conditions)))
