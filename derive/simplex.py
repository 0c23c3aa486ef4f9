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
class _Names:
    """Positive symbols: ``own`` for the coordinates, ``rest`` for what is left of each to 1."""

    own: tuple[Symbol, ...]
    rest: tuple[Symbol, ...]

    @property
    def every(self) -> tuple[Symbol, ...]:
        return (*self.own, *self.rest)

    def meanings(self) -> tuple[tuple[Expr, Symbol], ...]:
        """Sums of the free coordinates that have a name of their own."""
        *free, _ = self.own
        last = 1 - Add(*free)
        single = len(free) == 1  # then what is left of one is the other
        left = () if single else tuple((1 - w, r) for w, r in zip((*free, last), self.rest, strict=True))
        return ((last, self.own[-1]), *left)


@dataclass(frozen=True, slots=True)
class Piece:
    """``coefficient * other * prod w_i**powers_i * log(w_i)**logs_i``; ``other`` is 1 where nothing is left.

    ``names`` are the symbols in ``other``.
    """

    coefficient: Expr
    powers: tuple[Expr, ...]
    logs: tuple[int, ...]
    other: Expr
    names: _Names


@lru_cache(maxsize=1024)
def pieces(body: Expr, variables: tuple[Symbol, ...]) -> tuple[Piece, ...]:
    """The expanded terms of ``body`` in the coordinates of the simplex."""
    count = len(variables) + 1
    own, rest = (tuple(Dummy(f"{n}{i}", positive=True) for i in range(count)) for n in "wv")
    names = _Names(own, rest)
    inside = body.xreplace(dict(zip(variables, own)))
    # Sums that are coordinates are named under logarithms and roots only: elsewhere they multiply out.
    named = inside.replace(lambda n: _is_singular(n, names), lambda n: _named(n, names))
    return tuple(_piece(term, names) for term in Add.make_args(expand(named)))


def _is_singular(node: Expr, names: _Names) -> bool:
    if not node.has_free(*names.own):
        return False
    if isinstance(node, (log, beta_velocity)):
        return True
    return isinstance(node, Pow) and not _is_natural(node.exp)


def _is_natural(exponent: Expr) -> bool:
    return bool(exponent.is_Integer and exponent >= 0)


def _named(node: Expr, names: _Names) -> Expr:
    """The node with every multiple of a sum that has a name written as one."""
    free = names.own[:-1]

    def renamed(total: Expr) -> Expr:
        for meaning, name in names.meanings():
            inner = next(iter(meaning.free_symbols))
            size = total.coeff(inner) / meaning.coeff(inner)
            if size != 0 and not size.has_free(*free) and expand(total - size * meaning) == 0:
                return size * name
        return total

    return node.replace(lambda n: isinstance(n, Add) and n.has_free(*free), renamed)


def _piece(term: Expr, names: _Names) -> Piece:
    powers: dict[Symbol, Expr] = dict.fromkeys(names.own, S.Zero)
    logs = dict.fromkeys(names.own, 0)
    coefficient, other = S.One, S.One
    for factor in Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if base in powers and not exponent.has_free(*names.every):
            powers[base] += exponent
        elif isinstance(base, log) and base.args[0] in logs and _is_natural(exponent):
            logs[base.args[0]] += int(exponent)
        elif factor.has_free(*names.every):
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

    A velocity ``beta_velocity(p, q, w_i)`` is at most ``w_i (1 - w_i)`` times a logarithm of ``w_i``, and so
    makes good for one ``1 - w_i`` below it.
    """
    gained, owed = [0] * len(piece.powers), [0] * len(piece.powers)
    for factor in Mul.make_args(piece.other):
        base, exponent = factor.as_base_exp()
        if isinstance(base, beta_velocity) and base.args[-1] in piece.names.own and _is_natural(exponent):
            i = piece.names.own.index(base.args[-1])
            gained[i] += int(exponent)
            owed[i] -= int(exponent)
        elif base in piece.names.rest and exponent.is_Integer:
            owed[piece.names.rest.index(base)] -= int(exponent)
        elif not _is_bounded(base, exponent):
            raise Undecided(f"{body} is not settled against the faces of the simplex")
    if any(left > 0 for left in owed):
        raise Undecided(f"{body} is not settled against the corners of the simplex")
    return tuple(gained)


def _is_bounded(base: Expr, exponent: Expr) -> bool:
    smooth = isinstance(base, _CONTINUOUS) and _is_natural(exponent)
    inner = base.args[0] if smooth else base**exponent
    return bool(inner.is_polynomial(*inner.free_symbols))
