"""Float functions with IEEE results: overflow is inf, a domain error nan, never an exception.

Each is tried at C speed over a whole list first; only a list in which Python's ``math`` raised is
gone through element by element with the guarded form.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any

from flint import acb, ctx

Vector = list[float]
Unary = Callable[[float], float]

INF, NAN = math.inf, math.nan
_RAISED = (OverflowError, ValueError, ZeroDivisionError)


def mapped(fast: Unary, guarded: Unary) -> Callable[[Vector], Vector]:
    """The function over lists."""

    def run(values: Vector) -> Vector:
        try:
            return list(map(fast, values))
        except _RAISED:
            return list(map(guarded, values))

    return run


def _guard(fast: Unary, special: Callable[[float], float] = lambda v: NAN) -> Unary:
    """``fast`` where it returns, ``special`` where it raises."""

    def run(v: float) -> float:
        try:
            return fast(v)
        except _RAISED:
            return special(v)

    return run


def power(base: float, exponent: float) -> float:
    """``base**exponent``, real: nan for a negative base with a fractional exponent, inf at a pole."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -INF if base < 0 and exponent % 2 == 1 else INF
    except ValueError:
        if base != 0:
            return NAN
        return math.copysign(INF, base) if exponent % 2 == 1 else INF


def reciprocal(v: float) -> float:
    return 1.0 / v if v else math.copysign(INF, v)


def heaviside(at_zero: float, v: float) -> float:
    return 1.0 if v > 0 else 0.0 if v < 0 else at_zero if v == 0 else v


def sign(v: float) -> float:
    return 1.0 if v > 0 else -1.0 if v < 0 else v


def larger(u: float, v: float) -> float:
    return u if u >= v or u != u else v


def smaller(u: float, v: float) -> float:
    return u if u <= v or u != u else v


def _over(f: Unary) -> Unary:
    return lambda v: 1.0 / f(v)


def _log_gamma(v: float) -> float:
    # For v < 0 the principal branch is complex; math.lgamma would give log|gamma|.
    return math.lgamma(v) if v > 0 else NAN if v else INF


def _signed_inf(v: float) -> float:
    return math.copysign(INF, v)


def _at_zero(value: float) -> Unary:
    return lambda v: value if v == 0 else NAN


def _at_ends(v: float) -> float:
    return math.copysign(INF, v) if abs(v) == 1 else NAN


# By SymPy's name: the function and, where it may raise, what it is there.
FUNCTIONS: dict[str, tuple[Unary, Unary]] = {
    name: (fast, _guard(fast, special))
    for name, fast, special in (
        ("exp", math.exp, lambda v: INF),
        ("log", math.log, _at_zero(-INF)),
        ("log1p", math.log1p, lambda v: -INF if v == -1 else NAN),
        ("expm1", math.expm1, lambda v: INF),
        ("sqrt", math.sqrt, lambda v: NAN),
        ("sin", math.sin, lambda v: NAN),
        ("cos", math.cos, lambda v: NAN),
        ("tan", math.tan, lambda v: NAN),
        ("cot", _over(math.tan), _at_zero(INF)),
        ("sec", _over(math.cos), lambda v: NAN),
        ("csc", _over(math.sin), _at_zero(INF)),
        ("sinh", math.sinh, _signed_inf),
        ("cosh", math.cosh, lambda v: INF),
        ("tanh", math.tanh, lambda v: NAN),
        ("coth", _over(math.tanh), _signed_inf),
        ("sech", _over(math.cosh), lambda v: 0.0),
        ("csch", _over(math.sinh), lambda v: _signed_inf(v) if v == 0 else 0.0),
        ("asin", math.asin, lambda v: NAN),
        ("acos", math.acos, lambda v: NAN),
        ("atan", math.atan, lambda v: NAN),
        ("asinh", math.asinh, lambda v: NAN),
        ("acosh", math.acosh, lambda v: NAN),
        ("atanh", math.atanh, _at_ends),
        ("erf", math.erf, lambda v: NAN),
        ("erfc", math.erfc, lambda v: NAN),
        ("gamma", math.gamma, lambda v: INF if v >= 0 else NAN),
        ("loggamma", _log_gamma, lambda v: INF),
        ("factorial", lambda v: math.gamma(v + 1.0), lambda v: INF if v >= -1 else NAN),
        ("Abs", abs, lambda v: NAN),
        ("sign", sign, lambda v: NAN),
        ("floor", lambda v: float(math.floor(v)), lambda v: v),
        ("ceiling", lambda v: float(math.ceil(v)), lambda v: v),
    )
}

# 53 bits are asked for; what cancels is computed again with the second precision.
_BITS = (80, 320)


def through_balls(call: Callable[..., acb]) -> Callable[..., float]:
    """A function that only ball arithmetic knows, as a float function of floats."""

    # Of a function of one coordinate a grid in the plane asks for the same values again and again.
    @lru_cache(maxsize=1 << 14)
    def run(*arguments: float) -> float:
        if not all(map(math.isfinite, arguments)):
            return NAN
        for bits in _BITS:
            with ctx.workprec(bits):
                ball = call(*map(acb, arguments))
            if ball.is_finite() and (ball.is_exact() or ball.real.rel_accuracy_bits() >= 53):
                return float(ball.real.mid()) if abs(ball.imag) <= 1e-30 * abs(ball.real) else NAN
        return float(ball.real.mid()) if ball.is_finite() and abs(ball) < 1e-300 else NAN

    return run


def known_to_balls(node: Any) -> Callable[..., float] | None:
    """The float function of a SymPy function class that python-flint (or the class itself) encloses."""
    kind: Any = type(node)
    return _known_to_balls(kind)


@cache
def _known_to_balls(kind: Any) -> Callable[..., float] | None:
    from .functions import FUNCTIONS as BALLS

    call = BALLS.get(kind.__name__)
    if call is not None:
        return through_balls(partial(_without_cut, call))
    own = getattr(kind, "ball", None)
    return None if own is None else through_balls(own)


def _without_cut(call: Callable[..., acb], *arguments: acb) -> acb:
    return call(*arguments, False)
