"""Derivatives that SymPy leaves standing, such as that of a Bessel function by its order, as balls.

Cauchy: ``f^(n)(v) = n!/(2*pi*r**n) * integral of f(v + r*exp(i*t)) * exp(-i*n*t) over 0 < t < 2*pi`` for f
analytic on the disc about v, which a finite ball over the whole disc proves.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import factorial
from typing import Any

from flint import acb, arb, ctx, fmpq
from sympy import Derivative, Symbol

from derive.errors import Undecided

from .compiled import compile_ball
from .functions import NAN

_RADII = tuple(fmpq(1, 2**k) for k in (2, 3, 4, 6))


def derivative(node: Derivative, point: Mapping[Symbol, Any], at: acb) -> acb:
    """The derivative of ``node.expr`` by its one variable, which has the value ``at``.

    Not finite where no disc about ``at`` is proved to be free of singularities at this precision.
    Raises ``Undecided`` for mixed derivatives and for functions without a ball.
    """
    if len(node.variable_count) != 1:
        raise Undecided(f"no rigorous value is known for the mixed derivative {node}")
    symbol, order = node.variable_count[0]
    program = compile_ball(node.expr, [symbol], point, ctx.prec)
    n = int(order)
    for radius in _RADII:
        disc = at + acb(arb(0, radius), arb(0, radius))
        if program(disc, True).is_finite():
            return _on_circle(program, at, acb(radius), n)
    return NAN


def _on_circle(program: Any, at: acb, radius: acb, n: int) -> acb:
    def integrand(t: acb, analytic: bool) -> acb:
        turn = (acb(0, 1) * t).exp()
        return program(at + radius * turn, analytic) * turn ** (-n)

    # Symmetric about the real axis where f is real there, but f need not be.
    whole = acb.integral(integrand, 0, 2 * acb.pi())
    return whole * factorial(n) / (2 * acb.pi() * radius**n)
