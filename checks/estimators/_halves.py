"""Samplers of both halves of the splits in ``derive.splits``, written down once more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from checks.estimators._weak import Drawer, Halves, Values
    from checks.problem import Problem

    Found = tuple[float, torch.Tensor, torch.Tensor]


def _lognormal(name: str) -> Halves:
    """The exponential of what a normal variable does."""

    def halves(at: Values, draw: Drawer, problem: Problem, coupled: bool) -> Found:
        from checks.estimators._weak import HALVES

        constant, plus, minus = HALVES["normal", name](at, draw, problem, coupled)
        return constant, plus.exp(), minus.exp()

    return halves


def _half_normal(at: Values, draw: Drawer, _: Problem, coupled: bool) -> Found:
    """A Maxwell variable against a half-normal one, which is a uniform part of it."""
    sigma = at["sigma"]
    maxwell = (2.0 * draw.gamma(1.5)).sqrt()
    half = maxwell * draw.uniform() if coupled else draw.normal().abs()
    return 1.0 / sigma, sigma * maxwell, sigma * half


def _laplace_location(at: Values, draw: Drawer, _: Problem, coupled: bool) -> Found:
    """Exponential distances to either side."""
    mu, b = at["mu"], at["b"]
    up = draw.exponential()
    down = up if coupled else draw.exponential()
    return 1.0 / (2.0 * b), mu + b * up, mu - b * down


def _laplace_scale(at: Values, draw: Drawer, _: Problem, coupled: bool) -> Found:
    """Two exponential distances against one, to the same side or each to its own."""
    mu, b = at["mu"], at["b"]
    side, first = draw.sign(), draw.exponential()
    more = (first if coupled else draw.exponential()) + draw.exponential()
    other = side if coupled else draw.sign()
    return 1.0 / b, mu + b * side * more, mu + b * other * first


def _pareto(at: Values, draw: Drawer, _: Problem, coupled: bool) -> Found:
    """Of the logarithm, one exponential variable against two."""
    scale, alpha = at["scale"], at["alpha"]
    first = draw.exponential()
    more = (first if coupled else draw.exponential()) + draw.exponential()
    return 1.0 / alpha, scale * (first / alpha).exp(), scale * (more / alpha).exp()


def _binomial(at: Values, draw: Drawer, _: Problem, coupled: bool) -> Found:
    """A trial that succeeds against one that fails, beside the other trials."""
    from checks.samplers import SAMPLERS

    n, p = at["n"], at["p"]

    def others() -> torch.Tensor:
        return SAMPLERS["binomial"]((n - 1.0, p), (draw.n,), draw.generator)

    first = others()
    return n, first + 1.0, first if coupled else others()


def _geometric(at: Values, draw: Drawer, problem: Problem, coupled: bool) -> Found:
    """The failures before one success, against one more than those before two."""

    from checks.samplers import SAMPLERS

    first = problem.sample(draw.n, draw.generator)
    if coupled:
        more = first + problem.sample(draw.n, draw.generator)
    else:
        more = SAMPLERS["negative_binomial"]((2.0, 1.0 - at["p"]), (draw.n,), draw.generator)
    return 1.0 / at["p"], first, more + 1.0


def towards(k: int) -> Halves:
    """Outcome k against one of the others, by log-probabilities."""

    def halves(at: Values, draw: Drawer, _: Problem, coupled: bool) -> Found:
        masses = [math.exp(at[f"logits[{j}]"]) for j in range(sum(n.startswith("logits[") for n in at))]
        rest = [j for j in range(len(masses)) if j != k]
        left = sum(masses) - masses[k]
        constant = masses[k] * left / sum(masses) ** 2
        if len(rest) == 2:
            other = rest[0] + (rest[1] - rest[0]) * draw.coin(masses[rest[1]] / left)
            return constant, draw.number(float(k)), other
        index = draw.choice([masses[j] for j in rest])
        return constant, draw.number(float(k)), index + (index >= k)

    return halves


USUAL = 3  # outcomes of a choice

FURTHER: dict[tuple[str, str], Halves] = {
    ("lognormal", "mu"): _lognormal("mu"),
    ("lognormal", "sigma"): _lognormal("sigma"),
    ("half_normal", "sigma"): _half_normal,
    ("laplace", "mu"): _laplace_location,
    ("laplace", "b"): _laplace_scale,
    ("pareto", "alpha"): _pareto,
    ("binomial", "p"): _binomial,
    ("geometric", "p"): _geometric,
    **{("categorical_logits", f"logits[{k}]"): towards(k) for k in range(USUAL)},
}
