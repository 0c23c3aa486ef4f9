"""Walking through terms: rewriting the nodes a rule acts on, and nothing inside laws and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import Basic, Expr, Mul

from .errors import NotApplicable
from .terms import Binder, Density, Inert

Transform = Callable[[Expr], Expr | None]


def rewrite(term: Expr, transform: Transform, sought: str) -> Expr:
    """``term`` with every topmost node that ``transform`` answers for replaced by the answer.

    Raises ``NotApplicable``, naming what was ``sought``, where no node was replaced.
    """
    made = _rewritten(term, transform)
    if made is None:
        raise NotApplicable(f"there is no {sought} in {term}")
    return made


def _rewritten(term: Expr, transform: Transform) -> Expr | None:
    answer = transform(term)
    if answer is not None:
        return answer
    if isinstance(term, Density) or not term.args:
        return None
    if isinstance(term, Inert):
        body = _rewritten(term.args[0], transform)
        if body is None or body == 0:
            return body  # an integral, a sum or a derivative of nothing is nothing
        return term.func(body, *term.args[1:])
    parts = [_rewritten(a, transform) if isinstance(a, Expr) else None for a in term.args]
    if all(p is None for p in parts):
        return None
    return term.func(*(a if p is None else p for a, p in zip(term.args, parts, strict=True)))


def inert_nodes(term: Basic) -> Iterator[Inert]:
    """The topmost inert nodes of a term, from left to right."""
    if isinstance(term, Inert):
        yield term
        return
    for argument in term.args:
        yield from inert_nodes(argument)


def is_ordinary(term: Basic) -> bool:
    """Whether a term has no inert node, so that SymPy may compute with it."""
    return next(inert_nodes(term), None) is None


def split_density(body: Expr) -> tuple[Density | None, Expr]:
    """``(density, rest)`` of a product with exactly one density factor, else ``(None, body)``."""
    factors = Mul.make_args(body)
    densities = [f for f in factors if isinstance(f, Density)]
    if len(densities) != 1:
        return None, body
    rest = Mul(*(f for f in factors if f is not densities[0]))
    return densities[0], rest


def binders(term: Basic) -> Iterator[Binder]:
    """Every binder in a term, outermost first."""
    if isinstance(term, Binder):
        yield term
    for argument in term.args:
        yield from binders(argument)
