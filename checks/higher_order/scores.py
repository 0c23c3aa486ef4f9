"""What estimators and mistakes of second derivatives by scores share, light to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import score_function

if TYPE_CHECKING:
    from derive.expectation import Expectation


def accuracy(expectation: Expectation) -> dict[str, float]:
    """That of Torch's trigamma, where the score has one."""
    from checks.higher_order import parts

    return parts.accuracy(expectation)


def refuses_without_theta(expectation: Expectation) -> str | None:
    """An integrand without theta has no mixed terms to lose."""
    from checks.higher_order.parts import depends_on_theta

    return depends_on_theta(expectation) or score_function.refuses(expectation)
