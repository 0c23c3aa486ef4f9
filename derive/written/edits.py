"""Local changes to a line: what its right side would be with one slip undone.

An edit says what was changed and where, so that the catalogue of mistakes can name it. None of them is
trusted: the line that an edit makes is true only if the oracle says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sympy import Add, Expr, Mul, expand_mul

from derive.rewriting import inert_nodes
from derive.terms import Binder, D, Density, E, Int, Total
from derive.unfolding import unfold

Kind = Literal["factor", "missing", "superfluous", "replaced", "condition"]
Role = Literal["distributional", "explicit", "boundary", "other"]


@dataclass(frozen=True, slots=True)
class Edit:
    """``made`` is the right side after the change.

    ``kind`` ``factor`` multiplied ``piece`` by ``now``; ``missing`` added ``now``; ``superfluous`` removed
    ``piece``; ``replaced`` put ``now`` where ``was`` stood, everywhere inside ``piece``; ``condition`` is the
    right side under a condition that fails, as another rule has it. ``whole`` says that ``piece`` is all.
    ``name`` narrows down what was replaced: ``scale``, ``limits``, ``law``, ``logarithm`` ...
    """

    kind: Kind
    made: Expr
    piece: Expr
    now: Expr
    was: Expr | None = None
    whole: bool = False
    name: str = ""

    @property
    def role(self) -> Role:
        """Which half of the gradient the piece (or what is missing) belongs to."""
        return role_of(self.now if self.kind == "missing" else self.piece)


def role_of(term: Expr) -> Role:
    """``distributional`` with a derivative of a density in it, ``explicit`` with one of another function."""
    slopes = [n for n in _derivatives(term)]
    if any(n.body.has(Density) for n in slopes):
        return "distributional"
    if slopes:
        return "explicit"
    binders = list(term.atoms(Binder))
    return "boundary" if not binders and term.atoms(Density) else "other"


def _derivatives(term: Expr) -> Iterator[D]:
    yield from sorted(term.atoms(D), key=str)


@dataclass(frozen=True, slots=True)
class Piece:
    """One addend of a term, as a term of its own, with the rest; ``inside`` is it as it is written."""

    term: Expr
    rest: Expr
    inside: Expr


def pieces(term: Expr) -> tuple[Piece, ...]:
    """The addends of a term: of the sum that it is, else of the one integral or expectation that it is."""
    outer = Add.make_args(term)
    if len(outer) > 1:
        return tuple(Piece(p, term - p, p) for p in outer)
    inner = _inner(term)
    return inner or (Piece(term, term * 0, term),)


def _inner(term: Expr) -> tuple[Piece, ...]:
    nodes = tuple(n for n in inert_nodes(term) if isinstance(n, (Binder, D)))
    if len(nodes) != 1:
        return ()
    node = nodes[0]
    bodies = Add.make_args(expand_mul(node.body))
    if len(bodies) < 2:
        return ()

    def around(body: Expr) -> Expr:
        made = node.with_body(body) if isinstance(node, Binder) else D(body, node.theta)
        return term.xreplace({node: made})

    return tuple(
        Piece(around(body), around(Add(*bodies[:k], *bodies[k + 1 :])), body) for k, body in enumerate(bodies)
    )


def without_constants(term: Expr) -> Expr:
    """What a term is about: its integral or its derivative, without a number in front."""
    return Mul(*(f for f in Mul.make_args(term) if not f.is_number))


def as_integral(node: E | Int | Total) -> Int | Total:
    """The integral of an expectation; an integral as it is."""
    return unfold(node) if isinstance(node, E) else node
