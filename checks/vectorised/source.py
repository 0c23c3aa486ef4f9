"""Straight-line programmes as Python text: what is needed, in order, with buffers that are written over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
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
    # A slot that is one result alone is computed where that result is wanted, and what leads to it as well.
    places = {r.slot: j for j, r in enumerate(results) if r.slot is not None and final[r.slot] == 1}
    borrowed = _borrowed(lines, last, places, set(final))
    text = ["def compute(columns, out):", f"    {_unpacked(len(results))}"]
    text += [f"    {''.join(f'v{i}, ' for i in range(inputs))}= columns"] if inputs else []
    owned = set(range(inputs))
    placed = set()
    for at, line in enumerate(lines):
        free = [a for a in line.args if last[a] == at and a in owned and a not in final]
        target = f"v{free[0]}" if free else None
        if line.into and line.slot in places:
            target = f"o{places[line.slot]}"
            placed.add(line.slot)
        elif line.slot in borrowed:
            target = f"o{borrowed[line.slot]}"
        code = line.code.format(*(f"v{a}" for a in line.args))
        into = f", out={target}" if line.into and target else ""
        text.append(f"    v{line.slot} = {code}{into})")
        owned |= {line.slot} if line.into and line.slot not in placed and line.slot not in borrowed else set()
    stored = (_stored(number, j, r, r.slot in placed) for j, r in enumerate(results))
    return "\n".join([*text, *(f"    {line}" for line in stored if line)]) + "\n"


def _unpacked(results: int) -> str:
    """The columns of the results: a tensor that is iterated over takes three times as long."""
    return "o0 = out[0]" if results == 1 else f"{', '.join(f'o{j}' for j in range(results))} = out.unbind(0)"


def _borrowed(
    lines: Sequence[Line], last: Mapping[int, int], places: Mapping[int, int], kept: Container[int | None]
) -> dict[int, int]:
    """Slots that are computed where a result will stand: each is read for the last time by its successor."""
    made = {line.slot: (at, line) for at, line in enumerate(lines) if line.into}
    found: dict[int, int] = {}
    for result, j in places.items():
        slot: int | None = result
        while slot in made:
            at, line = made[slot]
            slot = next((a for a in line.args if last[a] == at and a in made and a not in kept), None)
            if slot is not None:
                found[slot] = j
    return found


def _stored(number: Number, j: int, result: Affine, placed: bool) -> str:
    """The last line for a result, what its slot is scaled and shifted by; none where it stands already."""
    if result.slot is None:
        return f"o{j}.fill_({literal(result.shift)})"
    text = f"o{j}" if placed else f"o{j}.copy_(v{result.slot})"
    if result.scale != 1.0:
        c = number(result.scale)
        text = f"o{j}.mul_({c})" if placed else f"torch.mul(v{result.slot}, {c}, out=o{j})"
    if result.shift != 0.0:
        return f"{text}.add_({number(result.shift)})"
    return "" if text == f"o{j}" else text


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
