"""A bend of the integrand that touches an end of the support at the point: the branch inside counts.

Near such a point the sliver between bend and end has a width of order d and, where the integrand is
continuous, a difference of branches of order d: what it adds to the expectation is of order d**2, and the
gradient at the point is that of the branch inside. A jump there leaves an expectation that is not
differentiable.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Abs as Modulus
from sympy import Expr, Heaviside, Max, Min, Rational, S, Symbol, sign

from .errors import OutsideDomain, Undecided
from .expectation import Expectation
from .laws import support_of
from .pointwise import sign as sign_at
from .switches import kinks

# How far inside the end the branch is read off: nearer than any other bend of an everyday integrand.
INSIDE = Rational(1, 10**9)


def without_touching_bends(made: Expectation) -> Expectation:
    """The expectation with the branch inside wherever a bend touches an end; itself where none does.

    Raises ``OutsideDomain`` where the integrand jumps there.
    """
    axis = support_of(made.family.law)[0]
    if made.family.dimension > 1 or axis.lattice:
        return made
    (x,) = made.family.samples
    for end, inward in ((axis.lower, S.One), (axis.upper, S.NegativeOne)):
        if end.is_finite is not False and end.free_symbols and _touches(made, x, end):
            inner = _inside(made, x, end, inward)
            said = f"{made.integrand} is {inner} on the support, whose end {end} its bend touches"
            made = replace(made, integrand=inner, read_as=(*made.read_as, said))
    return made


def _touches(made: Expectation, x: Symbol, end: Expr) -> bool:
    try:
        found = kinks(made.integrand, x, made.point)
        return any(kink != end and sign_at(kink - end, made.point) == 0 for kink in found)
    except Undecided:
        return False  # whoever needs the bends will say that they are not known


def _inside(made: Expectation, x: Symbol, end: Expr, inward: Expr) -> Expr:
    place = end.xreplace(made.point)
    inner = _branch(made, x, place, place + inward * INSIDE)
    outer = _branch(made, x, place, place - inward * INSIDE)
    if sign_at((inner - outer).xreplace({x: place}), made.point) != 0:
        raise OutsideDomain(
            f"E[{made.integrand}] is not differentiable at this point: the integrand jumps at {x} = {place}, "
            f"where the support of {made.family.name} ends",
            "move the end or the jump with --at",
        )
    return inner


def _branch(made: Expectation, x: Symbol, place: Expr, beside: Expr) -> Expr:
    """The integrand with each branching function that bends at ``place`` read off ``beside`` it."""

    def side(switch: Expr) -> int | None:
        at = {**made.point, x: place}
        if x not in switch.free_symbols or sign_at(switch, at) != 0:
            return None
        return sign_at(switch, {**at, x: beside})

    def settled(node: Expr) -> Expr:
        if isinstance(node, (Modulus, sign, Heaviside)):
            found = side(node.args[0])
            return node if found is None else _read(node, found)
        found = side(node.args[0] - node.args[1]) if len(node.args) == 2 else None
        if found is None:
            return node
        return node.args[0] if (found > 0) == isinstance(node, Max) else node.args[1]

    return made.integrand.replace(lambda e: isinstance(e, _BRANCHING), settled)


_BRANCHING = (Modulus, sign, Heaviside, Max, Min)


def _read(node: Expr, found: int) -> Expr:
    if isinstance(node, Modulus):
        return found * node.args[0]
    return S(found) if isinstance(node, sign) else (S.One + found) / 2
