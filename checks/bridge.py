"""Plain trees (``derive.plain``) as Torch functions; SymPy is not imported.

A tree becomes a straight-line programme: equal subtrees are computed once, subtrees without symbols are
folded to a float64 number, overflowing forms are replaced by stable ones (``checks.stable``). Everything
is elementwise, so the result broadcasts, differentiates, and runs under ``torch.func``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.functions import FUNCTIONS, RELATIONS, tensor
from checks.stable import Node, stabilised
from derive.errors import DeriveError
from derive.plain import Tree

_CONSTANTS = {"pi": torch.pi, "e": torch.e, "eulergamma": 0.5772156649015328606, "oo": torch.inf,
              "-oo": -torch.inf}  # fmt: skip


# From so many terms on a sum is written term by term. Autograd goes back through the youngest of its steps
# first: through each term right after its sum, and not through all sums with all terms waiting in a heap.
LONG_SUM = 8


class NoTorchForm(DeriveError):
    """An expression uses a function that Torch does not have."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """The result of an earlier step."""

    index: int


@dataclass(frozen=True, slots=True)
class _Step:
    call: Callable[..., Any]
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TorchFunction:
    """A compiled tree: ``function({"a": tensor, "mu": tensor})`` with the values of ``symbols`` by name.

    Values are tensors or floats of any shapes that broadcast; further names are ignored but for their
    shapes: an expression without symbols has the common shape of all that was given. Differentiable by
    autograd; a step function has the derivative zero.
    """

    symbols: tuple[str, ...]
    steps: tuple[_Step, ...]
    result: Any

    def __call__(self, values: Mapping[str, Tensor | float]) -> Tensor:
        missing = [name for name in self.symbols if name not in values]
        if missing:
            raise KeyError(f"no value was given for '{missing[0]}'; given: {', '.join(values)}")
        slots: list[Any] = [values[name] for name in self.symbols]
        for step in self.steps:
            slots.append(step.call(*(slots[a.index] if isinstance(a, _Slot) else a for a in step.args)))
        out = slots[self.result.index] if isinstance(self.result, _Slot) else self.result
        out = tensor(out)
        shapes = {v.shape for v in values.values() if isinstance(v, Tensor)}
        # Not torch.broadcast_shapes, whose first call imports SymPy.
        return out if shapes <= {out.shape, ()} else out.expand(np.broadcast_shapes(*shapes))


def compile_tree(tree: Tree) -> TorchFunction:
    """The Torch function of a plain tree; raises ``NoTorchForm`` where Torch lacks a function of it."""
    return _compiled(frozen(tree))


@lru_cache(maxsize=1024)
def _compiled(node: Node) -> TorchFunction:
    node = stabilised(node)
    symbols = tuple(sorted(_symbols(node)))
    writer = _Writer(symbols)
    result = writer.write(node, None)
    return TorchFunction(symbols, tuple(writer.steps), result)


def frozen(tree: Any) -> Any:
    """The tree as nested tuples, which can be keys."""
    return tuple(frozen(t) for t in tree) if isinstance(tree, (list, tuple)) else tree


def _symbols(node: Any) -> set[str]:
    if node[0] == "sym":
        return {node[1]}
    return set().union(*(_symbols(n) for n in node if isinstance(n, tuple)))


class _Writer:
    """Appends the steps of nodes. ``mask`` is where a branch is taken: None means everywhere."""

    def __init__(self, symbols: tuple[str, ...]) -> None:
        self.symbols = symbols
        self.places = {name: at for at, name in enumerate(symbols)}
        self.steps: list[_Step] = []
        self._known: dict[tuple[Node, Any], Any] = {}

    def write(self, node: Node, mask: _Slot | None) -> Any:
        """The slot or number that holds the node's value."""
        known = self._known.get((node, mask))
        if known is None:
            known = self._known[node, mask] = self._write(node, mask)
        return known

    def _write(self, node: Node, mask: _Slot | None) -> Any:
        head, *rest = node
        if head == "num":
            return float(Fraction(rest[0]))
        if head == "const":
            return constant(rest[0])
        if head == "sym":
            return _Slot(self.places[rest[0]])
        if head == "piecewise":
            return self._piecewise(rest, mask)
        if head not in FUNCTIONS:
            raise NoTorchForm(
                f"Torch has no function '{head}'",
                "verify an integrand without it; the derivation needs no Torch",
            )
        if head == "add" and len(rest) >= LONG_SUM:
            return self._sum(rest, mask)
        args = [self.write(arg, mask) for arg in rest]
        function = FUNCTIONS[head]
        if mask is not None and function.safe is not None and isinstance(args[0], _Slot):
            args[0] = self._step(torch.where, mask, args[0], function.safe)
        return self._step(function.call, *args)

    def _sum(self, terms: Sequence[Node], mask: _Slot | None) -> Any:
        """From left to right, as all at once."""
        total = self.write(terms[0], mask)
        for term in terms[1:]:
            total = self._step(FUNCTIONS["add"].call, total, self.write(term, mask))
        return total

    def _step(self, call: Callable[..., Any], *args: Any) -> Any:
        if not any(isinstance(a, _Slot) for a in args):
            return float(call(*args))
        self.steps.append(_Step(call, args))
        return _Slot(len(self.symbols) + len(self.steps) - 1)

    def _piecewise(self, branches: list[Any], mask: _Slot | None) -> Any:
        """Nested ``where``: each branch is computed as if on the samples that take it."""
        taken: list[tuple[Any, Any]] = []
        earlier: Any = None
        for value, condition in branches:
            holds = self._condition(condition, mask)
            mine = holds if earlier is None else self._both(self._not(earlier), holds)
            inside = mine if mask is None else self._both(mask, mine)
            taken.append((mine, self.write(value, inside if isinstance(inside, _Slot) else None)))
            earlier = holds if earlier is None else self._either(earlier, holds)
        result: Any = torch.nan
        for mine, value in reversed(taken):
            result = self._choose(mine, value, result)
        return result

    def _choose(self, condition: Any, yes: Any, no: Any) -> Any:
        if isinstance(condition, bool):
            return yes if condition else no
        return self._step(_where, condition, yes, no)

    def _condition(self, node: Node, mask: _Slot | None) -> Any:
        """A slot of booleans, or a bool where the condition has no symbols."""
        head, *rest = node
        if head in ("true", "false"):
            return head == "true"
        if head in RELATIONS:
            left, right = (self.write(side, mask) for side in rest)
            if not isinstance(left, _Slot) and not isinstance(right, _Slot):
                return bool(RELATIONS[head](left, right))
            return self._step(RELATIONS[head], left, right)
        parts = [self._condition(part, mask) for part in rest]
        if head == "not":
            return self._not(parts[0])
        join = self._both if head == "and" else self._either
        joined = parts[0]
        for part in parts[1:]:
            joined = join(joined, part)
        return joined

    def _not(self, one: Any) -> Any:
        return not one if isinstance(one, bool) else self._step(torch.logical_not, one)

    def _both(self, one: Any, two: Any) -> Any:
        if isinstance(one, bool):
            return two if one else False
        if isinstance(two, bool):
            return one if two else False
        return self._step(torch.logical_and, one, two)

    def _either(self, one: Any, two: Any) -> Any:
        if isinstance(one, bool):
            return True if one else two
        if isinstance(two, bool):
            return True if two else one
        return self._step(torch.logical_or, one, two)


def _where(condition: Tensor, yes: Any, no: Any) -> Tensor:
    return torch.where(condition, tensor(yes), tensor(no))


def constant(name: str) -> float:
    """The double of a constant of trees; raises ``NoTorchForm`` for what is not real."""
    if name not in _CONSTANTS:
        raise NoTorchForm(f"the constant '{name}' is not a real number", "Torch estimators are real: avoid I")
    return float(_CONSTANTS[name])
