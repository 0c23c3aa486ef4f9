"""Reads an integrand on one smooth cell as a sum of pieces: the engine's grammar.

Read are sums, products and powers of the variable, ``exp`` of a quadratic (and of a multiple of
``log a``), ``sin``, ``cos``, ``sinh``, ``cosh`` of an affine form, and, where the variable is positive,
``log`` and real powers. Everything else is refused with the piece that could not be read.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import fmpq
from sympy import Expr, Gt, Mul, S, Symbol, cos, cosh, exp, expand_log, log, sin, sinh
from sympy.core.relational import Relational

from derive.errors import NoClosedForm, NoExpectation

from . import algebra
from .intake import intake
from .outlet import express
from .place import Point, sign_at
from .shapes import ONE, Shape, Terms, constant, gather, multiply, power, scaled, wave

# Higher powers of a sum are not expanded: no statistic of this project comes near.
_MOST_POWER = 64


class Reader:
    """Reads expressions in ``x`` on a cell where ``x`` has the sign ``sign`` (0 for both).

    ``requires`` collects the strict relations under which what was read is right.
    """

    def __init__(self, x: Symbol, sign: int, point: Point) -> None:
        self.x = x
        self.sign = sign
        self.point = point
        self.requires: list[Relational] = []

    def read(self, expr: Expr) -> Terms:
        """The pieces of ``expr``; raises ``NoClosedForm`` and names what it cannot read."""
        if expr == self.x:
            return {Shape(power=S.One): algebra.ONE}
        if not expr.has_free(self.x):
            return constant(intake(expr))
        if expr.is_Add:
            return gather(item for part in expr.args for item in self.read(part).items())
        if expr.is_Mul:
            return self._product(expr)
        if isinstance(expr, exp):
            return self._exponential(expr.args[0])
        if expr.is_Pow:
            return self._power(expr)
        rule = _FUNCTIONS.get(expr.func)
        if rule is None:
            raise _unreadable(expr)
        return rule(self, expr.args[0])

    def _product(self, expr: Expr) -> Terms:
        outer, inner = expr.as_independent(self.x, as_Add=False)
        made: Terms = {ONE: intake(outer)}
        for factor in Mul.make_args(inner):
            made = multiply(made, self.read(factor))
        return made

    def _power(self, expr: Expr) -> Terms:
        base, exponent = expr.as_base_exp()
        if exponent.has_free(self.x):
            return self._exponential(exponent * log(base))
        if exponent.is_Integer and base == self.x:
            return {Shape(power=exponent): algebra.ONE}
        if exponent.is_Integer and 0 <= exponent <= _MOST_POWER:
            return power(self.read(base), int(exponent))
        inner = self.read(base)
        if len(inner) != 1:
            raise _unreadable(expr)
        ((shape, element),) = inner.items()
        if shape.frequency != 0 or shape.logs:
            raise _unreadable(expr)
        coefficient = express(element)
        if not exponent.is_Integer:
            self._need_positive(shape, coefficient, expr)
        raised = Shape(shape.power * exponent, 0, shape.rate * exponent, shape.square * exponent)
        return {raised: intake(coefficient**exponent)}

    def _need_positive(self, shape: Shape, coefficient: Expr, expr: Expr) -> None:
        """``coefficient * a**p * exp(...) > 0`` on the whole cell, as real powers and logarithms need."""
        even = shape.power.is_Integer and shape.power % 2 == 0
        if not even and self.sign < 0 and shape.power.is_Integer and sign_at(coefficient, self.point) < 0:
            # (-c) a with a < 0 is a positive base, but atoms know powers of a alone.
            raise NoClosedForm(f"no closed form is known for {expr} on a negative cell")
        if not even and self.sign <= 0:
            raise NoExpectation(f"{expr} is not a real number where {self.x} < 0")
        if even and self.sign <= 0 and shape.power != 0:
            raise NoClosedForm(f"no closed form is known for {expr} where {self.x} may be negative")
        if coefficient.is_positive:
            return
        if sign_at(coefficient, self.point) <= 0:
            raise NoExpectation(f"{expr} is not a real number on the support")
        self.requires.append(Gt(coefficient, 0))

    def _exponential(self, exponent: Expr) -> Terms:
        outer = S.One
        shape = ONE
        for piece, element in self.read(exponent).items():
            coefficient = express(element)
            if piece == ONE:
                outer = exp(coefficient)
            elif piece == Shape(power=S.One):
                shape = shape._replace(rate=coefficient)
            elif piece == Shape(power=S(2)):
                shape = shape._replace(square=coefficient)
            elif piece == Shape(logs=1):
                shape = shape._replace(power=coefficient)
            else:
                raise _unreadable(exp(exponent))
        return {shape: intake(outer)}

    def _affine(self, argument: Expr, what: Expr) -> tuple[Expr, Expr]:
        """``(frequency, phase)`` of an affine argument."""
        pieces = {shape: express(element) for shape, element in self.read(argument).items()}
        phase = pieces.pop(ONE, S.Zero)
        frequency = pieces.pop(Shape(power=S.One), S.Zero)
        if pieces:
            raise _unreadable(what)
        return frequency, phase

    def _sin(self, argument: Expr) -> Terms:
        frequency, phase = self._affine(argument, sin(argument))
        return _turned(frequency, sin(phase), cos(phase))

    def _cos(self, argument: Expr) -> Terms:
        frequency, phase = self._affine(argument, cos(argument))
        return _turned(frequency, cos(phase), -sin(phase))

    def _hyperbolic(self, argument: Expr, sign: int) -> Terms:
        up, down = self._exponential(argument), self._exponential(-argument)
        half = fmpq(1, 2)
        return gather([*scaled(up, algebra.rational(half)), *scaled(down, algebra.rational(sign * half))])

    def _log(self, argument: Expr) -> Terms:
        pieces = self.read(argument)
        if len(pieces) != 1:
            raise _unreadable(log(argument))
        ((shape, element),) = pieces.items()
        if shape.frequency != 0 or shape.logs:
            raise _unreadable(log(argument))
        coefficient = express(element)
        self._need_positive(shape, coefficient, log(argument))
        return gather(
            [
                (ONE, intake(expand_log(log(coefficient)))),
                (Shape(logs=1), intake(shape.power)),
                (Shape(power=S.One), intake(shape.rate)),
                (Shape(power=S(2)), intake(shape.square)),
            ]
        )


def _turned(frequency: Expr, on_cosine: Expr, on_sine: Expr) -> Terms:
    """``on_cosine * cos(w a) + on_sine * sin(w a)``."""
    cosine, sine = wave(frequency, False), wave(frequency, True)
    return gather([*scaled(cosine, intake(on_cosine)), *scaled(sine, intake(on_sine))])


def _unreadable(expr: Expr) -> NoClosedForm:
    return NoClosedForm(
        f"no closed form is known to the engine for integrands that contain {expr}",
        "the gradient is still checked numerically",
    )


_FUNCTIONS: dict[type, Callable[[Reader, Expr], Terms]] = {
    sin: Reader._sin,
    cos: Reader._cos,
    log: Reader._log,
    sinh: lambda reader, argument: reader._hyperbolic(argument, -1),
    cosh: lambda reader, argument: reader._hyperbolic(argument, 1),
}
