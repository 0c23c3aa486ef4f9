"""Exponential noise for Gumbel noise: ``-log(u)`` where ``-log(-log(u))`` belongs."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from checks.estimators._relaxed import class_logits, log_probabilities
from checks.mistake import Mistake
from checks.mistakes._sampled import chosen, scored, why_no_choice

if TYPE_CHECKING:
    import torch
    from sympy import Expr

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """At choices of probabilities ``int_m exp(-x) prod_j (1 - exp(-(x + phi_k - phi_j))) dx``, expanded.

    ``m = max(0, phi_j - phi_k)``: below it another outcome is certain to be larger.
    """
    from sympy import Add, Max, S, exp

    phi = log_probabilities(expectation)

    def chance(k: int) -> Expr:
        ahead = [other - phi[k] for j, other in enumerate(phi) if j != k]
        least = Max(S.Zero, *ahead)
        sets = (s for size in range(len(phi)) for s in combinations(ahead, size))
        return Add(*((-1) ** len(s) * exp(Add(*s) - (1 + len(s)) * least) / (1 + len(s)) for s in sets))

    return chosen(expectation, tuple(chance(k) for k in range(len(phi))))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``argmax(log pi - log(u))``."""
    import torch

    from checks.draws import exponentials

    theta = problem.leaves(n)
    logits = class_logits(problem, n, theta)
    noise = exponentials((n, logits.shape[-1]), generator)
    return scored(problem, theta, (logits + noise).argmax(dim=-1).to(torch.float64))


MISTAKE = Mistake(
    name="one_log_missing",
    of="gumbel_max",
    says="at samples of another law: the noise was -log(u), and Gumbel noise is -log(-log(u))",
    source="Maddison, Tarlow, Minka 2014, section 2",
    statistic=statistic,
    estimate=estimate,
    refuses=why_no_choice,
)
