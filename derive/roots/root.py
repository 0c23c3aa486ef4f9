"""A zero with the conditions under which it is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sympy import Expr, Symbol

from derive.pointwise import sign


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
    known = [(condition, known_sign(condition)) for condition in dict.fromkeys(root.positive)]
    # Zero means that the root sits on an inner kink, which is a switch of its own.
    if any(s is not None and s <= 0 for _, s in known):
        return None
    return Root(root.value, tuple(condition for condition, s in known if s is None))


def known_sign(expr: Expr) -> int | None:
    """1, or 0 for what is not positive, where that holds for all parameters; else ``None``."""
    if not expr.free_symbols:
        found = sign(expr, {})
        return None if found is None else max(found, 0)
    if expr.is_positive:
        return 1
    return 0 if expr.is_nonpositive else None
