"""The kink splitter: where a function of one variable stops being smooth, and what it is in between.

Closed forms, rules and numeric judges all split here, so that a moving jump is lost by all of
them or by none. Everything is decided at a rational point and is true near it: the strict
relations that fix the order of the kinks are part of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key
from itertools import pairwise

from flint import arb, ctx
from sympy import Basic, Expr, Piecewise, Rational, S, Symbol, oo
from sympy.core.relational import Relational, StrictGreaterThan, StrictLessThan

from .errors import Undecided
from .pointwise import PRECISIONS, Point, number, sign, truth, vanishes
from .roots import Root
from .switches import is_branching, kink_roots, kinks, settle, singularities, switches


@dataclass(frozen=True, slots=True)
class Cell:
    """``body`` on ``lower < x < upper``, where no Abs, Max, Heaviside or Piecewise in ``x`` is left."""

    lower: Expr
    upper: Expr
    body: Expr


@dataclass(frozen=True, slots=True)
class Split:
    """Cells in order; the split is the same wherever all of ``requires`` (strict relations) hold."""

    cells: tuple[Cell, ...]
    requires: tuple[Relational, ...]


@dataclass(frozen=True, slots=True)
class Jump:
    """At ``x = at`` the function jumps by ``height``, right minus left."""

    at: Expr
    height: Expr


def split(expr: Expr, x: Symbol, lower: Expr, upper: Expr, point: Point) -> Split:
    """Cut ``(lower, upper)`` at the kinks of ``expr``, in their order at ``point``.

    ``point`` gives every symbol but ``x`` an exact rational value; ends may be infinite.
    Neighbouring cells with the same body are one cell. Raises ``Undecided`` where a kink cannot
    be found, or where two ends meet at the point, so that their order near it is open.
    """
    if not is_branching(expr, x):
        return Split((Cell(lower, upper, expr),), ())
    line = _Line(x, point)
    marks = line.inside(kink_roots(expr, x), line.mark(lower), line.mark(upper))
    cells: list[Cell] = []
    for left, right in pairwise(marks):
        body = line.on_cell(expr, left, right)
        if cells and cells[-1].body == body:
            cells[-1] = Cell(cells[-1].lower, right.value, body)
        else:
            cells.append(Cell(left.value, right.value, body))
    return Split(tuple(cells), line.requires())


def on_cell(expr: Expr, x: Symbol, lower: Expr, upper: Expr, point: Point) -> Expr:
    """``expr`` with each branching function in ``x`` replaced by its branch on ``(lower, upper)``.

    The interval must hold no kink inside; branches are decided at one interior point.
    """
    line = _Line(x, point)
    return line.on_cell(expr, line.mark(lower), line.mark(upper))


def jumps(expr: Expr, x: Symbol, point: Point, lower: Expr = -oo, upper: Expr = oo) -> tuple[Jump, ...]:
    """The kinks inside ``(lower, upper)`` at which the two sides of ``expr`` differ.

    A kink where they agree is no jump; a jump whose height is zero at this point but not near
    it is one. Only kinks are looked at: poles are those of ``singularities``. Raises
    ``Undecided`` where a side has no finite value at the kink.
    """
    cells = split(expr, x, lower, upper, point).cells
    found = (_jump(left, right, x) for left, right in pairwise(cells))
    return tuple(jump for jump in found if not vanishes(jump.height, point))


def _jump(left: Cell, right: Cell, x: Symbol) -> Jump:
    at = right.lower
    sides = [cell.body.xreplace({x: at}) for cell in (left, right)]
    if any(side.has(S.NaN, S.ComplexInfinity, oo, -oo) for side in sides):
        raise Undecided(
            f"beside the kink {x} = {at} there is no finite value: {left.body} and {right.body}",
            "a pole is no jump; use an integrand that is bounded at its kinks",
        )
    return Jump(at, sides[1] - sides[0])


@dataclass(frozen=True, slots=True)
class _Mark:
    """A point of the line: an end or a kink, exactly and as a ball."""

    value: Expr
    ball: arb


class _Line:
    """The axis of ``x`` at one parameter point; collects what it had to assume about the order."""

    def __init__(self, x: Symbol, point: Point) -> None:
        self.x = x
        self.point = point
        self.facts: dict[Relational, None] = {}

    def mark(self, value: Expr) -> _Mark:
        ball = number(value, self.point)
        if ball.is_nan() or not (ball.is_finite() or value in (oo, -oo)):
            raise Undecided(f"{value} is not a real number at this point", "move the point")
        return _Mark(value, ball)

    def requires(self) -> tuple[Relational, ...]:
        return tuple(self.facts)

    def inside(self, roots: tuple[Root, ...], lower: _Mark, upper: _Mark) -> list[_Mark]:
        """The ends and the kinks between them, in order."""
        if self.order(lower, upper) >= 0:
            raise Undecided(f"the interval from {lower.value} to {upper.value} is empty at this point")
        kept = []
        for mark in map(self.mark, dict.fromkeys(r.value for r in roots if self.exists(r))):
            to_lower, to_upper = self.order(lower, mark), self.order(mark, upper)
            if to_lower > 0:
                self.assume(mark.value, lower.value)
            elif to_upper > 0:
                self.assume(upper.value, mark.value)
            elif to_lower < 0 and to_upper < 0:
                kept.append(mark)
        ordered = [lower, *_distinct(kept, self.order), upper]
        for left, right in pairwise(ordered):
            self.assume(left.value, right.value)
        return ordered

    def exists(self, root: Root) -> bool:
        """Whether a candidate is a real zero here; either way the reason is a fact."""
        real, positive = settle(root, self.point)
        for p in positive:
            self.assume(S.Zero, p)
        return real

    def assume(self, left: Expr, right: Expr) -> None:
        """Records ``left < right`` unless it holds for all parameters."""
        if left.is_infinite or right.is_infinite:
            return
        if left == 0 and right.could_extract_minus_sign():
            left, right = -right, left
        fact = StrictLessThan(left, right) if left != 0 else StrictGreaterThan(right, left)
        if fact not in (S.true, S.false):
            self.facts[fact] = None

    def order(self, left: _Mark, right: _Mark) -> int:
        """-1, 0 or 1; 0 only for two that are equal near the point too."""
        if left.ball < right.ball:
            return -1
        if left.ball > right.ball:
            return 1
        if left.value == right.value or vanishes(left.value - right.value, self.point):
            return 0
        closer = sign(left.value - right.value, self.point)
        if closer:
            return closer
        raise Undecided(
            f"{left.value} and {right.value} meet at this point, so their order near it is open",
            "move the point",
        )

    def on_cell(self, expr: Expr, left: _Mark, right: _Mark) -> Expr:
        with ctx.workprec(PRECISIONS[0]):
            inside = _between(left.ball, right.ball)
        return _Branch(self, {**self.point, self.x: inside}).visit(expr)


def _distinct(marks: list[_Mark], order: Callable[[_Mark, _Mark], int]) -> list[_Mark]:
    out: list[_Mark] = []
    for mark in sorted(marks, key=cmp_to_key(order)):
        if not out or order(out[-1], mark) != 0:
            out.append(mark)
    return out


def _between(low: arb, high: arb) -> Rational:
    """A rational number strictly inside."""
    if not low.is_finite() and not high.is_finite():
        middle = arb(3) / 7
    elif not low.is_finite():
        middle = high - 1 - abs(high) / 7
    else:
        middle = (low + high) / 2 if high.is_finite() else low + 1 + abs(low) / 7
    mantissa, exponent = middle.mid().man_exp()
    inside = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    short = Fraction(float(middle.mid()))
    chosen = short if low < arb(float(short)) < high else inside
    return Rational(chosen.numerator, chosen.denominator)


class _Branch:
    """Replaces branching functions by what they are at one interior point of a cell."""

    def __init__(self, line: _Line, at: dict[Symbol, Rational]) -> None:
        self.line = line
        self.at = at
        self.known: dict[Basic, Basic] = {}

    def visit(self, node: Basic) -> Basic:
        if not is_branching(node, self.line.x):
            return node
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = self._visit(node)
        return found

    def _visit(self, node: Basic) -> Basic:
        if isinstance(node, Piecewise):
            return self._piecewise(node)
        args = tuple(map(self.visit, node.args))
        kind = type(node).__name__
        if kind in ("Max", "Min"):
            return self._extreme(args, 1 if kind == "Max" else -1)
        if kind in ("Abs", "sign", "Heaviside"):
            side = self._sign(args[0])
            return {"Abs": side * args[0], "sign": S(side), "Heaviside": (1 + S(side)) / 2}[kind]
        return node if args == node.args else node.func(*args)

    def _sign(self, switch: Expr) -> int:
        side = sign(switch, self.at)
        if side is None:
            where = f"{self.line.x} = {float(self.at[self.line.x]):.4g}"
            raise Undecided(f"the sign of {switch} near {where} is open: it is zero or not real there")
        if side == 0 and not vanishes(switch, self.at):
            raise Undecided(f"{switch} is zero at this parameter point, and not near it", "move the point")
        return side

    def _extreme(self, args: tuple[Expr, ...], orient: int) -> Expr:
        best = args[0]
        for arg in args[1:]:
            if orient * self._sign(arg - best) > 0:
                best = arg
        return best

    def _piecewise(self, node: Piecewise) -> Basic:
        for value, condition in node.args:
            for relation in condition.atoms(Relational):
                if self.line.x not in relation.free_symbols:
                    self._settle(relation)
            if truth(condition, self.at):
                return self.visit(value)
        raise Undecided(f"{node} has no value on a part of its domain", "add a last branch (value, True)")

    def _settle(self, relation: Relational) -> None:
        """A condition on parameters alone: its strict form is assumed from here on."""
        side = sign(relation.lhs - relation.rhs, self.at)
        if side not in (1, -1):
            raise Undecided(f"{relation} is a tie at this point", "move the point")
        self.line.assume(*((relation.rhs, relation.lhs) if side > 0 else (relation.lhs, relation.rhs)))


__all__ = ["Cell", "Jump", "Split", "jumps", "kinks", "on_cell", "singularities", "split", "switches"]
