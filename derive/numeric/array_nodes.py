"""How each kind of SymPy node becomes steps over lists, by its class name."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import partial
from operator import add, mul
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Pow, Rational, S, exp, gamma

from derive.errors import Undecided

from . import elementwise as ew
from .log_form import log_form

if TYPE_CHECKING:
    from .array_compiler import Compiler


def number(node: Any) -> float:
    """The double nearest to a number or a named constant."""
    if isinstance(node, Rational):
        try:
            return int(node.p) / int(node.q)
        except OverflowError:
            return math.inf if node.p > 0 else -math.inf
    if node is S.ComplexInfinity:
        return math.nan
    return float(node)


def _add(made: Compiler, node: Any) -> int:
    stable = _stable_difference(made, node)
    return made.fold(add, made.parts(list(node.args)))[0] if stable is None else stable


def _stable_difference(made: Compiler, node: Any) -> int | None:
    """``c - c*exp(u)`` and ``c - c*(1 + u)**p`` by expm1, which keeps small differences."""
    if len(node.args) != 2 or not node.args[0].is_Rational:
        return None
    constant, term = node.args
    factor, core = term.as_coeff_Mul()
    if factor != -constant or not made.is_vector(core):
        return None
    if isinstance(core, exp):
        exponent: Expr = core.args[0]
        slot = made.slot(exponent)
    elif isinstance(core, Pow) and _excess(core.base) is not None and not made.is_vector(core.exp):
        logarithm = made.unary("log1p", made.slot(_excess(core.base)), True)
        slot = made.fold(mul, [(made.slot(core.exp), False), (logarithm, True)])[0]
    else:
        return None
    grown = made.unary("expm1", slot, True)
    return made.fold(mul, [(made.slot(factor), False), (grown, True)])[0]


def _excess(node: Any) -> Any:
    """``u`` of ``1 + u``."""
    if isinstance(node, Add) and node.args[0] == 1:
        return Add(*node.args[1:])
    return None


def _mul(made: Compiler, node: Any) -> int:
    parts = made.parts([a for a in node.args if not isinstance(a, exp)])
    exponents = [a.args[0] for a in node.args if isinstance(a, exp)]
    if exponents:
        together, vector = made.fold(add, made.parts(exponents))
        parts.append((made.unary("exp", together, vector), vector))
    numbers = [part for part in parts if not part[1]]
    if not any(isinstance(a, _EXTREME) for a in node.args) or len(node.args) == 1:
        return made.fold(mul, parts)[0]
    constant = made.fold(mul, numbers)[0] if numbers else made.constant(1.0)
    product, vector = made.fold(mul, [(constant, False), *(part for part in parts if part[1])])
    return made.new(lambda w: _repaired(w[product], w[constant], node, w[0]))


# Factors that may be beyond the range of doubles where the product is not.
_EXTREME = (exp, gamma, Pow)


def _repaired(found: Any, constant: float, node: Any, ask: Callable[[Expr], Any]) -> Any:
    """Where factors overflowed or underflowed, the product by its logarithms."""
    lost = not 0.0 < abs(constant) < math.inf
    if not isinstance(found, list):
        return _merged([found], lost, node, ask)[0] if lost else found
    return _merged(found, lost, node, ask) if lost or not math.isfinite(sum(found)) else found


def _merged(found: list[float], everywhere: bool, node: Any, ask: Callable[[Expr], Any]) -> list[float]:
    logarithm, signs = log_form(node)
    n = len(found)
    anew = list(map(ew.FUNCTIONS["exp"][1], _spread(ask(logarithm), n)))
    for sign in signs:
        anew = list(map(mul, anew, _spread(ask(sign), n)))
    pairs = zip(found, anew, strict=True)
    return [new if (everywhere or not math.isfinite(old)) and new == new else old for old, new in pairs]


def _spread(value: Any, n: int) -> list[float]:
    return value if isinstance(value, list) else [value] * n


def _pow(made: Compiler, node: Any) -> int:
    base, exponent = node.base, node.exp
    if not made.is_vector(node) or made.is_vector(exponent):
        return made.apply(ew.power, base, exponent)
    i = made.slot(base)
    if exponent == 2:
        return made.new(lambda w: [v * v for v in w[i]])
    if exponent == -1:
        return made.new(lambda w: _reciprocals(w[i]))
    if exponent == S.Half:
        return made.unary("sqrt", i, True)
    j = made.slot(exponent)
    return made.new(lambda w: _powers(w[i], w[j]))


def _reciprocals(values: list[float]) -> list[float]:
    try:
        return [1.0 / v for v in values]
    except ZeroDivisionError:
        return list(map(ew.reciprocal, values))


def _powers(values: list[float], exponent: float) -> list[float]:
    try:
        return [math.pow(v, exponent) for v in values]
    except (OverflowError, ValueError):
        return [ew.power(v, exponent) for v in values]


def _log(made: Compiler, node: Any) -> int:
    if node.args[0].is_Rational and node.args[0].is_positive:
        # Of integers beyond the range of doubles too.
        return made.constant(math.log(int(node.args[0].p)) - math.log(int(node.args[0].q)))
    rest = _excess(node.args[0]) if made.is_vector(node) else None
    if rest is None:
        return made.unary("log", made.slot(node.args[0]), made.is_vector(node))
    return made.unary("log1p", made.slot(rest), True)


def _heaviside(made: Compiler, node: Any) -> int:
    half = number(node.args[1]) if len(node.args) > 1 and node.args[1].is_Number else 0.5
    return made.apply(partial(ew.heaviside, half), node.args[0])


def _extreme(choose: Callable[[float, float], float]) -> Callable[[Compiler, Any], int]:
    def emit(made: Compiler, node: Any) -> int:
        return made.apply(lambda *values: _reduced(choose, values), *node.args)

    return emit


def _reduced(choose: Callable[[float, float], float], values: tuple[float, ...]) -> float:
    best = values[0]
    for value in values[1:]:
        best = choose(best, value)
    return best


_RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def _relation(made: Compiler, node: Any) -> int:
    return made.apply(_RELATIONS[node.rel_op], node.lhs, node.rhs)


def _connective(join: Callable[[Any], bool]) -> Callable[[Compiler, Any], int]:
    def emit(made: Compiler, node: Any) -> int:
        return made.apply(lambda *truths: join(truths), *node.args)

    return emit


def _piecewise(made: Compiler, node: Any) -> int:
    flat = [part for value, condition in node.args for part in (condition, value)]
    return made.apply(_first_true, *flat)


def _first_true(*flat: Any) -> float:
    for condition, value in zip(flat[::2], flat[1::2], strict=True):
        if condition:
            return value
    return math.nan


def _truth(value: bool) -> Callable[[Compiler, Any], int]:
    return lambda made, node: made.constant(value)


def _imaginary(made: Compiler, node: Any) -> int:
    raise Undecided("a float array holds real numbers, and this expression holds I", "take its real part")


STRUCTURES: dict[str, Callable[[Compiler, Any], int]] = {
    "Add": _add,
    "Mul": _mul,
    "Pow": _pow,
    "log": _log,
    "Heaviside": _heaviside,
    "Max": _extreme(ew.larger),
    "Min": _extreme(ew.smaller),
    "Piecewise": _piecewise,
    "And": _connective(all),
    "Or": _connective(any),
    "Not": _connective(lambda truths: not truths[0]),
    "BooleanTrue": _truth(True),
    "BooleanFalse": _truth(False),
    "ImaginaryUnit": _imaginary,
    "StrictLessThan": _relation,
    "LessThan": _relation,
    "StrictGreaterThan": _relation,
    "GreaterThan": _relation,
    "Equality": _relation,
    "Unequality": _relation,
}
