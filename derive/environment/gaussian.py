"""Moments of polynomials in independent normal variables, by arithmetic in a polynomial ring.

Rings multiply out at once what SymPy's expressions expand term by term.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from sympy import QQ, Add, Dummy, Expr, Mul, Pow, Rational, S, Symbol
from sympy.polys.rings import ring

from derive.errors import NotApplicable


def normal_moment(powers: Sequence[int]) -> int:
    """``E[eps_1**k_1 ...] = prod (k-1)!!`` of independent standard normal variables; 0 for an odd power."""
    return 0 if any(k % 2 for k in powers) else prod(prod(range(1, k, 2)) for k in powers)


def moments(body: Expr, eps: Sequence[Symbol], variances: Sequence[Expr] = ()) -> Expr:
    """``E[eps**k] = v**(k/2) (k-1)!!`` for even k and 0 for odd ones; v is 1 where none is given.

    Raises ``NotApplicable`` for a body that is no polynomial in ``eps``.
    """
    others = sorted(body.free_symbols - set(eps), key=str)
    inverses = {s: Dummy(f"1/{s}") for s in others}
    algebra, *elements = ring([*eps, *others, *inverses.values()], QQ)
    known = dict(zip([*eps, *others, *inverses.values()], elements, strict=True))
    polynomial = _element(body, known, inverses, algebra)
    parts: dict[Expr, Any] = {}
    for powers, coefficient in polynomial.terms():
        own, rest = powers[: len(eps)], powers[len(eps) :]
        moment = normal_moment(own)
        if not moment:
            continue
        scale = Mul(*(v ** (k // 2) for v, k in zip(variances, own, strict=True))) if variances else S.One
        term = algebra({(0,) * len(eps) + rest: coefficient * moment})
        parts[scale] = parts.get(scale, algebra.zero) + term
    back = {inverse: 1 / s for s, inverse in inverses.items()}
    return Add(*(scale * part.as_expr().xreplace(back) for scale, part in parts.items()))


def _element(expr: Expr, known: Mapping[Expr, Any], inverses: Mapping[Expr, Expr], algebra: Any) -> Any:
    """The expression in the ring, with ``1/s`` as a generator of its own."""
    if isinstance(expr, Rational):
        return algebra(QQ(expr.p, expr.q))
    if isinstance(expr, Symbol):
        return known[expr]
    if isinstance(expr, Pow) and expr.exp.is_Integer:
        if expr.exp > 0:
            return _element(expr.base, known, inverses, algebra) ** int(expr.exp)
        if expr.base in inverses:
            return known[inverses[expr.base]] ** int(-expr.exp)
    if not isinstance(expr, (Add, Mul)):
        raise NotApplicable(f"{expr} is not a polynomial in the noise")
    parts = [_element(part, known, inverses, algebra) for part in expr.args]
    return sum(parts, algebra.zero) if isinstance(expr, Add) else prod(parts, start=algebra.one)
