"""What smoothed perturbation analysis and its wrong twin share: where a sample steps to, and how often.

A sample ``a = F^-1(u)`` of whole numbers stays where it is under a small change of theta, unless ``u`` lies
between the old and the new end of its step: it then moves to a neighbour. As theta grows, that happens at a
rate: the weight. The weights are written down once for SymPy and once for Torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.estimators._relaxed import CHOICES

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation

COINS = ("bernoulli", "bernoulli_logits", "bernoulli_product")
# Laws of one number, by the parameter in which the step is known, and its direction.
COUNTS = {"binomial": ("p", 1), "poisson": ("rate", 1), "geometric": ("p", -1), "negative_binomial": ("p", 1)}
# What is made of a weight and of the difference of both costs.
Weighed = Callable[["Expr", "Expr"], "Expr"]
WeighedTensors = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]


def refuses(expectation: Expectation) -> str | None:
    """Laws that do not step, and parameters whose steps have no weight in closed form."""
    family = expectation.family
    if not family.lattice:
        return f"{family.name} is continuous: its samples move and do not step, which pathwise follows"
    if family.name in (*COINS, *CHOICES):
        return None
    if family.name not in COUNTS:
        return f"the steps of {family.name} are not known in closed form"
    known = COUNTS[family.name][0]
    other = [s.name for s in expectation.wrt if s in family.symbols and s.name != known]
    return f"the steps of {family.name} are known by {known}, not by {' and '.join(other)}" if other else None


def statistic(expectation: Expectation, weighed: Weighed) -> Statistic:
    """``sum of weighed(weight, g(neighbour) - g(a))`` and the explicit term, at a sample ``a``."""
    from checks.calculus import slope
    from checks.estimator import Statistic

    family, g = expectation.family, expectation.integrand
    steps = _of_counts if family.name in COUNTS else _of_coins if family.name in COINS else _of_choices
    values = tuple(
        (steps(expectation, theta, weighed) if theta in family.symbols else 0) + slope(g, theta)
        for theta in expectation.wrt
    )
    return Statistic(values, family.law, family.samples)


def _of_counts(expectation: Expectation, theta: Symbol, weighed: Weighed) -> Expr:
    from sympy import Eq, Piecewise, S

    family, g, (a,) = expectation.family, expectation.integrand, expectation.family.samples
    p, step = theta, COUNTS[family.name][1]
    r = family.symbols[0]
    weight = {
        "binomial": (r - a) / (1 - p),
        "poisson": S.One,
        "geometric": a / (p * (1 - p)),
        "negative_binomial": (r + a) / (1 - p),
    }[family.name]
    moved, end = g.xreplace({a: a + step}), S.Zero if step < 0 else family.support[0].upper
    # No step leads beyond the end, where the weight is 0 and the integrand may have no value.
    if end.is_infinite:
        return weighed(weight, moved - g)
    beyond = g.xreplace({a: end + step}).xreplace(expectation.point)
    steps = weighed(weight, moved - g)
    at_end = steps.xreplace({a: end}) if beyond.is_finite else S.NaN
    return steps if at_end == 0 else Piecewise((S.Zero, Eq(a, end)), (steps, True))


def _of_coins(expectation: Expectation, theta: Symbol, weighed: Weighed) -> Expr:
    """A coin that shows 0 steps to 1, at the rate ``1/(1 - p)`` by its probability, ``p`` by its log-odds."""
    from sympy import S, exp

    family, g = expectation.family, expectation.integrand
    i = family.symbols.index(theta)
    a = family.samples[i]
    weight = 1 / (1 + exp(-theta)) if family.name == "bernoulli_logits" else 1 / (1 - theta)
    zero, one = g.xreplace({a: S.Zero}), g.xreplace({a: S.One})
    return (1 - a) * weighed(weight, one - zero)


def _of_choices(expectation: Expectation, theta: Symbol, weighed: Weighed) -> Expr:
    """As outcome k grows, those below it step up and those above it step down, each to its neighbour."""
    from sympy import Add, Eq, Piecewise, S, exp

    family, g, (a,) = expectation.family, expectation.integrand, expectation.family.samples
    logits = family.name == "categorical_logits"
    masses = [exp(s) if logits else s for s in family.symbols]
    k, total = family.symbols.index(theta), Add(*masses)
    rate = masses[k] / total if logits else 1 / total
    costs = [g.xreplace({a: S(j)}) for j in range(len(masses))]
    values = []
    for j, mass in enumerate(masses):
        beyond = Add(*(masses[: j + 1] if j < k else masses[j:]))  # of u beyond the end that moves
        step = (k > j) - (k < j)
        values.append(weighed(rate * beyond / mass, costs[j + step] - costs[j]) if step else S.Zero)
    *first, last = values
    return Piecewise(*((value, Eq(a, j)) for j, value in enumerate(first)), (last, True))


# The same in Torch ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Step:
    """To which sample each row steps by one parameter, and its weight ``[n]``, 0 where it stays."""

    weight: torch.Tensor
    neighbour: torch.Tensor


def estimate(problem: Problem, n: int, generator: torch.Generator, weighed: WeighedTensors) -> torch.Tensor:
    """``[n, p]``: ``weighed(weight, g(neighbour) - g(a))``, and the explicit term of ``g(a)``."""
    import torch

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    explicit = problem.f(a, theta)
    rows, cost = problem.gradients(explicit, theta), explicit.detach()
    with torch.no_grad():
        for i, step in enumerate(_steps(problem, a)):
            if step is not None:
                moves = step.weight > 0
                values = weighed(step.weight, problem.f(step.neighbour) - cost)
                rows[:, i] += torch.where(moves, values, torch.zeros_like(values))
    return rows


def _steps(problem: Problem, a: torch.Tensor) -> Iterator[_Step | None]:
    family, at = problem.proof.family, problem.point
    for name in problem.wrt:
        stem, _, index = name.rstrip("]").partition("[")
        if family in COUNTS:
            yield _step_of_count(problem, a) if name == COUNTS[family][0] else None
        elif stem != ("logits" if "logits" in family else "p"):
            yield None  # a constant of the integrand
        elif family in CHOICES:
            yield _step_of_choice(problem, a, int(index))
        else:
            yield _step_of_coin(a, int(index or 0), at[name], "logits" in family)


def _step_of_count(problem: Problem, a: torch.Tensor) -> _Step:
    import torch

    at, family = problem.point, problem.proof.family
    if family == "poisson":
        weight = torch.ones_like(a)
    elif family == "binomial":
        weight = (at["n"] - a) / (1.0 - at["p"])
    elif family == "negative_binomial":
        weight = (at["r"] + a) / (1.0 - at["p"])
    else:
        weight = a / (at["p"] * (1.0 - at["p"]))
    return _Step(weight, torch.where(weight > 0, a + COUNTS[family][1], a))


def _step_of_coin(a: torch.Tensor, i: int, value: float, logits: bool) -> _Step:
    import torch

    rate = torch.sigmoid(torch.tensor(value, dtype=torch.float64)) if logits else 1.0 / (1.0 - value)
    coin = a if a.dim() == 1 else a[:, i]
    neighbour = torch.ones_like(a) if a.dim() == 1 else a.clone()
    if a.dim() > 1:
        neighbour[:, i] = 1.0
    return _Step((1.0 - coin) * rate, neighbour)


def _step_of_choice(problem: Problem, a: torch.Tensor, k: int) -> _Step:
    import torch

    outcomes = torch.arange(int(problem.support[0][1]) + 1, dtype=torch.float64)
    p = torch.exp(problem.log_density(outcomes))
    up_to = p.cumsum(0)
    rate = p[k] if problem.proof.family == "categorical_logits" else torch.ones((), dtype=torch.float64)
    j = a.long()
    beyond = torch.where(j < k, up_to[j], 1.0 - up_to[j] + p[j])
    step = torch.sign(k - a)
    return _Step(rate * beyond / p[j] * step.abs(), a + step)
