"""Sums in several generators, rewritten towards one. Each rewrite returns None where it does not apply."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sympy import (
    Add,
    Expr,
    Integer,
    Mul,
    Pow,
    S,
    Symbol,
    cosh,
    exp,
    expand,
    log,
    sinh,
    tanh,
    together,
)

from .generators import affine, generators, key, keys
from .inverses import equal
from .root import Root, Solve

Found = Iterable[Root] | None


def inner_sum(f: Expr, x: Symbol, solve: Solve) -> Found:
    """A polynomial in one inner sum is solved for that sum, which keeps ``mu + sigma*b`` whole."""
    inner = {p.base for p in f.atoms(Pow) if isinstance(p.base, Add) and x in p.base.free_symbols}
    t = Symbol("t", real=True)
    for u in sorted(inner, key=lambda u: -u.count_ops()):
        in_t = f.xreplace({u: t})
        line = affine(u, x) if x in in_t.free_symbols and len(inner) == 1 else None
        if line is not None:
            in_t = expand(in_t.xreplace({x: (t - line[1]) / line[0]}))
        if x not in in_t.free_symbols:
            return tuple(r.given(root.positive) for root in solve(in_t, t) for r in solve(u - root.value, x))
    return None


def _shared_factor(f: Expr, x: Symbol, solve: Solve) -> Found:
    """``u*v + u*w = u*(v + w)``."""
    terms = [term.as_powers_dict() for term in f.args]
    shared = {b: [term.get(b, S.Zero) for term in terms] for b in terms[0] if x in b.free_symbols}
    common = Mul(*(b ** min(e) for b, e in shared.items() if all(isinstance(n, Integer) for n in e)))
    if common == 1:
        return None
    return (*solve(common, x), *solve(Add(*(term / common for term in f.args)), x))


def _clear_denominators(f: Expr, x: Symbol, solve: Solve) -> Found:
    if not any(isinstance(g, Pow) and g.exp.is_Integer for g in generators(f, x)):
        return None
    numerator, denominator = together(f).as_numer_denom()
    if x not in denominator.free_symbols or numerator == f:
        return None
    return solve(expand(numerator), x)


def _affine_radical(f: Expr, x: Symbol, solve: Solve) -> Found:
    """``x`` beside a power of an affine ``c*x + d``: everything in terms of the latter."""
    found = keys(f, x)
    others = found - {x}
    if len(found) != 2 or len(others) != 1:
        return None
    (u,) = others
    line = affine(u, x)
    if line is None:
        return None
    t = Symbol("t", real=True)
    in_t = f.xreplace({u: t}).xreplace({x: (t - line[1]) / line[0]})
    return tuple(r.given(root.positive) for root in solve(in_t, t) for r in solve(u - root.value, x))


def _ratio(f: Expr, x: Symbol, solve: Solve) -> Found:
    """Divide by one term if fewer generators are left: ``exp(u) - c*exp(v)`` becomes ``exp(u - v) - c``."""
    count = len(keys(f, x))
    for divisor in f.args:
        if x not in divisor.free_symbols:
            continue
        divided = Add(*(term / divisor for term in f.args))
        if len(keys(divided, x)) < count:
            lost = (r for r in solve(divisor, x) if not _surely_not_zero(f.xreplace({x: r.value})))
            return (*lost, *solve(divided, x))
    return None


def _surely_not_zero(value: Expr) -> bool:
    return value.is_zero is False


def _exponentials(f: Expr, x: Symbol, solve: Solve) -> Found:
    """Constants out of exponents: ``exp(3*u + c) = exp(c)*exp(u)**3``, a polynomial in ``exp(u)``."""
    nodes = generators(f, x)
    if not all(isinstance(node, exp) for node in nodes):
        return None
    t = Symbol("t", positive=True)
    powers, shared = {}, set()
    for node in nodes:
        constant, moving = node.args[0].as_independent(x, as_Add=True)
        g, q = key(exp(moving))
        shared.add(g)
        powers[node] = exp(constant) * t**q
    if len(shared) > 1:
        return _two_exponentials(f, x, solve)
    (g,) = shared
    roots = solve(f.xreplace(powers), t)
    return tuple(r.given(root.positive) for root in roots for r in equal(g, root.value, x, solve))


def _two_exponentials(f: Expr, x: Symbol, solve: Solve) -> Found:
    """``c*exp(u) + d*exp(v) = 0`` becomes ``u - v = log(-d/c)``."""
    pairs = [term.as_independent(x, as_Add=False) for term in f.args]
    if len(pairs) != 2 or not all(isinstance(e, exp) for _, e in pairs):
        return None
    (c, left), (d, right) = pairs
    ratio = -d / c
    return tuple(r.given((ratio,)) for r in solve(expand(left.args[0] - right.args[0]) - log(ratio), x))


def _logarithms(f: Expr, x: Symbol, solve: Solve) -> Found:
    """``q*log(u) + r*log(v) + c = 0`` with integers ``q, r`` becomes ``u**q * v**r = exp(-c)``."""
    product, rest, arguments = S.One, S.Zero, []
    for term in f.args:
        q, core = term.as_coeff_Mul()
        if x not in term.free_symbols:
            rest = rest + term
        elif isinstance(core, log) and q.is_Integer:
            product = product * core.args[0] ** q
            arguments.append(core.args[0])
        else:
            return None
    roots = solve(product - exp(-rest), x)
    return tuple(r.given(u.xreplace({x: r.value}) for u in arguments) for r in roots)


def _hyperbolic(f: Expr, x: Symbol, solve: Solve) -> Found:
    if not f.has(sinh, cosh, tanh):
        return None
    for function, by_exp in _BY_EXP.items():
        f = f.replace(function, by_exp)
    return solve(f, x)


_BY_EXP: dict[Any, Callable[[Expr], Expr]] = {
    sinh: lambda u: (exp(u) - exp(-u)) / 2,
    cosh: lambda u: (exp(u) + exp(-u)) / 2,
    tanh: lambda u: 1 - 2 / (exp(2 * u) + 1),
}


REWRITES = (
    _shared_factor,
    _clear_denominators,
    _affine_radical,
    _exponentials,
    _ratio,
    _logarithms,
    _hyperbolic,
)
