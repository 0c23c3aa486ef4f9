"""The classical derivative of an expression: what holds between its bends, and nothing at its jumps."""

from __future__ import annotations

from sympy import Abs, DiracDelta, Dummy, Expr, S, Symbol, sign


def slope(expr: Expr, symbol: Symbol) -> Expr:
    """``d expr / d symbol`` almost everywhere: a step has slope zero, as in Torch, and no delta at its jump.

    SymPy's derivative of ``Abs(u)`` falls into real and imaginary parts where it cannot see that ``u`` is
    real; here every term is real, and ``|u|`` has the slope ``sign(u) u'``.
    """
    signs: dict[Expr, Dummy] = {}
    held = expr.replace(Abs, lambda u: u * signs.setdefault(u, Dummy("side", real=True)))
    found = held.diff(symbol).replace(DiracDelta, lambda *_: S.Zero)
    return found.xreplace({side: sign(u) for u, side in signs.items()})
