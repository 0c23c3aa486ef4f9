"""Plain trees at a point as one straight-line Torch function: no graph, few passes over memory.

Parameters are numbers by then, so that everything without a sample folds. Each intermediate is known as
``scale * slot + shift``: factors and constants are carried along instead of being multiplied out, terms of
one slot are collected (``(mu + sigma*b) - mu`` is ``sigma*b``), equal subtrees are computed once, and a
buffer that is no longer needed is written over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from checks.bridge import constant
from checks.functions import FUNCTIONS, RELATIONS, tensor
from checks.stable import Node
from checks.vectorised.slopes import NoSlope
from checks.vectorised.source import Affine, Line, literal, source_of

# ``compute(columns, out [p, n])`` fills ``out``; the columns ``[n]`` may be written over.
Compute = Callable[[Sequence[Tensor], Tensor], None]


def compile_rows(trees: Sequence[Node], values: Mapping[str, float], inputs: Sequence[str]) -> Compute:
    """The function that computes ``trees`` from columns named ``inputs``, with ``values`` for all else.

    Raises ``NoSlope`` where Torch has no function of a head.
    """
    writer = _Writer(values, inputs)
    results = [writer.finished(tree) for tree in trees]
    source = source_of(writer.lines, len(writer.inputs), writer.number, results)
    scope: dict[str, Any] = {"torch": torch, **writer.scope}
    exec(compile(source, "<rows>", "exec"), scope)  # of our own making: names and numbers only
    made: Compute = scope["compute"]
    return made


class _Writer:
    def __init__(self, values: Mapping[str, float], inputs: Sequence[str]) -> None:
        self.known: dict[Any, Affine] = {}
        self.lines: list[Line] = []
        self.scope: dict[str, Any] = {}
        self.numbers: dict[float, str] = {}
        self.whole: dict[Affine, int] = {}
        self.values = dict(values)
        self.inputs = list(inputs)
        self.slots = len(self.inputs)

    def write(self, node: Node) -> Affine:
        """The value of a node, computed once."""
        if node not in self.known:
            self.known[node] = self._write(node)
        return self.known[node]

    def finished(self, tree: Node) -> Affine:
        """A result, which is computed in full: products with it need not start from its slot."""
        made = self.write(tree)
        if made.slot is None:
            return made
        self.whole[made] = slot = self.slot(made)
        return Affine(1.0, slot, 0.0)

    def _write(self, node: Node) -> Affine:
        head, *args = node
        if head == "num":
            return Affine(0.0, None, float(Fraction(args[0])))
        if head == "const":
            return Affine(0.0, None, constant(args[0]))
        if head == "sym":
            return self._symbol(args[0])
        if head == "add":
            return self._sum([self.write(a) for a in args])
        if head == "mul":
            return self._product([self.write(a) for a in args])
        if head == "pow" and args[1][0] == "num":
            return self._power(self.write(args[0]), Fraction(args[1][1]))
        if head == "piecewise":
            return self._piecewise(args)
        return self._call(head, [self.write(a) for a in args])

    def _symbol(self, name: str) -> Affine:
        if name in self.inputs:
            return Affine(1.0, self.inputs.index(name), 0.0)
        return Affine(0.0, None, self.values[name])

    def _line(self, code: str, *args: int, into: bool = True) -> Affine:
        """A new slot; equal lines are one."""
        key = (code, args)
        if key not in self.known:
            self.lines.append(Line(self.slots, code, args, into))
            self.known[key] = Affine(1.0, self.slots, 0.0)
            self.slots += 1
        return self.known[key]

    def slot(self, value: Affine) -> int:
        """The slot that holds the value itself."""
        if value.slot is None:
            raise NoSlope("a number is no slot")
        if value.is_plain:
            return value.slot
        made = value.slot
        if value.scale != 1.0:
            made = self._only(self._line(f"torch.mul({{0}}, {self.number(value.scale)}", made))
        if value.shift != 0.0:
            made = self._only(self._line(f"torch.add({{0}}, {self.number(value.shift)}", made))
        return made

    def number(self, value: float) -> str:
        """The name of a tensor without dimensions: Torch takes a microsecond for it, and six for a float."""
        name = self.numbers.setdefault(value, f"c{len(self.numbers)}")
        self.scope[name] = torch.tensor(value, dtype=torch.float64)
        return name

    @staticmethod
    def _only(value: Affine) -> int:
        assert value.slot is not None
        return value.slot

    def _sum(self, terms: Sequence[Affine]) -> Affine:
        shift = sum(t.shift for t in terms)
        scales: dict[int, float] = {}
        for t in terms:
            if t.slot is not None:
                scales[t.slot] = scales.get(t.slot, 0.0) + t.scale
        kept = [(slot, scale) for slot, scale in scales.items() if scale != 0.0]
        if not kept:
            return Affine(0.0, None, shift)
        # One term is taken as it is, and the others relative to it: a sum costs one pass a term.
        (made, unit), *rest = sorted(kept, key=lambda term: term[1] != 1.0)
        for slot, scale in rest:
            ratio = scale / unit
            code = {1.0: "torch.add({0}, {1}", -1.0: "torch.sub({0}, {1}"}
            made = self._only(
                self._line(code.get(ratio, f"torch.add({{0}}, {{1}}, alpha={ratio!r}"), made, slot)
            )
        return Affine(unit, made, shift)

    def _product(self, factors: Sequence[Affine]) -> Affine:
        scale, slots = 1.0, []
        numbers = [f.shift for f in factors if f.slot is None]
        for one in numbers:
            scale *= one
        moving = [f for f in factors if f.slot is not None]
        if scale == 0.0 or not moving:
            return Affine(0.0, None, scale)
        if len(moving) == 1:
            (f,) = moving
            return Affine(scale * f.scale, f.slot, scale * f.shift)
        for f in moving:
            known = self.whole.get(f)
            scale *= f.scale if known is None else 1.0
            slots.append(self.slot(Affine(1.0, f.slot, f.shift / f.scale)) if known is None else known)
        made, *rest = sorted(slots)
        for slot in rest:
            made = self._only(self._line("torch.mul({0}, {1}", made, slot))
        return Affine(scale, made, 0.0)

    def _power(self, base: Affine, exponent: Fraction) -> Affine:
        e = float(exponent)
        if base.slot is None:
            return Affine(0.0, None, float(FUNCTIONS["pow"].call(base.shift, e)))
        scale = 1.0
        if base.shift == 0.0 and (exponent.denominator == 1 or base.scale > 0.0):
            scale, base = _scaled(base, e)
        x = self.slot(base)
        if e in (2.0, 3.0, 4.0):
            square = self._only(self._line("torch.mul({0}, {1}", x, x))
            other = {2.0: None, 3.0: x, 4.0: square}[e]
            made = square if other is None else self._only(self._line("torch.mul({0}, {1}", square, other))
            return Affine(scale, made, 0.0)
        named = {-1.0: "reciprocal", 0.5: "sqrt", -0.5: "rsqrt"}
        code = f"torch.{named[e]}({{0}}" if e in named else f"torch.pow({{0}}, {e!r}"
        return Affine(scale, self._line(code, x).slot, 0.0)

    def _call(self, head: str, args: Sequence[Affine]) -> Affine:
        if head not in FUNCTIONS:
            raise NoSlope(f"Torch has no function '{head}'")
        call = FUNCTIONS[head].call
        if all(a.slot is None for a in args):
            return Affine(0.0, None, float(call(*(a.shift for a in args))))
        name = f"f_{head}"
        self.scope[name] = call
        code, slots = self._arguments(args)
        return self._line(f"{name}({code}", *slots, into=False)

    def _arguments(self, args: Sequence[Affine]) -> tuple[str, list[int]]:
        slots: list[int] = []
        texts = []
        for a in args:
            if a.slot is None:
                texts.append(literal(a.shift))
            else:
                texts.append(f"{{{len(slots)}}}")
                slots.append(self.slot(a))
        return ", ".join(texts), slots

    def _piecewise(self, branches: Sequence[Any]) -> Affine:
        """From the last branch to the first, each over what follows it."""
        made = Affine(0.0, None, float("nan"))
        self.scope |= {"where": _where}
        for value, condition in reversed(branches):
            holds = self._condition(condition)
            if isinstance(holds, bool):
                made = self.write(value) if holds else made
                continue
            code, slots = self._arguments([Affine(1.0, holds, 0.0), self.write(value), made])
            made = self._line(f"where({code}", *slots, into=False)
        return made

    def _condition(self, node: Node) -> bool | int:
        head, *rest = node
        if head in ("true", "false"):
            return head == "true"
        if head in RELATIONS:
            sides = [self.write(side) for side in rest]
            if all(s.slot is None for s in sides):
                return bool(RELATIONS[head](*(s.shift for s in sides)))
            self.scope[f"r_{head}"] = RELATIONS[head]
            code, slots = self._arguments(sides)
            return self._only(self._line(f"r_{head}({code}", *slots, into=False))
        parts = [self._condition(part) for part in rest]
        if head == "not":
            (one,) = parts
            return not one if isinstance(one, bool) else self._boolean("logical_not", one)
        return self._joined(parts, head == "and")

    def _joined(self, parts: Sequence[bool | int], both: bool) -> bool | int:
        """``and`` where ``both``, else ``or``: known parts decide or drop out."""
        if any(isinstance(p, bool) and p is not both for p in parts):
            return not both
        made, *rest = [p for p in parts if not isinstance(p, bool)] or [both]
        for part in rest:
            made = self._boolean("logical_and" if both else "logical_or", made, part)
        return made

    def _boolean(self, name: str, *slots: int) -> int:
        code = ", ".join(f"{{{i}}}" for i in range(len(slots)))
        return self._only(self._line(f"torch.{name}({code}", *slots, into=False))


def _scaled(base: Affine, exponent: float) -> tuple[float, Affine]:
    """``(scale x)**e`` as ``scale**e`` and ``x``, unless that factor is no double."""
    try:
        factor = base.scale**exponent
    except OverflowError:
        return 1.0, base
    return (factor, Affine(1.0, base.slot, 0.0)) if abs(factor) > 0.0 else (1.0, base)


def _where(condition: Tensor, yes: Any, no: Any) -> Tensor:
    return torch.where(condition, tensor(yes), tensor(no))
