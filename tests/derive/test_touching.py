"""A bend at the end of the support is read from inside; a jump there has no derivative."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import pytest

from checks.prove import Request, prove
from derive.errors import OutsideDomain

AT = (("low", "0"), ("high", "3/2"))
CASES: dict[str, Callable[[mpmath.mpf], mpmath.mpf]] = {
    "relu(a)": lambda a: max(a, mpmath.mpf(0)),
    "Abs(a)*a + 1": lambda a: abs(a) * a + 1,
    "Max(a, -a)**2": lambda a: a * a,
}


@pytest.mark.parametrize("integrand", CASES)
def test_the_gradient_is_that_of_both_sides(integrand: str) -> None:
    """Difference quotients from the left and from the right of low = 0, by 30-digit quadrature."""
    high = mpmath.mpf(3) / 2

    def mean(low: mpmath.mpf) -> mpmath.mpf:
        return mpmath.quad(CASES[integrand], [low, 0, high] if low < 0 else [low, high]) / (high - low)

    proof = prove(Request("uniform", integrand, AT))
    assert "whose end low its bend touches" in proof.requires[0]
    assert proof.routes["pathwise"].status == "proved"
    with mpmath.workdps(30):
        h = mpmath.mpf(10) ** -8
        sides = [(mean(s * h) - mean(mpmath.mpf(0))) / (s * h) for s in (-1, 1)]
    for side in sides:
        # A one-sided quotient errs by h times a second derivative of order one.
        assert abs(side - proof.exact["low"]) < 1e-7


def test_a_jump_at_the_end_is_refused() -> None:
    with pytest.raises(
        OutsideDomain, match=r"the integrand jumps at a = 0, where the support of uniform ends"
    ):
        prove(Request("uniform", "Heaviside(a)", AT))


def test_an_end_without_a_parameter_touches_nothing() -> None:
    assert prove(Request("exponential", "relu(a)")).requires == ()
