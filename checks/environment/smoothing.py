"""What the estimators of a black box share: f looked at through a normal law whose mean is the point.

``f(c)`` is f at the point moved by c times the width times the noise, for a number c.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation

# value(f, b, s) for one coordinate b of the noise; s is the width.
Value = Callable[[Callable[[int], Any], Any, Any], Any]


def smoothed(value: Value) -> Callable[[Expectation], Statistic]:
    """The statistic of ``value`` in standard normal noise."""

    def statistic(expectation: Expectation) -> Statistic:
        from checks.estimator import Statistic
        from checks.estimators.pathwise import transport_of

        noise = expectation.family.noise
        f, s = _called(expectation, noise)
        values = tuple(value(f, noise[i], s) for i in _coordinates(map(str, expectation.wrt)))
        return Statistic(values, transport_of(expectation).noise, noise)

    return statistic


def by_signs(value: Value) -> Callable[[Expectation], Statistic]:
    """The statistic of ``value`` with fair signs, -1 and 1, in the place of the noise."""

    def statistic(expectation: Expectation) -> Statistic:
        from sympy import Rational, Symbol

        from checks.estimator import Draw, Statistic
        from derive.terms import Law

        coins = [Symbol(f"z[{i}]", real=True) for i in range(len(expectation.family.noise))]
        signs = tuple(2 * z - 1 for z in coins)
        f, s = _called(expectation, signs)
        fair = Law("bernoulli", Rational(1, 2))
        more = tuple(Draw(fair, (z,)) for z in coins[1:])
        values = tuple(value(f, signs[i], s) for i in _coordinates(map(str, expectation.wrt)))
        return Statistic(values, fair, (coins[0],), more)

    return statistic


def _called(expectation: Expectation, noise: tuple[Any, ...]) -> tuple[Callable[[int], Any], Any]:
    """f along the noise, and the width."""
    from checks.estimators.pathwise import transport_of

    family, transport = expectation.family, transport_of(expectation)

    def f(c: int) -> Any:
        moved = dict(zip(family.noise, (c * b for b in noise), strict=True))
        image = (axis.xreplace(moved) for axis in transport.map)
        return expectation.integrand.xreplace(dict(zip(family.samples, image, strict=True)))

    return f, transport.map[0].diff(family.noise[0])


def by_calls(value: Value, signs: bool = False) -> Callable[[Any, int, Generator], Tensor]:
    """The code of ``value``: f is called, and nothing is differentiated."""

    def estimate(problem: Problem, n: int, generator: Generator) -> Tensor:
        import torch

        if signs:
            half = torch.full((n, problem.dimension), 0.5, dtype=torch.float64)
            noise = 2 * torch.bernoulli(half, generator=generator) - 1
            noise = noise[:, 0] if problem.dimension == 1 else noise
        else:
            noise = problem.draw_noise(n, generator)

        def f(c: int) -> Tensor:
            return problem.f(problem.transport(c * noise)).detach()

        columns = (noise,) if noise.dim() == 1 else noise.unbind(-1)
        s = _width(problem)
        return torch.stack([value(f, columns[i], s) for i in _coordinates(problem.wrt)], dim=-1)

    return estimate


def _coordinates(names: Iterable[str]) -> list[int]:
    """The index of each mean that is asked for: ``mu[1]`` or ``t[1]`` is 1, ``mu`` or ``t`` is 0."""
    return [int(name.partition("[")[2].rstrip("]") or 0) for name in names]


def _width(problem: Problem) -> float:
    """The width of the noise, read off the transport."""
    import torch

    shape = (1,) if problem.dimension == 1 else (1, problem.dimension)
    one = torch.ones(shape, dtype=torch.float64)
    moved = (problem.transport(one) - problem.transport(0 * one)).detach()
    return float(moved.reshape(-1)[0])


def refuses(expectation: Expectation) -> str | None:
    """Anything but a normal law of one width that is differentiated by its mean alone."""
    family = expectation.family
    if family.name not in ("normal", "multivariate_normal"):
        return "it perturbs a point by normal noise: the law has to be normal"
    means = [s for s in family.symbols if s.name.startswith("mu")]
    if not set(expectation.wrt) <= set(means):
        return f"it is the derivative by the point alone: add --wrt {','.join(map(str, means))}"
    if expectation.integrand.free_symbols & set(expectation.wrt):
        return "it only calls f, and sees nothing of a parameter inside it"
    from checks.estimators.pathwise import transport_of

    point, paths = expectation.point, transport_of(expectation).map
    widths = [axis.diff(b).xreplace(point) for axis in paths for b in family.noise]
    if len(means) > 1 and (widths[1:3] != [0, 0] or widths[0] != widths[3]):
        return "the noise has to be of one width in every direction: L = s I"
    return None
