"""Gumbel noise with the wrong sign, ``argmax(log pi - G)``: wrong for more than two outcomes."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from checks.estimators._relaxed import class_logits, log_probabilities
from checks.mistake import Mistake
from checks.mistakes._sampled import chosen, scored, why_no_choice

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """At choices of chances ``sum_S (-1)**|S| r_k/(r_k + sum_S r_j)``, S sets of others, ``r = 1/pi``."""
    from sympy import Add, Expr, exp

    r = [exp(-phi) for phi in log_probabilities(expectation)]

    def chance(k: int) -> Expr:
        others = [x for j, x in enumerate(r) if j != k]
        sets = (s for size in range(len(r)) for s in combinations(others, size))
        return Add(*((-1) ** len(s) * r[k] / (r[k] + Add(*s)) for s in sets))

    return chosen(expectation, tuple(chance(k) for k in range(len(r))))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``argmax(log pi - G)``, as ``log(-log(u))`` without its outer sign makes it."""
    import torch

    from checks.draws import exponentials

    theta = problem.leaves(n)
    logits = class_logits(problem, n, theta)
    wrong = torch.log(exponentials((n, logits.shape[-1]), generator))
    return scored(problem, theta, (logits + wrong).argmax(dim=-1).to(torch.float64))


MISTAKE = Mistake(
    name="gumbel_sign",
    of="gumbel_max",
    says="at samples of another law: the noise was log(-log(u)), and Gumbel noise is -log(-log(u))",
    source="Maddison, Tarlow, Minka 2014, section 2; for two outcomes the sign does not matter",
    statistic=statistic,
    estimate=estimate,
    refuses=why_no_choice,
)
