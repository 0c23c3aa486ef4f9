"""When two lines say the same: equal up to the names of bound variables, linearity and ordinary algebra.

An expectation is read as its integral, a sum of integrals over the same limits as one, constants go in
and out, and what is left is compared by the normal form with every inert node held as a symbol. Nothing
here differentiates, integrates or interchanges: those are rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from math import fsum, isfinite
from typing import TypeAlias

from sympy import (
    Add,
    Basic,
    Dummy,
    Expr,
    Mul,
    Pow,
    S,
    Symbol,
    exp,
    expand,
    expand_log,
    expand_mul,
    factorial,
    log,
    loggamma,
)
from sympy.core.function import Derivative, Subs

from derive.errors import DeriveError
from derive.laws import is_generic
from derive.normal_form import _terms, is_zero
from derive.numeric.arrays import evaluate
from derive.rewriting import inert_nodes
from derive.terms import Binder, D, Density, E, Inert, Int, Total
from derive.unfolding import unfold

# Integrands with more terms than this are multiplied out one factor at a time only.
MOST_TERMS = 200

Key: TypeAlias = tuple[Basic | str, ...]
Parts = dict[Key, Expr]


def same(left: Expr, right: Expr) -> bool:
    """Whether the two are equal by notation, linearity and algebra alone; False proves nothing."""
    if left == right:
        return True
    parts = gathered(left - right)
    return all(_vanishes(body) for body in parts.values())


def _vanishes(body: Expr) -> bool:
    held = plain_powers(_held(body)[0])
    return not _is_somewhere_else(held) and is_zero(held)


def plain_powers(held: Expr) -> Expr:
    """Powers with a symbol in the exponent, and factorials, as exponentials: so they cancel as such."""
    if not any(p.exp.free_symbols for p in held.atoms(Pow)) and not held.has(factorial):
        return held
    made = held.replace(factorial, lambda n: exp(loggamma(n + 1)))
    made = made.replace(lambda e: isinstance(e, Pow) and e.exp.free_symbols, lambda e: exp(_exponent(e)))
    return made.replace(exp, lambda u: exp(expand(u)))


def _exponent(power: Pow) -> Expr:
    return power.exp * expand_log(log(power.base))


def _held(body: Expr) -> tuple[Expr, dict[Dummy, Expr]]:
    """The body with a symbol for each inert node, and what each symbol stands for."""
    nodes = {n: Dummy("n", real=True) for n in dict.fromkeys(_opaque(body))}
    return body.xreplace(nodes), {name: node for node, name in nodes.items()}


def _opaque(term: Basic) -> Iterator[Expr]:
    """The topmost nodes into which ordinary algebra does not look."""
    if isinstance(term, (Inert, Derivative, Subs)):
        yield term
        return
    for argument in term.args:
        yield from _opaque(argument)


def _is_somewhere_else(held: Expr) -> bool:
    """Whether one evaluation shows that this is not zero: far cheaper than a normal form that fails."""
    names = sorted(held.free_symbols, key=lambda s: (s.name, s.sort_key()))
    env: dict[Symbol, float | list[float]] = {
        s: 0.35 + 0.6180339887 * (k + 1) % 1.3 for k, s in enumerate(names)
    }
    try:
        pieces = [evaluate(piece, env) for piece in Add.make_args(held)]
    except (DeriveError, ArithmeticError, ValueError):
        return False
    numbers = [p for p in pieces if isinstance(p, float) and isfinite(p)]
    # Rounding of a handful of operations per piece is some 1e-15 of the sizes; a slip is not that small.
    return len(numbers) == len(pieces) and abs(fsum(numbers)) > 1e-9 * fsum(map(abs, numbers))


def opened(body: Expr) -> Expr:
    """The body multiplied out, with inert nodes left as they are."""
    held, nodes = _held(body)
    wide = _terms(held) > MOST_TERMS
    made = expand_mul(held) if wide else expand(held, power_base=False, power_exp=False, log=False)
    return made.xreplace(nodes)


@lru_cache(maxsize=4096)
def _gathered(term: Expr) -> tuple[tuple[Key, Expr], ...]:
    outer, nodes = _apart(term)
    parts: defaultdict[Key, Expr] = defaultdict(lambda: S.Zero)
    for piece in Add.make_args(expand_mul(outer)):
        inside = [s for s in piece.free_symbols if s in nodes]
        factor, others = piece, S.One
        if len(inside) == 1 and piece.as_coeff_exponent(inside[0])[1] == 1:
            for key, body in _node(nodes[inside[0]]).items():
                parts[key] += piece / inside[0] * body
            continue
        parts[("ordinary",)] += (factor * others).xreplace({s: tidy(nodes[s], True) for s in inside})
    return tuple(parts.items())


def gathered(term: Expr) -> Parts:
    """A term as one integrand for each kind of integral in it; ``("ordinary",)`` is what has none."""
    return dict(_gathered(term))


def _apart(term: Expr) -> tuple[Expr, dict[Symbol, Expr]]:
    """The term with a symbol for each topmost binder, or derivative of one, and what each stands for."""
    found = [n for n in dict.fromkeys(inert_nodes(term)) if is_closed(n)]
    names = {n: Dummy(f"i{k}", real=True) for k, n in enumerate(found)}
    return term.xreplace(names), {s: n for n, s in names.items()}


def is_closed(node: Expr) -> bool:
    """Whether a node is an integral, a sum, an expectation, or a derivative with one inside."""
    return isinstance(node, Binder) or (isinstance(node, D) and bool(node.body.atoms(Binder)))


def _node(node: Expr) -> Parts:
    if isinstance(node, E):
        return _node(unfold(node))
    if isinstance(node, (Int, Total)):
        return _integral(node)
    assert isinstance(node, D)  # the three kinds of node that `is_closed` lets through
    parts: defaultdict[Key, Expr] = defaultdict(lambda: S.Zero)
    for key, body in gathered(node.body).items():
        if key == ("ordinary",):
            parts[key] += tidy(D(body, node.theta), True)
            continue
        parts[("D", node.theta, *key)] += body
    return dict(parts)


def _integral(node: Int | Total) -> Parts:
    """The integrand with its bound variables under names of their own."""
    fresh = {v: Symbol(f"_x{k}", real=True) for k, v in enumerate(node.variables)}
    kind = "integral" if isinstance(node, Int) or _is_arbitrary(node) else "sum"
    limits = tuple(end for limit in node.limits for end in limit[1:])
    body = tidy(node.body.xreplace(fresh), True)
    return {(kind, *limits): opened(body)}


def _is_arbitrary(node: Total) -> bool:
    """Sums and integrals against an arbitrary law are one thing: against its dominating measure."""
    return any(is_generic(d.law) for d in node.body.atoms(Density))


@lru_cache(maxsize=4096)
def tidy(term: Expr, open_up: bool = False) -> Expr:
    """Derivatives with constant factors pulled out and sums taken apart, from the inside out.

    ``open_up`` also multiplies out what is differentiated.
    """
    if isinstance(term, (Density, Derivative, Subs)) or not term.args:
        return term
    if isinstance(term, D):
        body = tidy(term.body, open_up)
        return _derivative(opened(body) if open_up else body, term.theta)
    if isinstance(term, Inert):
        return term.func(tidy(term.args[0], open_up), *term.args[1:])
    return term.func(*(tidy(a, open_up) if isinstance(a, Expr) else a for a in term.args))


def _derivative(body: Expr, theta: Symbol) -> Expr:
    if theta not in body.free_symbols:
        return S.Zero
    if body == theta:
        return S.One
    if isinstance(body, Add):
        return Add(*(_derivative(piece, theta) for piece in body.args))
    factors = Mul.make_args(body)
    constants = [f for f in factors if theta not in f.free_symbols]
    if not constants:
        return D(body, theta)
    rest = Mul(*(f for f in factors if theta in f.free_symbols))
    inner = _derivative(rest, theta) if isinstance(rest, Add) or rest == theta else D(rest, theta)
    return Mul(*constants) * inner


@lru_cache(maxsize=4096)
def unfolded(term: Expr, open_up: bool = False) -> Expr:
    """Expectations as integrals, one for each addend, with constants outside derivatives."""
    made = tidy(term.replace(lambda e: isinstance(e, E), unfold), open_up)
    parted = made.replace(lambda e: isinstance(e, (Int, Total)), lambda e: _parted(e, open_up))
    # A derivative of what has just been taken apart is itself a sum of derivatives.
    return tidy(parted, open_up)


def _parted(node: Int | Total, open_up: bool) -> Expr:
    body = tidy(node.body, open_up)
    pieces = Add.make_args(opened(body) if open_up else expand_mul(body))
    return Add(*(node.with_body(piece) for piece in pieces))
