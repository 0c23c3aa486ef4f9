"""One walk over a SymPy tree that gives its rigorous value, a fraction where it is one, else a ball."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flint import acb, arb, fmpq
from sympy import Basic, Symbol
from sympy.core.relational import Relational

from derive.errors import Undecided

from .functions import FUNCTIONS, NAN, hypergeometric, power
from .values import Value, compare, fraction, hull, integer_power, sign_of
from .values import as_ball as as_ball

CONSTANTS: dict[str, Callable[[], acb]] = {
    "Pi": acb.pi,
    "Exp1": lambda: acb(arb.const_e()),
    "EulerGamma": lambda: acb(arb.const_euler()),
    "Catalan": lambda: acb(arb.const_catalan()),
    "GoldenRatio": lambda: acb((arb(5).sqrt() + 1) / 2),
    "ImaginaryUnit": lambda: acb(0, 1),
    "Infinity": lambda: acb(arb.pos_inf()),
    "NegativeInfinity": lambda: acb(arb.neg_inf()),
    "NaN": lambda: NAN,
    "ComplexInfinity": lambda: NAN,
}


class Evaluator:
    """Values of subexpressions at one point and one precision, each computed once.

    Where a condition cannot be decided at this precision, the value is a ball over both branches:
    wide, never wrong. Raises ``Undecided`` for symbols without a value and for unknown functions.
    """

    def __init__(self, point: Mapping[Symbol, Any]) -> None:
        self.point = point
        self.known: dict[Basic, Value] = {}

    def value(self, node: Basic) -> Value:
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = self._compute(node)
        return found

    def _compute(self, node: Any) -> Value:
        if node.is_Rational:
            return fraction(node)
        if node.is_Symbol:
            return self._symbol(node)
        if node.is_Add or node.is_Mul:
            return self._fold(node)
        if node.is_Pow:
            return self._power(node)
        kind = type(node).__name__
        special = _STRUCTURES.get(kind)
        if special is not None:
            return special(self, node)
        if kind in CONSTANTS:
            return CONSTANTS[kind]()
        return self._call(node, kind)

    def _symbol(self, symbol: Symbol) -> Value:
        given = self.point.get(symbol)
        if given is None:
            names = ", ".join(map(str, self.point)) or "nothing"
            raise Undecided(f"'{symbol}' has no value at this point", f"the point gives {names}")
        if isinstance(given, (fmpq, acb)):
            return given
        if isinstance(given, int):
            return fmpq(given)
        return fraction(given) if given.is_Rational else Evaluator({}).value(given)

    def _fold(self, node: Any) -> Value:
        values = [self.value(a) for a in node.args]
        total = values[0]
        if node.is_Add:
            for value in values[1:]:
                total = total + value
            return total
        for value in values[1:]:
            total = total * value
        return total

    def _power(self, node: Any) -> Value:
        base, exponent = self.value(node.base), self.value(node.exp)
        if isinstance(exponent, fmpq) and exponent.q == 1:
            return integer_power(base, int(exponent.p))
        return power(as_ball(base), exponent, False)

    def _call(self, node: Any, kind: str) -> Value:
        function = FUNCTIONS.get(kind)
        if function is not None:
            return function(*(as_ball(self.value(a)) for a in node.args), False)
        own = getattr(type(node), "ball", None)
        if own is not None:
            return own(*(as_ball(self.value(a)) for a in node.args))
        if node.is_Float:
            raise Undecided(f"{node} is a rounded number", "write it exactly, as a fraction")
        raise Undecided(f"no rigorous value is known for {kind}, in {node}")

    def ball(self, node: Basic) -> acb:
        return as_ball(self.value(node))

    def sign(self, node: Basic) -> int | None:
        """-1, 0 or 1, or ``None`` where the ball does not tell."""
        return sign_of(self.value(node))

    def truth(self, condition: Any) -> bool | None:
        """Whether a condition holds, or ``None`` where balls do not tell."""
        kind = type(condition).__name__
        if kind in ("BooleanTrue", "BooleanFalse"):
            return kind == "BooleanTrue"
        if isinstance(condition, Relational):
            return self._relation(condition)
        if kind == "Not":
            inner = self.truth(condition.args[0])
            return None if inner is None else not inner
        if kind in ("And", "Or"):
            decisive = kind == "Or"
            parts = [self.truth(a) for a in condition.args]
            if decisive in parts:
                return decisive
            return None if None in parts else not decisive
        raise Undecided(f"the condition {condition} is not a relation between numbers")

    def _relation(self, relation: Any) -> bool | None:
        order = compare(self.value(relation.lhs), self.value(relation.rhs))
        if relation.rel_op in ("==", "!="):
            return None if order is None else (order == 0) == (relation.rel_op == "==")
        return None if order is None else _HOLDS[relation.rel_op](order)


_HOLDS: dict[str, Callable[[int], bool]] = {
    "<": lambda s: s < 0,
    "<=": lambda s: s <= 0,
    ">": lambda s: s > 0,
    ">=": lambda s: s >= 0,
}


def _abs(walk: Evaluator, node: Any) -> Value:
    value = walk.value(node.args[0])
    return abs(value) if isinstance(value, fmpq) else acb(abs(value))


def _sign(walk: Evaluator, node: Any) -> Value:
    value = walk.value(node.args[0])
    if isinstance(value, acb) and not value.imag.is_zero():
        return value.sgn()
    sign = sign_of(value)
    return acb(arb(0, 1)) if sign is None else fmpq(sign)


def _heaviside(walk: Evaluator, node: Any) -> Value:
    sign = walk.sign(node.args[0])
    if sign is None:
        return acb(arb(fmpq(1, 2), fmpq(1, 2)))
    return walk.value(node.args[1]) if sign == 0 else fmpq(int(sign > 0))


def _extreme(largest: bool) -> Callable[[Evaluator, Any], Value]:
    def call(walk: Evaluator, node: Any) -> Value:
        best, *rest = (walk.value(a) for a in node.args)
        for value in rest:
            order = compare(value, best)
            if order is None:
                best = hull([best, value])
            elif (order > 0) is largest:
                best = value
        return best

    return call


def _piecewise(walk: Evaluator, node: Any) -> Value:
    open_branches: list[Value] = []
    for value, condition in node.args:
        holds = walk.truth(condition)
        if holds is False:
            continue
        open_branches.append(walk.value(value))
        if holds:
            break
    else:
        return NAN
    return open_branches[0] if len(open_branches) == 1 else hull(open_branches)


def _delta(walk: Evaluator, node: Any) -> Value:
    """Zero away from its point; at the point there is no value."""
    sign = walk.sign(node.args[0])
    return NAN if sign in (0, None) else fmpq(0)


def _part(which: Callable[[acb], Any]) -> Callable[[Evaluator, Any], Value]:
    def call(walk: Evaluator, node: Any) -> Value:
        return acb(which(walk.ball(node.args[0])))

    return call


def _hyper(walk: Evaluator, node: Any) -> Value:
    upper, lower, z = node.args
    return hypergeometric([walk.ball(a) for a in upper], [walk.ball(b) for b in lower], walk.ball(z), False)


def _subs(walk: Evaluator, node: Any) -> Value:
    values = {s: walk.value(v) for s, v in zip(node.variables, node.point, strict=True)}
    return Evaluator({**walk.point, **values}).value(node.expr)


def _derivative(walk: Evaluator, node: Any) -> Value:
    from .contour import derivative

    return derivative(node, walk.point, walk.ball(node.variable_count[0][0]))


def _rounding(name: str) -> Callable[[Evaluator, Any], Value]:
    def call(walk: Evaluator, node: Any) -> Value:
        value = walk.value(node.args[0])
        if isinstance(value, fmpq):
            return fmpq(getattr(value, "ceil" if name == "ceiling" else name)())
        return acb(getattr(value.real, "ceil" if name == "ceiling" else name)())

    return call


_STRUCTURES: dict[str, Callable[[Evaluator, Any], Value]] = {
    "Abs": _abs,
    "sign": _sign,
    "Heaviside": _heaviside,
    "Max": _extreme(True),
    "Min": _extreme(False),
    "Piecewise": _piecewise,
    "DiracDelta": _delta,
    "re": _part(lambda z: z.real),
    "im": _part(lambda z: z.imag),
    "conjugate": _part(lambda z: z.conjugate()),
    "arg": _part(lambda z: z.arg()),
    "floor": _rounding("floor"),
    "ceiling": _rounding("ceiling"),
    "hyper": _hyper,
    "Subs": _subs,
    "Derivative": _derivative,
}
