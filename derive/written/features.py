"""What a term has in it, looked up once: which rules could act on it, which would lead away from the goal."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sympy import Basic, Expr, Mul, log
from sympy.core.function import AppliedUndef

from derive.laws import is_generic
from derive.rewriting import is_ordinary
from derive.terms import D, Density, E, Int, Total


@lru_cache(maxsize=8192)
def features(term: Expr) -> frozenset[str]:
    """The names of what occurs in a term, of the kinds that rules look for."""
    return frozenset(_features(term))


def _features(term: Basic) -> Iterator[str]:
    if isinstance(term, D):
        yield from _of_derivative(term)
    elif isinstance(term, Density):
        yield from _of_density(term)
    elif isinstance(term, (Int, Total, E)):
        yield "binder"
        if isinstance(term, (Total, E)):
            yield "total"
        if isinstance(term, (Int, Total)) and not term.body.has(Density):
            yield "formula"
    for argument in term.args:
        yield from features(argument)


def _of_derivative(node: D) -> Iterator[str]:
    body = node.body
    yield "d"
    if isinstance(body, (Int, Total)):
        yield "d integral"
    elif isinstance(body, Density):
        yield "d density"
    elif isinstance(body, log):
        yield "d log"
    elif isinstance(body, Mul) and any(isinstance(f, Density) for f in body.args):
        yield "d product"
    if is_ordinary(body):
        yield "d function"
        if not body.atoms(AppliedUndef):
            yield "d formula"


def _of_density(node: Density) -> Iterator[str]:
    yield "density"
    if not is_generic(node.law):
        yield "known density"
    if not all(p.is_Symbol for p in node.point):
        yield "density elsewhere"


# What a rule acts on, and what must then be in the line that it is to lead to ("" for anything).
_ACTS_ON = {
    "interchange": ("d integral", ""),
    "leibniz": ("d integral", ""),
    "change_of_variables": ("density", ""),
    "substitution": ("density elsewhere", ""),
    "product_rule": ("d product", ""),
    "log_derivative": ("d density", ""),
    "slope_of_density": ("d density", ""),
    "chain_rule": ("d function", ""),
    "score": ("d log", ""),
    "log_of_density": ("d log", "d density"),
    "moments": ("binder", ""),
    "differentiate": ("d formula", ""),
    "location_scale": ("density", "density elsewhere"),
    "total_mass": ("binder", ""),
    "gamma_function": ("formula", ""),
    "polynomial_integral": ("formula", ""),
    "density_value": ("density elsewhere", ""),
    "sum_written_out": ("total", ""),
    "written_out": ("known density", ""),
}


def can_act(stem: str, term: Expr) -> bool:
    """Whether a rule could find something to act on; False is certain."""
    wanted = _ACTS_ON.get(stem)
    return wanted is None or wanted[0] in features(term)


def leads_to(stem: str, goal: Expr) -> bool:
    """Whether a rule's outcome could look like the goal, as far as its kinds of nodes say."""
    found = features(goal)
    if stem == "written_out":
        return "formula" in found or "density" not in found
    wanted = _ACTS_ON.get(stem)
    return wanted is None or not wanted[1] or wanted[1] in found
