"""Straight-line programmes as Python text: what is needed, in order, with buffers that are written over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Keeps a number, and gives the name that it has in the text.
Number = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Affine:
    """``scale * slot + shift``; a number where ``slot`` is None."""

    scale: float
    slot: int | None
    shift: float

    @property
    def is_plain(self) -> bool:
        return self.slot is not None and self.scale == 1.0 and self.shift == 0.0


@dataclass(slots=True)
class Line:
    """``slot = code``; ``code`` has ``{i}`` for its arguments; ``into``: it can write over a buffer."""

    slot: int
    code: str
    args: tuple[int, ...]
    into: bool


def source_of(lines: Sequence[Line], inputs: int, number: Number, results: Sequence[Affine]) -> str:
    """The function's text; only what the results need, each buffer written over by its last reader."""
    lines = _needed(lines, results)
    last = {a: at for at, line in enumerate(lines) for a in line.args}
    final = Counter(r.slot for r in results)
    # A slot that is one result alone is computed where that result is wanted.
    places = {r.slot: j for j, r in enumerate(results) if r.slot is not None and final[r.slot] == 1}
    text = ["def compute(columns, out):"]
    text += [f"    o{j} = out[{j}]" for j in range(len(results))]  # thrice as fast as unpacking
    text += [f"    {''.join(f'v{i}, ' for i in range(inputs))}= columns"] if inputs else []
    owned = set(range(inputs))
    placed = set()
    for at, line in enumerate(lines):
        free = [a for a in line.args if last[a] == at and a in owned and a not in final]
        target = f"v{free[0]}" if free else None
        if line.into and line.slot in places:
            target = f"o{places[line.slot]}"
            placed.add(line.slot)
        code = line.code.format(*(f"v{a}" for a in line.args))
        into = f", out={target}" if line.into and target else ""
        text.append(f"    v{line.slot} = {code}{into})")
        owned |= {line.slot} if line.into and line.slot not in placed else set()
    text += [f"    {_stored(number, j, r, r.slot in placed)}" for j, r in enumerate(results)]
    return "\n".join(text) + "\n"


def _stored(number: Number, j: int, result: Affine, placed: bool) -> str:
    """The last line for a result: what its slot is scaled and shifted by."""
    if result.slot is None:
        return f"o{j}.fill_({literal(result.shift)})"
    text = f"o{j}" if placed else f"o{j}.copy_(v{result.slot})"
    if result.scale != 1.0:
        c = number(result.scale)
        text = f"o{j}.mul_({c})" if placed else f"torch.mul(v{result.slot}, {c}, out=o{j})"
    return text if result.shift == 0.0 else f"{text}.add_({number(result.shift)})"


def _needed(lines: Sequence[Line], results: Sequence[Affine]) -> list[Line]:
    wanted = {r.slot for r in results}
    kept = []
    for line in reversed(lines):
        if line.slot in wanted:
            wanted |= set(line.args)
            kept.append(line)
    return kept[::-1]


def literal(value: float) -> str:
    return repr(value) if value == value and abs(value) != float("inf") else f"float({str(value)!r})"
