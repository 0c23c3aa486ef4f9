"""The germ of a SymPy expression: rules over its tree, by which integrands are bounded far out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flint import arb, fmpq
from sympy import Basic, Symbol
from sympy.core.relational import Relational

from .evaluator import Evaluator
from .germs import Germ, Tail, Term, constant, span, within
from .scales import Number, Unbounded

_ONE_GERM = constant(fmpq(1))


class Reader:
    """Germs of the subexpressions of one expression, each computed once.

    ``germs`` gives the germ of every variable; all else must be numbers (``numbers`` evaluates them).
    Raises ``Unbounded`` with a reason where no rule bounds a function.
    """

    def __init__(self, tail: Tail, germs: Mapping[Symbol, Germ], numbers: Evaluator) -> None:
        self.tail = tail
        self.moving = set(germs)
        self.known: dict[Basic, Germ] = dict(germs)
        self.numbers = numbers

    def germ(self, node: Any) -> Germ:
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = self._compute(node)
        return found

    def _compute(self, node: Any) -> Germ:
        if self.moving.isdisjoint(node.free_symbols):
            return constant(self.number(node))
        if node.is_Add or node.is_Mul:
            return self._fold(node)
        if node.is_Pow:
            return self._power(node)
        rule = _RULES.get(type(node).__name__)
        if rule is None:
            raise Unbounded(f"no bound is known for {type(node).__name__} far out")
        return rule(self, node)

    def number(self, node: Any) -> Number:
        """A constant's value; raises ``Unbounded`` where it is not real and finite."""
        value = self.numbers.value(node)
        if isinstance(value, fmpq):
            return value
        if not (value.is_finite() and value.imag.contains(0)):
            raise Unbounded(f"{node} is not a finite real number")
        return value.real

    def _fold(self, node: Any) -> Germ:
        first, *rest = map(self.germ, node.args)
        for other in rest:
            first = self.tail.add(first, other) if node.is_Add else self.tail.mul(first, other)
        return first

    def _power(self, node: Any) -> Germ:
        if not self.moving.isdisjoint(node.exp.free_symbols):
            return self.tail.exp(self.tail.mul(self.germ(node.exp), self.tail.log(self.germ(node.base))))
        base, fixed = self.germ(node.base), self.number(node.exp)
        return self.tail.mul(base, base) if fixed == 2 else self.tail.power(base, fixed)

    def inner(self, node: Any) -> Germ:
        return self.germ(node.args[0])

    def holds(self, condition: Any) -> bool | None:
        """Whether a condition holds for all ``y >= start``, or ``None``."""
        if isinstance(condition, Relational) and condition.rel_op not in ("==", "!="):
            right = self.tail.scaled(self.germ(condition.rhs), fmpq(-1))
            sign = self.tail.sign(self.tail.add(self.germ(condition.lhs), right))
            return None if not sign else (sign > 0) == (condition.rel_op in (">", ">="))
        kind = type(condition).__name__
        if kind in ("BooleanTrue", "BooleanFalse"):
            return kind == "BooleanTrue"
        parts = [self.holds(a) for a in condition.args]
        if kind == "Not":
            return None if parts[0] is None else not parts[0]
        if kind in ("And", "Or"):
            decisive = kind == "Or"
            return decisive if decisive in parts else (None if None in parts else not decisive)
        raise Unbounded(f"the condition {condition} is not an inequality")


Rule = Callable[[Reader, Any], Germ]


def _bounded(function: Callable[[arb], arb], slope: Callable[[arb], arb], low: int, high: int) -> Rule:
    """A function with values in ``[low, high]`` for all arguments."""

    def rule(reader: Reader, node: Any) -> Germ:
        f = reader.inner(node)
        try:
            return reader.tail.apply(f, function, slope)
        except Unbounded:
            return within(span(low, high))

    return rule


def _local(function: Callable[[arb], arb], slope: Callable[[arb], arb]) -> Rule:
    """A function that is bounded only where its argument stays away from its singularities."""

    def rule(reader: Reader, node: Any) -> Germ:
        return reader.tail.apply(reader.inner(node), function, slope)

    return rule


def _grows(reader: Reader, f: Germ) -> int | None:
    """The sign of a germ that grows without bound, 0 for one that stays bounded, ``None`` if unknown."""
    try:
        reader.tail.range(f)
    except Unbounded:
        return reader.tail.sign(f)
    return 0


def _exp(reader: Reader, node: Any) -> Germ:
    return reader.tail.exp(reader.inner(node))


def _log(reader: Reader, node: Any) -> Germ:
    return reader.tail.log(reader.inner(node))


def _half_sum(sign: int) -> Rule:
    """cosh and sinh from exponentials."""

    def rule(reader: Reader, node: Any) -> Germ:
        f, tail = reader.inner(node), reader.tail
        back = tail.scaled(tail.exp(tail.scaled(f, fmpq(-1))), fmpq(sign))
        return tail.scaled(tail.add(tail.exp(f), back), fmpq(1, 2))

    return rule


def _tanh(reader: Reader, node: Any) -> Germ:
    """``1 - 2/(1 + exp(2f))``, with the sign of f pulled out so that the exponential grows."""
    f, tail = reader.inner(node), reader.tail
    sign = _grows(reader, f)
    if not sign:
        return _bounded(arb.tanh, lambda u: u.sech() ** 2, -1, 1)(reader, node)
    decay = tail.exp(tail.scaled(f, fmpq(-2 * sign)))
    falling = tail.mul(decay, tail.power(tail.add(_ONE_GERM, decay), fmpq(-1)))
    return tail.scaled(tail.add(_ONE_GERM, tail.scaled(falling, fmpq(-2))), fmpq(sign))


def _erfc_of(reader: Reader, f: Germ) -> Germ:
    """``erfc(f)`` for growing f > 0: between 0 and ``exp(-f**2)`` (DLMF 7.8.3 gives more)."""
    tail = reader.tail
    square = tail.scaled(tail.mul(f, f), fmpq(-1))
    return tail.mul(tail.exp(square), within(span(0, 1)))


def _erfc(reader: Reader, node: Any) -> Germ:
    f, tail = reader.inner(node), reader.tail
    sign = _grows(reader, f)
    if not sign:
        return _bounded(arb.erfc, _minus_gauss, 0, 2)(reader, node)
    near = _erfc_of(reader, tail.scaled(f, fmpq(sign)))
    return near if sign > 0 else tail.add(constant(fmpq(2)), tail.scaled(near, fmpq(-1)))


def _erf(reader: Reader, node: Any) -> Germ:
    f, tail = reader.inner(node), reader.tail
    sign = _grows(reader, f)
    if not sign:
        return _bounded(arb.erf, lambda u: -_minus_gauss(u), -1, 1)(reader, node)
    gap = tail.scaled(_erfc_of(reader, tail.scaled(f, fmpq(sign))), fmpq(-sign))
    return tail.add(constant(fmpq(sign)), gap)


def _minus_gauss(u: arb) -> arb:
    """The derivative of erfc."""
    return -2 * (-u * u).exp() / arb.pi().sqrt()


def _asinh(reader: Reader, node: Any) -> Germ:
    f, tail = reader.inner(node), reader.tail
    sign = _grows(reader, f)
    if not sign:
        return tail.apply(f, arb.asinh, lambda u: (1 + u * u).rsqrt())
    size = tail.scaled(f, fmpq(sign))
    root = tail.power(tail.add(_ONE_GERM, tail.mul(f, f)), fmpq(1, 2))
    return tail.scaled(tail.log(tail.add(size, root)), fmpq(sign))


def _atan(reader: Reader, node: Any) -> Germ:
    """Beyond the whole line's bound, ``atan(f) = pi/2 - atan(1/f)`` for f > 0."""
    f, tail = reader.inner(node), reader.tail
    sign = _grows(reader, f)
    if not sign:
        return _bounded(arb.atan, lambda u: 1 / (1 + u * u), -2, 2)(reader, node)
    inverse = tail.apply(tail.power(f, fmpq(-1)), arb.atan, lambda u: 1 / (1 + u * u))
    return tail.add(constant(sign * arb.pi() / 2), tail.scaled(inverse, fmpq(-1)))


def _abs(reader: Reader, node: Any) -> Germ:
    return _absolute(reader, reader.inner(node))


def _absolute(reader: Reader, f: Germ) -> Germ:
    sign = reader.tail.sign(f)
    if sign is not None:
        return reader.tail.scaled(f, fmpq(sign))
    scale, ball = reader.tail.leading(f)
    return reader.tail.mul(within(span(0, ball.abs_upper())), (Term(scale, fmpq(1)),))


def _step(low: int) -> Rule:
    """Heaviside (low 0) and sign (low -1): constant where the argument keeps its sign."""

    def rule(reader: Reader, node: Any) -> Germ:
        sign = reader.tail.sign(reader.inner(node))
        return within(span(low, 1)) if not sign else constant(fmpq(1 if sign > 0 else low))

    return rule


def _extreme(direction: int) -> Rule:
    """``max(f, g) = (f + g + |f - g|)/2``, and the same with a minus for min."""

    def rule(reader: Reader, node: Any) -> Germ:
        tail = reader.tail
        best, *rest = map(reader.germ, node.args)
        for other in rest:
            gap = _absolute(reader, tail.add(best, tail.scaled(other, fmpq(-1))))
            both = tail.add(best, other)
            best = tail.scaled(tail.add(both, tail.scaled(gap, fmpq(direction))), fmpq(1, 2))
        return best

    return rule


def _piecewise(reader: Reader, node: Any) -> Germ:
    """The branch taken, or a value between those that may be taken."""
    tail, reached = reader.tail, []
    for value, condition in node.args:
        holds = reader.holds(condition)
        if holds is not False:
            reached.append(value)
        if holds:
            break
    else:
        raise Unbounded(f"no branch of {node} is known to hold far out")
    total = reader.germ(reached[0])
    for value in reached[1:]:
        gap = tail.add(reader.germ(value), tail.scaled(total, fmpq(-1)))
        total = tail.add(total, tail.mul(gap, within(span(0, 1))))
    return total


_RULES: dict[str, Rule] = {
    "exp": _exp,
    "log": _log,
    "cosh": _half_sum(1),
    "sinh": _half_sum(-1),
    "tanh": _tanh,
    "erf": _erf,
    "erfc": _erfc,
    "asinh": _asinh,
    "atan": _atan,
    "sin": _bounded(arb.sin, arb.cos, -1, 1),
    "cos": _bounded(arb.cos, lambda u: -u.sin(), -1, 1),
    "tan": _local(arb.tan, lambda u: u.sec() ** 2),
    "asin": _local(arb.asin, lambda u: (1 - u * u).rsqrt()),
    "acos": _local(arb.acos, lambda u: -(1 - u * u).rsqrt()),
    "acosh": _local(arb.acosh, lambda u: (u * u - 1).rsqrt()),
    "atanh": _local(arb.atanh, lambda u: 1 / (1 - u * u)),
    "Abs": _abs,
    "sign": _step(-1),
    "Heaviside": _step(0),
    "Max": _extreme(1),
    "Min": _extreme(-1),
    "Piecewise": _piecewise,
}
