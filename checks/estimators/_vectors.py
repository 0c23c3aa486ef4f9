"""ARM and DisARM for independent coins, each thrown with its twin by one uniform number of its own.

A uniform number below ``x = min(p, 1 - p)`` or above ``1 - x`` throws twins that differ, and any other both
alike. It is drawn in that order, here and in Torch: whether the twins differ, which of them shows 1, and
where in its interval the number lies. So finite draws are finite, and the rest is smooth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.estimator import Draw, Statistic
from checks.estimators._relaxed import coin_logits, log_odds

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation

# Each coin takes two finite draws: 4**6 are the values that are enumerated.
MOST = 6


@dataclass(frozen=True, slots=True)
class Twins:
    """A coin and its twin, ``u - 1/2`` of what threw them, and the larger of ``p`` and ``1 - p``."""

    one: Expr
    other: Expr
    place: Expr
    larger: Expr
    draws: tuple[Draw, ...]


def is_vector(expectation: Expectation) -> bool:
    """Whether the law is that of several independent coins."""
    return expectation.family.name == "bernoulli_product"


def why_not(expectation: Expectation) -> str | None:
    """More coins than are enumerated."""
    d = expectation.family.dimension
    if d <= MOST:
        return None
    return f"the twins of {d} coins take {4**d} values; up to {MOST} coins are enumerated"


def twins(expectation: Expectation) -> tuple[Twins, ...]:
    """The twins of each coin at the point."""
    from sympy import exp

    logits = (phi.xreplace(expectation.point) for phi in log_odds(expectation))
    return tuple(_twins(i, 1 / (1 + exp(-phi))) for i, phi in enumerate(logits))


def _twins(i: int, p: Expr) -> Twins:
    from sympy import Max, Min, Rational, S, Symbol

    from derive.terms import Law

    half, x = Rational(1, 2), Min(p, 1 - p)
    differ, side, v = (Symbol(f"{name}[{i}]", real=True) for name in ("differ", "side", "v"))
    alike = S.One if p > half else S.Zero
    draws: tuple[Draw, ...] = (Draw(Law("bernoulli", half), (side,)), Draw(Law("uniform", 0, 1), (v,)))
    if p == half:  # then they always differ
        differ = S.One
    else:
        draws = (Draw(Law("bernoulli", 2 * x), (differ,)), *draws)
    inner, outer = x + (1 - 2 * x) * v - half, (2 * side - 1) * (half - x * v)
    return Twins(
        one=differ * side + (1 - differ) * alike,
        other=differ * (1 - side) + (1 - differ) * alike,
        place=differ * outer + (1 - differ) * inner,
        larger=Max(p, 1 - p),
        draws=draws,
    )


def statistic(expectation: Expectation, weight: Callable[[Twins], Expr]) -> Statistic:
    """``sum_i (g(b) - g(b')) weight_i d phi_i/d theta`` and the mean of ``d g/d theta`` over the twins."""
    from sympy import Add

    from checks.calculus import slope

    pairs, logits = twins(expectation), log_odds(expectation)
    one, other = (tuple(getattr(t, name) for t in pairs) for name in ("one", "other"))
    g = expectation.integrand
    difference = _at(expectation, g, one) - _at(expectation, g, other)

    def value(theta: Symbol) -> Expr:
        weights = Add(*(weight(t) * phi.diff(theta) for t, phi in zip(pairs, logits, strict=True)))
        slopes = (_at(expectation, slope(g, theta), coins) for coins in (one, other))
        return difference * weights + Add(*slopes) / 2

    values = tuple(map(value, expectation.wrt))
    first, *rest = (draw for t in pairs for draw in t.draws)
    # Enumerated, and a polynomial in what is left: expanding products of twelve draws takes seconds.
    return Statistic(values, first.law, first.variables, tuple(rest), closed=False)


def _at(expectation: Expectation, body: Expr, coins: tuple[Expr, ...]) -> Expr:
    """``body`` at coins, affine in each of them as every function of coins is."""
    from itertools import product

    from sympy import Add, Mul, S

    if not body.free_symbols & set(expectation.family.samples):
        return body
    terms = []
    for outcome in product((0, 1), repeat=len(coins)):
        chosen = (c if shows else 1 - c for c, shows in zip(coins, outcome, strict=True))
        place = dict(zip(expectation.family.samples, map(S, outcome), strict=True))
        terms.append(body.xreplace(place) * Mul(*chosen))
    return Add(*terms)


@dataclass(frozen=True)
class Thrown:
    """The same in Torch, ``[n, d]`` each, without a graph."""

    one: torch.Tensor
    other: torch.Tensor
    place: torch.Tensor | None
    larger: torch.Tensor


def throw(logits: torch.Tensor, generator: torch.Generator, placed: bool) -> Thrown:
    """Both twins of every coin; ``placed`` where the uniform numbers themselves are asked for."""
    import torch

    from checks.draws import uniforms

    with torch.no_grad():
        p = torch.sigmoid(logits)
        x = torch.minimum(p, 1.0 - p)
        differ = torch.bernoulli(2.0 * x, generator=generator)
        side = torch.bernoulli(torch.full_like(x, 0.5), generator=generator)
        alike = (p > 0.5).to(p)
        one = torch.where(differ > 0, side, alike)
        other = torch.where(differ > 0, 1.0 - side, alike)
        if not placed:
            return Thrown(one, other, None, 1.0 - x)
        v = uniforms(tuple(x.shape), generator)
        inner, outer = x + (1.0 - 2.0 * x) * v - 0.5, (2.0 * side - 1.0) * (0.5 - x * v)
        return Thrown(one, other, torch.where(differ > 0, outer, inner), 1.0 - x)


def by_place(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``[n, p]`` of ARM: each coin's ``u - 1/2`` is the weight."""

    def weight(thrown: Thrown) -> torch.Tensor:
        assert thrown.place is not None
        return thrown.place

    return _estimate(problem, n, generator, weight, placed=True)


def by_twins(
    problem: Problem, n: int, generator: torch.Generator, weight: Callable[[Thrown], torch.Tensor]
) -> torch.Tensor:
    """``[n, p]`` of DisARM and its twin: weights of the coins alone."""
    return _estimate(problem, n, generator, weight, placed=False)


def _estimate(
    problem: Problem,
    n: int,
    generator: torch.Generator,
    weight: Callable[[Thrown], torch.Tensor],
    placed: bool,
) -> torch.Tensor:
    """``(g(b) - g(b')) weight`` by the log-odds, carried on to theta, and the explicit term."""
    theta = problem.leaves(n)
    logits = coin_logits(problem, n, theta)
    thrown = throw(logits, generator, placed)
    one, other = problem.f(thrown.one, theta), problem.f(thrown.other, theta)
    slopes = (one - other).detach().unsqueeze(-1) * weight(thrown)
    return problem.gradients((slopes * logits).sum(-1) + (one + other) / 2, theta)
