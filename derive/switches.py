"""What makes a function of one variable non-smooth: its switches, kinks and singularities."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sympy import Basic, Expr, Pow, Symbol, log
from sympy.core.relational import Relational

from .errors import Undecided
from .pointwise import Point, sign
from .roots import BRANCHING, Root, zeros

# Infinitely many kinks, or no function at all.
REFUSED = {
    "floor": "has a jump at every integer",
    "ceiling": "has a jump at every integer",
    "frac": "has a jump at every integer",
    "Mod": "has infinitely many jumps",
    "DiracDelta": "is not a function",
}


def switches(expr: Expr, x: Symbol) -> tuple[Expr, ...]:
    """The expressions in ``x`` whose sign decides which branch of ``expr`` holds.

    They are the arguments of Abs, sign and Heaviside, the differences within Max and Min, and
    left minus right of the relations in Piecewise conditions, at any depth, each once.
    Raises ``Undecided`` for functions with infinitely many kinks.
    """
    return tuple(dict.fromkeys(s for s in _switches(expr, x) if x in s.free_symbols))


def _switches(node: Basic, x: Symbol) -> Iterator[Expr]:
    if x not in node.free_symbols:
        return
    kind = type(node).__name__
    if kind in REFUSED:
        raise Undecided(f"{node} {REFUSED[kind]}", "use an integrand with finitely many kinks")
    if isinstance(node, Relational):
        yield node.lhs - node.rhs
    elif kind in ("Max", "Min"):
        for i, u in enumerate(node.args):
            yield from (u - v for v in node.args[i + 1 :])
    elif kind in ("Abs", "sign", "Heaviside"):
        yield node.args[0]
    for arg in node.args:
        yield from _switches(arg, x)


def kinks(expr: Expr, x: Symbol, point: Point | None = None) -> tuple[Expr, ...]:
    """Every ``x`` at which a switch of ``expr`` vanishes (or has a pole), exactly.

    Without a point these are candidates: ``sqrt(c)`` is among them even where ``c`` may be
    negative. With a point only those that are real there remain. Raises ``Undecided``.
    """
    return _values(kink_roots(expr, x), point)


def singularities(expr: Expr, x: Symbol, point: Point | None = None) -> tuple[Expr, ...]:
    """Every ``x`` at which a denominator, the argument of a log or the base of a fractional power vanishes.

    Existence checks look here. A pole is not a kink. Raises ``Undecided``, also for functions
    with infinitely many poles (``tan``, ``gamma``).
    """
    return _values(singular_roots(expr, x), point)


def _values(roots: tuple[Root, ...], point: Point | None) -> tuple[Expr, ...]:
    kept = roots if point is None else [r for r in roots if settle(r, point)[0]]
    return tuple(dict.fromkeys(r.value for r in kept))


def settle(root: Root, point: Point) -> tuple[bool, tuple[Expr, ...]]:
    """Whether a candidate is a real zero at the point, and what is positive there that makes it so.

    Raises ``Undecided`` where it meets another zero at the point.
    """
    signs = {p: sign(p, point) for p in root.positive}
    for p, s in signs.items():
        if s == -1:
            return False, (-p,)
    for p, s in signs.items():
        if s != 1:
            raise Undecided(f"at this point {p} = 0, where {root.value} meets another zero", "move the point")
    return True, root.positive


@lru_cache(maxsize=8192)
def is_branching(expr: Expr, x: Symbol) -> bool:
    """Whether Abs, Max, Heaviside, Piecewise ... of ``x`` is anywhere in ``expr``."""
    if x not in expr.free_symbols:
        return False
    if type(expr).__name__ in REFUSED or type(expr).__name__ in BRANCHING:
        return True
    return any(is_branching(arg, x) for arg in expr.args)


@lru_cache(maxsize=1024)
def kink_roots(expr: Expr, x: Symbol) -> tuple[Root, ...]:
    """The kinks with their conditions."""
    # The sign of a switch also changes at its poles: Abs(1/a) has two branches.
    found = (r for s in switches(expr, x) for r in (*zeros(s, x), *singular_roots(s, x)))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def singular_roots(expr: Expr, x: Symbol) -> tuple[Root, ...]:
    """The singularities with their conditions."""
    return tuple(dict.fromkeys(r for s in _vanishing(expr, x) for r in zeros(s, x)))


_ENDLESS = ("tan", "cot", "sec", "csc", "gamma", "loggamma", "polygamma", "digamma", "beta")
_AT_ONE = ("atanh", "asin", "acos", "erfinv")


def _vanishing(node: Basic, x: Symbol) -> Iterator[Expr]:
    """Expressions whose zeros are the singularities of ``node``."""
    if x not in node.free_symbols:
        return
    kind = type(node).__name__
    if isinstance(node, Pow) and x in node.base.free_symbols:
        if not (node.exp.is_integer and node.exp.is_nonnegative):
            yield node.base
    elif isinstance(node, log):
        yield node.args[0]
    elif kind in _AT_ONE:
        yield 1 - node.args[0] ** 2
    elif kind == "acosh":
        yield node.args[0] - 1
    elif kind == "besselk":
        yield node.args[1]
    elif kind in _ENDLESS:
        raise Undecided(f"{node} has infinitely many poles in {x}", "use an integrand with finitely many")
    for arg in node.args:
        yield from _vanishing(arg, x)
