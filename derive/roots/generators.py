"""An expression as a polynomial in its generators: the subexpressions that hold the variable otherwise."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, Rational, S, Symbol, exp

Key = tuple[Expr, Rational]


def key(node: Expr) -> Key:
    """A generator as ``g**q`` with ``q`` rational: ``exp(2*u) = exp(u)**2``, ``x**(-1/2)``."""
    if isinstance(node, exp):
        content, primitive = node.args[0].primitive()
        if primitive.could_extract_minus_sign():
            content, primitive = -content, -primitive
        return exp(primitive), content
    if isinstance(node, Pow):
        if isinstance(node.exp, Rational):
            return node.base, node.exp
        content, primitive = node.exp.as_coeff_Mul(rational=True)
        return Pow(node.base, primitive), content
    return node, S.One


def keys(f: Expr, x: Symbol) -> set[Expr]:
    return {key(node)[0] for node in generators(f, x)}


def generators(f: Expr, x: Symbol) -> set[Expr]:
    """The subexpressions in which ``f`` is a polynomial."""
    if x not in f.free_symbols:
        return set()
    if isinstance(f, (Add, Mul)):
        return set().union(*(generators(a, x) for a in f.args))
    if isinstance(f, Pow) and isinstance(f.exp, Integer) and f.exp.is_positive:
        return generators(f.base, x)
    return {f}


def polynomial(f: Expr, x: Symbol) -> dict[Rational, Expr]:
    """``f`` as ``sum of c*g**q`` in its one generator ``g``: ``{q: c}``, ``q`` any rational."""
    if x not in f.free_symbols:
        return {S.Zero: f}
    if isinstance(f, Add):
        parts: dict[Rational, list[Expr]] = {}
        for arg in f.args:
            for q, c in polynomial(arg, x).items():
                parts.setdefault(q, []).append(c)
        return {q: Add(*c) for q, c in parts.items()}
    if isinstance(f, Mul):
        out: dict[Rational, Expr] = {S.Zero: S.One}
        for arg in f.args:
            out = _times(out, polynomial(arg, x))
        return out
    if isinstance(f, Pow) and isinstance(f.exp, Integer) and f.exp.is_positive:
        once = out = polynomial(f.base, x)
        for _ in range(int(f.exp) - 1):
            out = _times(out, once)
        return out
    return {key(f)[1]: S.One}


def _times(left: dict[Rational, Expr], right: dict[Rational, Expr]) -> dict[Rational, Expr]:
    parts: dict[Rational, list[Expr]] = {}
    for q, c in left.items():
        for r, d in right.items():
            parts.setdefault(q + r, []).append(c * d)
    return {q: Add(*c) for q, c in parts.items()}


def affine(u: Expr, x: Symbol) -> tuple[Expr, Expr] | None:
    """``(c, d)`` of ``c*x + d``."""
    if not isinstance(u, Add) or keys(u, x) != {x}:
        return None
    terms = polynomial(u, x)
    return None if set(terms) - {S.Zero, S.One} else (terms[S.One], terms.get(S.Zero, S.Zero))
