"""What expectations and densities mean: the integral behind E and the formula behind p."""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr, exp, oo

from .laws import is_generic, log_density, support_of
from .quotients import carried_out
from .terms import D, Density, E, Int, Total


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
    """The term with every density written out as ``exp(log p)``.

    A derivative under a derivative is carried out: a quotient of quotients would be rounding alone.
    """
    made = term.replace(lambda e: isinstance(e, Density), lambda e: exp(log_density(e.law, *e.point)))
    return made.replace(_is_twice, lambda e: D(carried_out(e.body), e.theta))


def _is_twice(term: Expr) -> bool:
    return isinstance(term, D) and bool(term.body.has(D))
