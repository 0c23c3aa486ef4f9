"""The score function under a support that moves: the boundary term is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import score_function
from checks.mistake import Mistake

if TYPE_CHECKING:
    from derive.expectation import Expectation


def refuses(expectation: Expectation) -> str | None:
    """A support that stays where it is has no boundary term to lose."""
    if score_function.refuses(expectation) is None:
        return "the support does not move with the parameters: there is no boundary term to lose"
    return None


MISTAKE = Mistake(
    name="moving_support",
    of="score_function",
    says="without the boundary term of its moving support: the score knows nothing of the end",
    source="Flanders, Differentiation under the integral sign (1973); catalogue of Uniform(0, theta)",
    statistic=score_function.statistic,
    estimate=score_function.estimate,
    refuses=refuses,
)
