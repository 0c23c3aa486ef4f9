"""Integrands on a simplex, read as sums of products of powers and logarithms of its coordinates.

The coordinates are the samples and what is left of one: ``a`` and ``1 - a`` of a beta law, ``a[0]``,
``a[1]`` and ``1 - a[0] - a[1]`` of a Dirichlet law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sympy import Add, Dummy, Expr, Gt, Mul, Pow, S, Symbol, cos, exp, expand, log, sin, tanh
from sympy.core.relational import Relational

from .errors import NoExpectation, Undecided
from .orders import Point
from .special import beta_velocity

# Functions that are bounded wherever their argument is: a polynomial in coordinates between 0 and 1.
_CONTINUOUS = (exp, sin, cos, tanh)


@dataclass(frozen=True, slots=True)
class Piece:
    """``coefficient * other * prod w_i**powers_i * log(w_i)**logs_i``; ``other`` is 1 where nothing is left.

    ``names`` are the symbols of the coordinates in ``other``, where the last is the rest to 1.
    """

    coefficient: Expr
    powers: tuple[Expr, ...]
    logs: tuple[int, ...]
    other: Expr
    names: tuple[Symbol, ...]


@lru_cache(maxsize=1024)
def pieces(body: Expr, variables: tuple[Symbol, ...]) -> tuple[Piece, ...]:
    """The expanded terms of ``body`` in the coordinates of the simplex."""
    names = tuple(Dummy(f"w{i}", positive=True) for i in range(len(variables) + 1))
    inside = body.xreplace(dict(zip(variables, names)))
    # Sums that are coordinates are named under logarithms and roots only: elsewhere they multiply out.
    named = inside.replace(lambda n: _is_singular(n, names), lambda n: _named(n, names))
    return tuple(_piece(term, names) for term in Add.make_args(expand(named)))


def _is_singular(node: Expr, names: tuple[Symbol, ...]) -> bool:
    if not node.has_free(*names):
        return False
    return isinstance(node, log) or (isinstance(node, Pow) and not _is_natural(node.exp))


def _is_natural(exponent: Expr) -> bool:
    return bool(exponent.is_Integer and exponent >= 0)


def _named(node: Expr, names: tuple[Symbol, ...]) -> Expr:
    """The node with every multiple of the last coordinate written as one."""
    rest = 1 - Add(*names[:-1])

    def renamed(total: Expr) -> Expr:
        size = total.xreplace(dict.fromkeys(names[:-1], S.Zero))
        return size * names[-1] if size != 0 and expand(total - size * rest) == 0 else total

    return node.replace(lambda n: isinstance(n, Add) and n.has_free(*names[:-1]), renamed)


def _piece(term: Expr, names: tuple[Symbol, ...]) -> Piece:
    powers: dict[Symbol, Expr] = dict.fromkeys(names, S.Zero)
    logs = dict.fromkeys(names, 0)
    coefficient, other = S.One, S.One
    for factor in Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if base in powers and not exponent.has_free(*names):
            powers[base] += exponent
        elif isinstance(base, log) and base.args[0] in logs and _is_natural(exponent):
            logs[base.args[0]] += int(exponent)
        elif factor.has_free(*names):
            other *= factor
        else:
            coefficient *= factor
    return Piece(coefficient, tuple(powers.values()), tuple(logs.values()), other, names)


def integrable(
    body: Expr, alpha: Sequence[Expr], variables: tuple[Symbol, ...], point: Point
) -> tuple[Relational, ...]:
    """What makes ``body`` integrable under ``dirichlet(alpha)``: ``powers > -alpha`` in every piece.

    Logarithms do no harm, as the inequality is strict. Raises ``NoExpectation`` where one fails at the point,
    and ``Undecided`` for factors that may be unbounded.
    """
    found: dict[Relational, None] = {}
    for piece in pieces(body, variables):
        gained = _gained(piece, body)
        for s, more, own in zip(piece.powers, gained, alpha, strict=True):
            if (own + s + more).is_positive:
                continue
            relation = Gt(own, -s - more)
            if relation.subs(dict(point)) != S.true:
                raise NoExpectation(
                    "the integral diverges at a face of the simplex",
                    f"it needs {relation}, and that is false here",
                )
            if relation != S.true:
                found[relation] = None
    return tuple(found)


def _gained(piece: Piece, body: Expr) -> tuple[int, ...]:
    """The powers of the coordinates by which the rest of a piece is bounded, up to logarithms.

    A velocity ``beta_velocity(p, q, w_i)`` is at most ``w_i (1 - w_i)`` times a logarithm of ``w_i``, and
    so makes good for one ``1 - w_i`` below it.
    """
    gained, owed = [0] * len(piece.names), [0] * len(piece.names)
    for factor in Mul.make_args(piece.other):
        base, exponent = factor.as_base_exp()
        i = _coordinate(base.args[-1] if isinstance(base, beta_velocity) else 1 - base, piece.names)
        if i is not None and exponent.is_Integer:
            # A velocity gives what it bounds; of anything else, 1 - w_i, it is a debt.
            owed[i] -= int(exponent)
            gained[i] += int(exponent) if isinstance(base, beta_velocity) else 0
        elif not _is_bounded(base, exponent):
            raise Undecided(f"{body} is not settled against the faces of the simplex")
    if any(left > 0 for left in owed):
        raise Undecided(f"{body} is not settled against the corners of the simplex")
    return tuple(gained)


def _coordinate(expr: Expr, names: tuple[Symbol, ...]) -> int | None:
    """Which coordinate an expression is, if it is one."""
    every = (*names[:-1], 1 - Add(*names[:-1]))
    return next((i for i, w in enumerate(every) if expand(expr - w) == 0 or expr == names[i]), None)


def _is_bounded(base: Expr, exponent: Expr) -> bool:
    smooth = isinstance(base, _CONTINUOUS) and _is_natural(exponent)
    inner = base.args[0] if smooth else base**exponent
    return bool(inner.is_polynomial(*inner.free_symbols))
