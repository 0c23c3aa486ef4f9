"""A linear simulator with linear feedback and a quadratic return, exact at every horizon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from derive.environment.files import Data, number, require_keys
from derive.errors import OutsideDomain
from derive.registry import unknown

NUMBERS = ("theta", "A", "B", "sigma", "x0")
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class LinearQuadratic:
    """``x_{t+1} = A x_t + B (theta x_t + sigma eps_t)``, return ``-sum_{t=1..T} x_t**2``.

    ``eps_t`` is standard normal. ``theta`` is the feedback, by which the return is differentiated.
    """

    name: str
    horizon: int
    theta: Fraction
    A: Fraction
    B: Fraction
    sigma: Fraction
    x0: Fraction

    @property
    def parameters(self) -> tuple[str, ...]:
        return ("theta",)

    @property
    def point(self) -> dict[str, Fraction]:
        """The numbers that ``--at`` may change."""
        return {name: getattr(self, name) for name in NUMBERS}

    @property
    def closed_loop(self) -> Fraction:
        """``A + B theta``, by which the state is multiplied in each step."""
        return self.A + self.B * self.theta

    def at(self, values: Mapping[str, Fraction]) -> LinearQuadratic:
        """The same at another point; raises ``UnknownName`` and ``OutsideDomain``."""
        for name in values:
            if name not in NUMBERS:
                raise unknown(name, f"number of {self.name}", NUMBERS)
        made = LinearQuadratic(self.name, self.horizon, **{**self.point, **values})
        made.require()
        return made

    def require(self) -> None:
        """Raises ``OutsideDomain`` for a noise without spread."""
        if self.sigma <= 0:
            raise OutsideDomain(
                f"{self.name}: sigma = {self.sigma} is not positive", "the policy needs noise"
            )

    def unreachable(self) -> tuple[str, ...]:
        """Nothing: every state counts."""
        return ()

    def gradient(self) -> Fraction:
        """``-sum_t dm_t`` for the second moments ``m_t = E[x_t**2]`` and their derivatives ``dm_t``.

        ``m_{t+1} = alpha**2 m_t + B**2 sigma**2`` and ``dm_{t+1} = 2 alpha B m_t + alpha**2 dm_t`` with
        ``alpha = A + B theta``.
        """
        alpha, m, dm, total = self.closed_loop, self.x0**2, Fraction(0), Fraction(0)
        for _ in range(self.horizon):
            m, dm = alpha**2 * m + (self.B * self.sigma) ** 2, 2 * alpha * self.B * m + alpha**2 * dm
            total += dm
        return -total


def linear_quadratic_of(name: str, data: Data) -> LinearQuadratic:
    """The simulator of a problem file; raises ``BadProblem`` or ``OutsideDomain``."""
    require_keys(name, data, ("kind", "says", "source", "horizon", *NUMBERS), ("horizon", *NUMBERS))
    horizon = data["horizon"]
    if isinstance(horizon, bool) or not isinstance(horizon, int) or not 1 <= horizon <= LONGEST:
        raise OutsideDomain(f"{name}: the horizon is {horizon!r}, not a whole number from 1 to {LONGEST}")
    values = {key: number(f"{name}: {key}", data[key]) for key in NUMBERS}
    made = LinearQuadratic(name=name, horizon=horizon, **values)
    made.require()
    return made


def example() -> LinearQuadratic:
    """A simulator of two steps at a generic point, for statements that need one."""
    numbers = zip(NUMBERS, map(Fraction, ("-3/5", "9/10", "1/2", "2/5", "3/2")), strict=True)
    return LinearQuadratic("lq2", 2, **dict(numbers))
