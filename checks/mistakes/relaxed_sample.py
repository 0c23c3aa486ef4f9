"""A relaxed coin in place of the hard one: the binary Concrete sample at temperature 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import along_path, why_not_bernoulli

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total derivative of ``g_theta(sigmoid(log p(1) - log p(0) + b))``, ``b`` standard logistic."""
    from sympy import Symbol, exp

    from derive.terms import Law

    (a,), b = expectation.family.samples, Symbol("b", real=True)
    log_p = expectation.family.log_density
    soft = 1 / (1 + exp(log_p.subs(a, 0) - log_p.subs(a, 1)) * exp(-b))
    values = tuple(along_path(expectation, theta, soft) for theta in expectation.wrt)
    return Statistic(values, Law("logistic", 0, 1), (b,))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``RelaxedBernoulli(1, p).rsample()`` in place of the sample."""
    import torch

    from checks.draws import uniforms

    theta = problem.leaves(n)
    one, zero = (problem.log_density(torch.full((n,), k, dtype=torch.float64), theta) for k in (1.0, 0.0))
    a = torch.sigmoid(one - zero + torch.logit(uniforms((n,), generator)))
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but a single coin."""
    return why_not_bernoulli(expectation)


MISTAKE = Mistake(
    name="relaxed_sample",
    of="score_function",
    says="of another law: the sample is a binary Concrete one, at temperature 1, and no coin",
    source="Maddison, Mnih, Teh 2017; Jang, Gu, Poole 2017: biased at every temperature above zero",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
