"""What expectations and densities mean: the integral behind E and the formula behind p."""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr, exp, oo

from .laws import is_generic, log_density, support_of
from .terms import Density, E, Int, Total


@lru_cache(maxsize=2048)
def unfold(term: E) -> Int | Total:
    """The integral (or, on a lattice, the sum) that an expectation stands for."""
    body = Density(term.law, *term.variables) * term.body
    if is_generic(term.law):
        return Int(body, *((v, -oo, oo) for v in term.variables))
    axes = support_of(term.law)
    limits = [(v, axis.lower, axis.upper) for v, axis in zip(term.variables, axes, strict=True)]
    return Total(body, *limits) if axes[0].lattice else Int(body, *limits)


@lru_cache(maxsize=4096)
def explicit(term: Expr) -> Expr:
    """The term with every density written out as ``exp(log p)``."""
    return term.replace(
        lambda e: isinstance(e, Density), lambda e: exp(log_density(e.law, *e.point))
    )
