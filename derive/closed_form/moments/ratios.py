"""Quotients of gamma functions, as products where the shift is a whole number."""

from __future__ import annotations

from sympy import Expr, Mul, gamma

# Beyond it the quotient of the two gamma functions is shorter.
_LONGEST_PRODUCT = 32


def rising(p: Expr, s: Expr) -> Expr:
    """``gamma(p + s)/gamma(p)``, the rising factorial of ``p`` where ``s`` is whole (DLMF 5.2.5)."""
    if s.is_Integer and abs(s) <= _LONGEST_PRODUCT:
        k = int(s)
        return Mul(*(p + i for i in range(k))) if k >= 0 else 1 / Mul(*(p - i for i in range(1, 1 - k)))
    return gamma(p + s) / gamma(p)
