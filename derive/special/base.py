"""What the special functions share: their value as a ball, and from it SymPy's ``evalf``."""

from __future__ import annotations

from typing import Any

from flint import acb, ctx
from sympy import Expr, Float, Function, I, Integer

from derive.errors import Undecided

# Precision is doubled this often before a value is given up; 64 times the working precision
# loses to cancellation only where the caller's point is far outside any use of ours.
_DOUBLINGS = 6


class BallFunction(Function):
    """A SymPy function that knows its rigorous value."""

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        """A complex ball that holds the value at every point of the arguments' balls."""
        raise AssertionError("a subclass says how it is enclosed")

    def _eval_evalf(self, prec: int) -> Expr | None:
        """The value rounded to ``prec`` bits, or ``None`` while an argument is not a number."""
        if self.free_symbols:
            return None
        before = ctx.prec
        try:
            for doubling in range(_DOUBLINGS):
                ctx.prec = (prec + 32) << doubling
                ball = type(self).ball(*(_number(a, ctx.prec) for a in self.args))
                if ball.rel_accuracy_bits() >= prec:
                    return _rounded(ball, prec)
        finally:
            ctx.prec = before
        raise Undecided(f"{self} could not be evaluated to {prec} bits")


def whole(ball: acb, name: str) -> int:
    """The integer that an exact ball is; raises ``Undecided`` for any other."""
    found = ball.unique_fmpz()
    if found is None:
        raise Undecided(f"{name} must be a whole number, not {ball}")
    return int(found)


def _number(argument: Expr, bits: int) -> acb:
    if isinstance(argument, Integer):
        return acb(int(argument))
    digits = int(bits * 0.30103) + 5
    real, imag = argument.evalf(digits).as_real_imag()
    # evalf promises its digits only nearly always: eight guard bits of width are added.
    return acb(_widened(real, bits), _widened(imag, bits))


def _widened(value: Expr, bits: int) -> Any:
    from flint import arb

    centre = arb(str(value))
    return centre + arb(0, abs(centre) * arb(2) ** (8 - bits))


def _rounded(ball: acb, prec: int) -> Expr:
    digits = int(prec * 0.30103) + 3
    parts = [Float(part.str(digits, radius=False), precision=prec) for part in (ball.real, ball.imag)]
    return parts[0] if ball.imag.is_zero() or 0 in ball.imag else parts[0] + I * parts[1]
