"""``f(u) = c`` turned into ``u = inverse(c)``, with what must be positive for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sympy import (
    Add,
    Expr,
    Mul,
    Pow,
    Symbol,
    acosh,
    asinh,
    cos,
    cosh,
    erf,
    erfcinv,
    erfinv,
    exp,
    log,
    pi,
    sin,
    sinh,
    tan,
    tanh,
)

from derive.errors import Undecided

from .polynomials import power
from .root import Root, Solve, known_sign

Inverse = Callable[[Expr], tuple[Expr, tuple[Expr, ...]]]
INVERSES: dict[str, Inverse] = {
    "exp": lambda c: (log(c), (c,)),
    "log": lambda c: (exp(c), ()),
    "tanh": lambda c: (log((1 + c) / (1 - c)) / 2, (1 - c**2,)),
    "sinh": lambda c: (asinh(c), ()),
    "asinh": lambda c: (sinh(c), ()),
    "atanh": lambda c: (tanh(c), ()),
    "acosh": lambda c: (cosh(c), (c,)),
    "atan": lambda c: (tan(c), (pi**2 / 4 - c**2,)),
    "asin": lambda c: (sin(c), (pi**2 / 4 - c**2,)),
    "acos": lambda c: (cos(c), (c, pi - c)),
    "erf": lambda c: (erfinv(c), (1 - c**2,)),
    "erfc": lambda c: (erfcinv(c), (c, 2 - c)),
    "erfinv": lambda c: (erf(c), ()),
}
PERIODIC = ("sin", "cos", "tan", "cot", "sec", "csc")


def equal(g: Expr, c: Expr, x: Symbol, solve: Solve) -> Iterable[Root]:
    """Solutions of ``g = c``, ``g`` a generator and ``c`` free of ``x``."""
    if g == x:
        return (Root(c),)
    kind = type(g).__name__
    if isinstance(g, (Add, Mul)):
        return solve(g - c, x)
    if isinstance(g, Pow) and x not in g.exp.free_symbols:
        # At c = 0 the power is zero where its base is.
        inner = Root(power(c, 1 / g.exp), (c,)) if c != 0 else Root(c, (g.exp,))
    elif isinstance(g, Pow) and x not in g.base.free_symbols:
        return tuple(r.given((c,)) for r in solve(g.exp - log(c) / log(g.base), x)) if c != 0 else ()
    elif kind == "cosh":
        return tuple(r.given((c - 1,)) for s in (-1, 1) for r in solve(g.args[0] - s * acosh(c), x))
    elif kind in INVERSES:
        if c == 0 and kind == "exp":
            return ()
        inner = Root(*INVERSES[kind](c))
    else:
        return _refuse(g, c, x)
    if any(known_sign(p) == 0 for p in inner.positive):
        return ()
    u: Expr = g.args[0]
    return tuple(r.given(inner.positive) for r in solve(u - inner.value, x))


def _refuse(g: Expr, c: Expr, x: Symbol) -> tuple[Root, ...]:
    kind = type(g).__name__
    if kind in ("sin", "cos") and (1 - c**2).is_negative:
        return ()
    if kind in PERIODIC:
        raise Undecided(
            f"{g} = {c} has infinitely many solutions in {x}", "use an integrand with finitely many kinks"
        )
    raise Undecided(f"cannot solve {g} = {c} for {x}: no inverse of {kind} is known")
