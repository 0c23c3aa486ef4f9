"""Exact real zeros of a function of one variable, with the conditions under which they are real.

A structural solver, not a general one: affine and quadratic polynomials, those that factor over
the rationals into such, products, and chains of invertible functions (exp, log, powers, tanh,
the sigmoid ...). What it cannot solve it refuses, so a set of zeros is never short of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from math import lcm

from sympy import Add, Expr, Mul, Pow, S, Symbol, expand

from derive.errors import Undecided

from .branching import BRANCHING as BRANCHING
from .branching import branches, innermost, refuse_too_many
from .generators import keys, polynomial
from .inverses import equal
from .polynomials import polynomial_roots
from .rewrites import REWRITES, inner_sum
from .root import Root as Root
from .root import tidy


@lru_cache(maxsize=4096)
def zeros(f: Expr, x: Symbol) -> tuple[Root, ...]:
    """All real zeros of ``f`` in ``x`` that are isolated, each with its conditions.

    Raises ``Undecided`` with the reason where the solver does not know them all.
    """
    return tuple(dict.fromkeys(filter(None, map(tidy, _zeros(f, x)))))


def _zeros(f: Expr, x: Symbol) -> Iterable[Root]:
    if x not in f.free_symbols:
        return ()
    if f == x:
        return (Root(S.Zero),)
    branching = innermost(f, x)
    if branching is not None:
        return _branch_by_branch(f, branching, x)
    if isinstance(f, Mul):
        return chain.from_iterable(zeros(factor_, x) for factor_ in f.args)
    if isinstance(f, Pow):
        return _power_zeros(f, x)
    if isinstance(f, Add):
        return _sum_zeros(f, x)
    return equal(f, S.Zero, x, zeros)


def _power_zeros(f: Pow, x: Symbol) -> Iterable[Root]:
    if x in f.exp.free_symbols or f.exp.is_negative:
        return ()
    return tuple(root.given([f.exp]) for root in zeros(f.base, x))


def _branch_by_branch(f: Expr, node: Expr, x: Symbol) -> Iterable[Root]:
    refuse_too_many(f, x)
    for value, positive in branches(node):
        for root in zeros(f.xreplace({node: value}), x):
            yield root.given(p.xreplace({x: root.value}) for p in positive)


def _sum_zeros(f: Expr, x: Symbol) -> Iterable[Root]:
    found = keys(f, x)
    if len(found) == 1:
        return inner_sum(f, x, zeros) or _one_generator(f, x, next(iter(found)))
    for rewrite in REWRITES:
        roots = rewrite(f, x, zeros)
        if roots is not None:
            return roots
    names = ", ".join(sorted(map(str, found)))
    raise Undecided(
        f"cannot solve {f} = 0 for {x} exactly: it mixes {names}",
        "give its kinks as a Piecewise in the sample",
    )


def _one_generator(f: Expr, x: Symbol, g: Expr) -> Iterable[Root]:
    terms = {q: c for q, c in polynomial(f, x).items() if c != 0}
    if len(terms) > 1:
        # A coefficient such as mu**2 - (mu - 1)**2 - 2*mu + 1 is zero only once it is expanded.
        terms = {q: c for q, c in terms.items() if not isinstance(c, Add) or expand(c) != 0}
    scale = lcm(*(int(q.q) for q in terms))
    lowest = min(terms, default=S.Zero)
    powers = {int((q - lowest) * scale): c for q, c in terms.items()}
    fractional = scale > 1
    for root in polynomial_roots(powers):
        conditions = root.positive + ((root.value,) if fractional else ())
        yield from (r.given(conditions) for r in equal(g, root.value**scale, x, zeros))
    if lowest > 0:
        yield from equal(g, S.Zero, x, zeros)
