"""What measure-valued estimators and their wrong twins share: both halves drawn, coupled or apart.

``derive.weak`` states the same splits in SymPy; here they are written down once more, as samplers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.estimator import Draw, Statistic
from checks.estimators import score_function
from checks.estimators._halves import FURTHER, towards
from derive.sizes import MOST, USUAL

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation
    from derive.weak import Draws, Split

Values = Mapping[str, float]


@dataclass(frozen=True)
class Drawer:
    """Standard draws ``[n]`` from a generator."""

    n: int
    generator: torch.Generator

    def exponential(self) -> torch.Tensor:
        from checks.draws import exponentials

        return exponentials((self.n,), self.generator)

    def normal(self) -> torch.Tensor:
        from checks.draws import normals

        return normals((self.n,), self.generator)

    def uniform(self) -> torch.Tensor:
        from checks.draws import uniforms

        return uniforms((self.n,), self.generator)

    def sign(self) -> torch.Tensor:
        from checks.draws import signs

        return signs((self.n,), self.generator)

    def coin(self, p: float) -> torch.Tensor:
        import torch

        return torch.bernoulli(torch.full((self.n,), p, dtype=torch.float64), generator=self.generator)

    def choice(self, masses: Sequence[float]) -> torch.Tensor:
        """0, 1, ... with probabilities proportional to the masses; 0 where there is one only."""
        import torch

        from checks.draws import choices

        if len(masses) == 1:
            return self.number(0.0)
        return choices(torch.tensor(masses, dtype=torch.float64), (self.n,), self.generator)

    def gamma(self, shape: float) -> torch.Tensor:
        import torch

        return torch._standard_gamma(
            torch.full((self.n,), shape, dtype=torch.float64), generator=self.generator
        )

    def number(self, value: float) -> torch.Tensor:
        import torch

        return torch.full((self.n,), value, dtype=torch.float64)


# The constant, and both samples; the last argument says whether they are coupled.
Halves = Callable[[Values, Drawer, "Problem", bool], tuple[float, "torch.Tensor", "torch.Tensor"]]


def _location(
    at: Values, draw: Drawer, _: Problem, coupled: bool
) -> tuple[float, torch.Tensor, torch.Tensor]:
    """Rayleigh distances to either side of the mean."""
    mu, sigma = at["mu"], at["sigma"]
    up = (2.0 * draw.exponential()).sqrt()
    down = up if coupled else (2.0 * draw.exponential()).sqrt()
    return 1.0 / (sigma * math.sqrt(2.0 * math.pi)), mu + sigma * up, mu - sigma * down


def _scale(at: Values, draw: Drawer, _: Problem, coupled: bool) -> tuple[float, torch.Tensor, torch.Tensor]:
    """A double-sided Maxwell variable against a normal one, which is a uniform part of it."""
    mu, sigma = at["mu"], at["sigma"]
    maxwell = draw.sign() * (2.0 * draw.gamma(1.5)).sqrt()
    normal = maxwell * draw.uniform() if coupled else draw.normal()
    return 1.0 / sigma, mu + sigma * maxwell, mu + sigma * normal


def _rate(at: Values, draw: Drawer, _: Problem, coupled: bool) -> tuple[float, torch.Tensor, torch.Tensor]:
    """A gamma variable against one with an exponential variable more."""
    shape, rate = at.get("shape"), at["rate"]

    def own() -> torch.Tensor:
        return draw.exponential() if shape is None else draw.gamma(shape)

    first = own()
    second = (first if coupled else own()) + draw.exponential()
    return (1.0 if shape is None else shape) / rate, first / rate, second / rate


def _weibull(at: Values, draw: Drawer, _: Problem, coupled: bool) -> tuple[float, torch.Tensor, torch.Tensor]:
    """The same under the power that makes a Weibull variable exponential."""
    scale, shape = at["scale"], at["shape"]
    first = draw.exponential()
    more = (first if coupled else draw.exponential()) + draw.exponential()
    return shape / scale, scale * more ** (1.0 / shape), scale * first ** (1.0 / shape)


def _poisson(
    at: Values, draw: Drawer, problem: Problem, coupled: bool
) -> tuple[float, torch.Tensor, torch.Tensor]:
    """One event more against none more."""
    first = problem.sample(draw.n, draw.generator)
    return 1.0, first + 1.0, first if coupled else problem.sample(draw.n, draw.generator)


def _coin(at: Values, draw: Drawer, _: Problem, coupled: bool) -> tuple[float, torch.Tensor, torch.Tensor]:
    """Both outcomes: nothing is drawn."""
    p = at["p"] if "p" in at else 1.0 / (1.0 + math.exp(-at["logits"]))
    return 1.0 if "p" in at else p * (1.0 - p), draw.number(1.0), draw.number(0.0)


def _towards(k: int) -> Halves:
    """Outcome k against one of the others."""

    def halves(
        at: Values, draw: Drawer, _: Problem, coupled: bool
    ) -> tuple[float, torch.Tensor, torch.Tensor]:
        others = [j for j in range(sum(name.startswith("p[") for name in at)) if j != k]
        masses = [at[f"p[{j}]"] for j in others]
        if len(others) == 2:
            (first, second), coin = others, draw.coin(masses[1] / sum(masses))
            return sum(masses), draw.number(float(k)), first + (second - first) * coin
        index = draw.choice(masses)
        return sum(masses), draw.number(float(k)), index + (index >= k)

    return halves


HALVES: dict[tuple[str, str], Halves] = {
    ("normal", "mu"): _location,
    ("normal", "sigma"): _scale,
    ("exponential", "rate"): _rate,
    ("gamma", "rate"): _rate,
    ("weibull", "scale"): _weibull,
    ("poisson", "rate"): _poisson,
    ("bernoulli", "p"): _coin,
    ("bernoulli_logits", "logits"): _coin,
    **{("categorical", f"p[{k}]"): _towards(k) for k in range(USUAL)},
    **FURTHER,
}


# A choice may have more outcomes than its record.
MORE = {("categorical", f"p[{k}]"): _towards(k) for k in range(USUAL, MOST)}
MORE |= {("categorical_logits", f"logits[{k}]"): towards(k) for k in range(USUAL, MOST)}


def estimate(
    problem: Problem,
    n: int,
    generator: torch.Generator,
    coupled: bool,
    weighed: Callable[[float, torch.Tensor, torch.Tensor], torch.Tensor] = lambda c, up, down: (
        c * (up - down)
    ),
) -> torch.Tensor:
    """``[n, p]``: ``c (g(a+) - g(a-))`` for each parameter, and the explicit term at a sample of its own.

    ``weighed(c, g(a+), g(a-))`` is what is made of the two costs.
    """
    import torch

    draw, columns = Drawer(n, generator), []
    with torch.no_grad():
        for name in problem.wrt:
            key = (problem.proof.family, name)
            halves = HALVES.get(key) or MORE.get(key)
            if halves is None:  # a constant of the integrand, of which the law knows nothing
                columns.append(draw.number(0.0))
                continue
            c, plus, minus = halves(problem.point, draw, problem, coupled)
            columns.append(weighed(c, problem.f(plus), problem.f(minus)))
    rows = torch.stack(columns, dim=-1)
    if not problem.explicit:
        return rows
    theta = problem.leaves(n)
    return rows + problem.gradients(problem.f(problem.sample(n, generator), theta), theta)


def statistic(
    expectation: Expectation,
    coupled: bool,
    weighed: Callable[[Expr, Expr, Expr], Expr] = lambda c, up, down: c * (up - down),
    changed: Callable[[Split], Split] = lambda split: split,
) -> Statistic:
    """The same in SymPy; draws of different parameters are told apart by their names."""
    from sympy import S

    from derive.terms import Law
    from derive.weak import split_of

    family, g = expectation.family, expectation.integrand
    draws: list[Draw] = []
    values: list[Expr] = []
    for i, theta in enumerate(expectation.wrt):
        if theta not in family.symbols:
            values.append(_explicit(expectation, theta))
            continue
        split = changed(split_of(family, theta))
        plus, minus, own = _apart(split) if not coupled else (*split.coupled, split.draws)
        names = {v: type(v)(f"{v}{i}", **v.assumptions0) for _, v in own}
        draws += [Draw(law, (names[v],)) for law, v in own]
        (a,) = family.samples
        costs = (g.xreplace({a: path.xreplace(names)}) for path in (plus, minus))
        values.append(weighed(split.constant, *costs) + _explicit(expectation, theta))
    if any(v.has(family.samples[0]) for v in values) or not draws:
        draws.append(Draw(family.law, family.samples))
    first, *rest = draws or [Draw(Law("uniform", 0, 1), (S.One,))]
    return Statistic(tuple(values), first.law, first.variables, tuple(rest))


def _apart(split: Split) -> tuple[Expr, Expr, Draws]:
    """Both samples with draws of their own."""
    return split.plus.sample(), split.minus.sample(), (*split.plus.draws(), *split.minus.draws())


def _explicit(expectation: Expectation, theta: Symbol) -> Expr:
    from checks.calculus import slope

    return slope(expectation.integrand, theta)


def refuses(expectation: Expectation) -> str | None:
    """A parameter of which no split is known, and ends that move."""
    from derive.errors import NotApplicable
    from derive.weak import split_of

    moving = score_function.refuses(expectation)
    if moving is not None:
        return moving
    try:
        for theta in expectation.wrt:
            if theta in expectation.family.symbols:
                split_of(expectation.family, theta)
    except NotApplicable as error:
        return error.message
    return None
