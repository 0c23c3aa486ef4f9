"""The slope almost everywhere: no deltas at jumps, no real and imaginary parts of what is real."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Heaviside, Max, Rational, Symbol, im, re, sign

from derive.slopes import slope

a = Symbol("a", real=True)
mu = Symbol("mu", real=True)
k = Symbol("k", positive=True)

CASES = [
    (Abs(a - mu), -sign(a - mu)),
    (Heaviside(a - mu) * mu, Heaviside(a - mu)),
    (Max(a - mu, 0), -Heaviside(a - mu)),
    (sign(a - mu) * mu**2, 2 * mu * sign(a - mu)),
]


@pytest.mark.parametrize(("expr", "found"), CASES, ids=[str(e) for e, _ in CASES])
def test_slope(expr: Expr, found: Expr) -> None:
    assert (slope(expr, mu) - found).expand() == 0


def test_what_sympy_takes_for_complex_is_real() -> None:
    inner = (1 - (1 - a) ** (1 / k)) ** (1 / k) - Rational(1, 3)
    assert Abs(inner).diff(k).has(re, im)  # why slope exists
    found = slope(Abs(inner), k)
    assert not found.has(re, im)
    at = {a: Rational(2, 5), k: Rational(3, 2)}
    step = Rational(1, 10**6)
    sides = [abs(inner.subs({**at, k: at[k] + s}).evalf(30)) for s in (-step, step)]
    # A central difference errs by step**2 times a third derivative of order one.
    assert abs(found.subs(at).evalf(30) - (sides[1] - sides[0]) / (2 * step)) < 1e-9
