"""Problems, and registers of right and wrong estimators of many styles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Estimator = Callable[..., Any]


@dataclass(frozen=True)
class Problem:
    """What an estimator is for; ``theta`` is in the integrand of some."""

    family: str
    integrand: str
    at: str | None = None
    wrt: tuple[str, ...] | None = None


BOTH = Problem("normal", "mu*a + a**2")
SMOOTH = Problem("normal", "exp(a/2)")
SQUARE = Problem("normal", "a**2")
JUMP = Problem("normal", "Heaviside(a - 1)")
SINE = Problem("normal", "sin(a) + sigma*a")
CUBE = Problem("uniform", "a**3")
STRAIGHT = Problem("uniform", "high*a", "low=-13/20,high=57/25")
WAIT = Problem("exponential", "rate*a**2")
LAPLACE = Problem("laplace", "a**2")
GUMBEL = Problem("gumbel", "cos(a)")
COIN = Problem("bernoulli", "(a - 2/5)**2")
COUNT = Problem("poisson", "a**2")
PLANE = Problem("multivariate_normal", "a[0]*a[1]")


@dataclass(frozen=True)
class Entry:
    """``mistake``: the name that the diagnosis must have; None where nothing in the catalogue explains it.

    ``evidence`` is ``any`` where it depends on the machine whether the quadrature settles in its time.
    """

    function: Estimator
    problem: Problem
    mistake: str | None = None
    evidence: str = "exact"
    n: int = 64

    def __str__(self) -> str:
        return self.function.__name__


class Register:
    """A list of entries that a decorator fills."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def __call__(
        self, problem: Problem, mistake: str | None = None, evidence: str = "exact", n: int = 64
    ) -> Callable[[Estimator], Estimator]:
        """Keep the function as one for ``problem``."""

        def keep(function: Estimator) -> Estimator:
            self.entries.append(Entry(function, problem, mistake, evidence, n))
            return function

        return keep
