"""From a SymPy expression to the steps that compute it over lists: one slot per distinct subexpression."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import add, mul
from typing import Any, cast

from sympy import Basic, Symbol

from derive.errors import Undecided

from . import elementwise as ew
from .array_nodes import STRUCTURES, number

Step = Callable[[list[Any]], Any]


class Compiler:
    """Gives every distinct subexpression a slot, and a step that fills it."""

    def __init__(self, vectors: frozenset[Symbol]) -> None:
        self.vectors = vectors
        self.index: dict[Basic, int] = {}
        self.names: dict[Symbol, int] = {}
        self.fixed: dict[int, float] = {}
        self.steps: list[tuple[int, Step]] = []
        # Slot 0 holds a function that evaluates another expression with the same values.
        self.size = 1

    def slot(self, node: Basic) -> int:
        found = self.index.get(node)
        if found is None:
            found = self.index[node] = self._emit(node)
        return found

    def is_vector(self, node: Basic) -> bool:
        return not self.vectors.isdisjoint(node.free_symbols)

    def new(self, step: Step) -> int:
        self.steps.append((self.size, step))
        self.size += 1
        return self.size - 1

    def constant(self, number: float) -> int:
        self.fixed[self.size] = number
        self.size += 1
        return self.size - 1

    def _emit(self, node: Any) -> int:
        if node.is_Symbol:
            self.names[node] = self.size
            self.size += 1
            return self.size - 1
        if node.is_Number or node.is_NumberSymbol:
            return self.constant(number(node))
        kind = type(node).__name__
        emit = STRUCTURES.get(kind)
        if emit is not None:
            return emit(self, node)
        if kind in ew.FUNCTIONS:
            return self.unary(kind, self.slot(node.args[0]), self.is_vector(node))
        return self._by_balls(node)

    def unary(self, name: str, argument: int, vector: bool) -> int:
        """A step that applies one of the elementwise functions."""
        fast, guarded = ew.FUNCTIONS[name]
        if vector:
            run = ew.mapped(fast, guarded)
            return self.new(lambda w: run(w[argument]))
        return self.new(lambda w: guarded(w[argument]))

    def _by_balls(self, node: Any) -> int:
        function = ew.known_to_balls(node)
        if function is None:
            raise Undecided(f"no float value is known for {type(node).__name__}, in {node}")
        return self.apply(function, *node.args)

    def apply(self, function: Callable[..., float], *nodes: Basic) -> int:
        """A step that applies a function of any number of arguments, lists and numbers mixed."""
        slots = [self.slot(n) for n in nodes]
        vector = [self.is_vector(n) for n in nodes]
        if not any(vector):
            return self.new(lambda w: function(*(w[i] for i in slots)))
        if len(slots) == 1:
            (only,) = slots
            return self.new(lambda w: list(map(function, w[only])))
        pairs = list(zip(slots, vector, strict=True))
        lead = slots[vector.index(True)]

        def run(w: list[Any]) -> list[float]:
            n = len(w[lead])
            return list(map(function, *(w[i] if is_list else [w[i]] * n for i, is_list in pairs)))

        return self.new(run)

    def fold(self, operation: Callable[[Any, Any], Any], slots: list[tuple[int, bool]]) -> tuple[int, bool]:
        """Sum or product: numbers first and together, then lists."""
        numbers = [i for i, is_list in slots if not is_list]
        lists = [i for i, is_list in slots if is_list]
        total = numbers[0] if numbers else None
        for i in numbers[1:]:
            total = self.new(partial(_both, operation, cast(int, total), i))
        if not lists:
            return cast(int, total), False
        made = lists[0]
        if total is not None:
            made = self.new(partial(_SCALAR[operation], total, made))
        for i in lists[1:]:
            made = self.new(partial(_zipped, operation, made, i))
        return made, True

    def parts(self, nodes: list[Basic]) -> list[tuple[int, bool]]:
        return [(self.slot(n), self.is_vector(n)) for n in nodes]


def _both(operation: Callable[[Any, Any], Any], i: int, j: int, w: list[Any]) -> Any:
    return operation(w[i], w[j])


def _zipped(operation: Callable[[Any, Any], Any], i: int, j: int, w: list[Any]) -> list[float]:
    return list(map(operation, w[i], w[j]))


def _scaled(i: int, j: int, w: list[Any]) -> list[float]:
    c = w[i]
    return [c * v for v in w[j]]


def _shifted(i: int, j: int, w: list[Any]) -> list[float]:
    c = w[i]
    return [c + v for v in w[j]]


_SCALAR: dict[Any, Callable[[int, int, list[Any]], list[float]]] = {mul: _scaled, add: _shifted}
