"""The gradient under a distribution that is no known family, by numerical integration of its ``log_prob``.

``int (g d/dtheta log p + d/dtheta g) p`` over the support, adaptively in float64, with an error estimate: no
proof, and the report says so. Held against it: that the density integrates to one at the point and near it,
and that ``rsample``, where there is one, follows ``log_prob`` and has the gradients that it should have.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from checks.evidence.arrays import Array
from checks.evidence.exact import NoExactEvidence, examine
from checks.evidence.integrating import integrate
from checks.evidence.overlooking import GROUP, GROUPS, overlooks
from checks.problem import Parameters, Problem
from checks.user.batching import unvalidated
from checks.user.describing import BadDescription
from checks.user.distributions import Numeric, called
from checks.user.parameters import Leaves
from derive.proof import Proof, RouteProof

# Quadrature's error estimates are upper bounds; a difference is one from ten times the error on, and from
# the accuracy to which Torch's special functions agree with one another.
SLACK, SAME = 10.0, 1e-7


class DistributionProblem(Problem):
    """A problem whose law is a ``torch.distributions`` object."""

    def __init__(self, proof: Proof, law: Numeric) -> None:
        super().__init__(proof)
        self.numeric = law

    def log_density(self, a: Tensor, theta: Parameters | None = None) -> Tensor:
        """``log_prob(a)``, one value per sample."""
        leaves = Leaves.at(self.point) if theta is None else Leaves(theta, self.point)
        return called(self.numeric.make, leaves).log_prob(a)

    def sample(self, n: int, generator: Generator, copies: int | None = None) -> Tensor:
        """``n`` samples, by torch's own generator: the distribution takes no other."""
        shape = (n,) if copies is None else (n, copies)
        with torch.no_grad():
            found: Tensor = called(self.numeric.make, Leaves.at(self.point)).sample(shape)
            return found


def problem_of(
    law: Numeric,
    integrand: str,
    wrt: Sequence[str] | None,
    constants: Mapping[str, str],
    data: Mapping[str, Sequence[str]],
) -> DistributionProblem:
    """The problem with its numerical gradient; raises ``BadDescription`` where the law is not one."""
    tree = _tree(integrand, [name for name, _ in law.point], constants, data)
    at = {name: str(value) for name, value in law.point} | dict(constants)
    names = tuple(wrt) if wrt is not None else tuple(name for name, _ in law.point)
    blank = Proof(
        family=law.name,
        integrand=integrand,
        at=at,
        wrt=names,
        gradient=dict.fromkeys(names),
        exact=dict.fromkeys(names, math.nan),
        radius=dict.fromkeys(names, math.nan),
        requires=(),
        routes={},
        statistics={},
        # The samples are called a; what the density is, the distribution knows.
        trees={"integrand": tree, "log_density": ["sym", "a"], "transport": None, "noise": None, "law": None},
    )
    problem = DistributionProblem(blank, law)
    exact, error = _gradient(problem)
    said = _agreement(problem)
    route = RouteProof("score_function", "evidence", assumptions=("the score may be integrated numerically",))
    return DistributionProblem(
        replace(
            blank,
            exact=dict(zip(names, exact.tolist())),
            radius=dict(zip(names, error.tolist())),
            routes={"score_function": route},
            requires=said,
        ),
        law,
    )


def _tree(
    integrand: str, parameters: Sequence[str], constants: Mapping[str, str], data: Mapping[str, Sequence[str]]
) -> Any:
    from sympy import Symbol

    from derive.batches import over_rows
    from derive.grammar import parse_integrand
    from derive.plain import to_plain

    symbols = {name: Symbol(name, real=True) for name in ("a", *parameters, *constants)}
    text = over_rows(integrand, symbols, data) if data else integrand
    return to_plain(parse_integrand(text, symbols))


def _gradient(problem: DistributionProblem) -> tuple[Array, Array]:
    """The gradient ``[p]`` and its error; raises ``BadDescription`` for what is no density."""
    p = len(problem.wrt)
    found = _integrals(problem, lambda a, theta: problem.f(a, theta.entries))
    total, mean, error = found.mean[0], found.mean, SLACK * found.mean_error + 1e-12
    name = problem.numeric.name
    if abs(total - 1.0) > max(error[0], SAME):
        raise BadDescription(
            f"log_prob of {name} integrates to {total:.9g} over its support, not to 1",
            "normalise it, or give `support` where it is not the support of the distribution",
        )
    for i, parameter in enumerate(problem.wrt):
        if abs(mean[1 + i]) > max(error[1 + i], SAME):
            raise BadDescription(
                f"the integral of log_prob of {name} changes by {mean[1 + i]:.6g} per unit of {parameter}",
                "its normalising constant must be a function of the parameter, and its support must not move",
            )
    if not (error[1 + p :] <= 1e-6 * np.maximum(np.abs(mean[1 + p :]), 1.0)).all():
        raise BadDescription(
            f"the gradient under {name} could not be integrated: error {error[1 + p :].max():.1e}",
            "the integrand may grow too fast for this law",
        )
    return mean[1 + p :], error[1 + p :]


def _integrals(problem: DistributionProblem, cost: Callable[[Tensor, Leaves], Tensor]) -> Any:
    """``int (1, score, cost score + d/dtheta cost) p``."""
    low, high, centre, scale = _support(problem)

    def values(a: Tensor) -> Tensor:
        theta = Leaves.at(problem.point, (len(a),))
        log_p = called(problem.numeric.make, theta).log_prob(a)
        g = cost(a, theta)
        score = _rows(problem, log_p, theta)
        explicit = _rows(problem, g, theta)
        moved = g.detach()[:, None] * score + explicit
        return torch.cat([torch.ones(len(a), 1, dtype=torch.float64), score, moved], dim=1)

    def log_density(a: Tensor) -> Tensor:
        return problem.log_density(a).detach()

    with unvalidated():
        return integrate(log_density, values, low, high, centre=centre, scale=scale)


def _rows(problem: Problem, per_sample: Tensor, theta: Leaves) -> Tensor:
    if not per_sample.requires_grad:
        return torch.zeros(len(per_sample), len(problem.wrt), dtype=torch.float64)
    by_name = theta.gradient(per_sample.sum())
    return torch.stack([by_name[name] for name in problem.wrt], dim=-1)


def _support(problem: DistributionProblem) -> tuple[float, float, float, float]:
    """The ends of the support, and roughly where the mass is."""
    law = called(problem.numeric.make, Leaves.at(problem.point))
    if law.event_shape or law.batch_shape:
        raise BadDescription(
            f"{problem.numeric.name} has batch shape {list(law.batch_shape)} and event shape "
            f"{list(law.event_shape)}; numerically, one number per sample is integrated",
            "use a known family, such as MultivariateNormal in the plane, or describe the law",
        )
    support: Any = law.support
    if support.is_discrete:
        raise BadDescription(
            f"{problem.numeric.name} is discrete and no known family",
            "describe it: log_density=, support=, lattice=True",
        )
    low, high = (_number(support, names) for names in (("lower_bound",), ("upper_bound",)))
    centre, scale = _moment(law, "mean", 0.0), _moment(law, "stddev", 1.0)
    return low if low is not None else -math.inf, high if high is not None else math.inf, centre, scale


def _number(support: Any, names: tuple[str, ...]) -> float | None:
    inner = getattr(support, "base_constraint", support)
    value = next((getattr(inner, n) for n in names if hasattr(inner, n)), None)
    return None if value is None else float(torch.as_tensor(value).detach())


def _moment(law: Any, name: str, default: float) -> float:
    try:
        value = float(getattr(law, name).detach())
    except (NotImplementedError, AttributeError, ValueError, RuntimeError):
        return default
    return value if math.isfinite(value) and (name == "mean" or value > 0) else default


def _agreement(problem: DistributionProblem) -> tuple[str, ...]:
    """Hold ``rsample`` against ``log_prob`` on a bounded smooth function; what was found, in words."""
    law = called(problem.numeric.make, Leaves.at(problem.point))
    if not law.has_rsample:
        return ("it has no rsample to hold against log_prob",)
    _, _, centre, scale = _support(problem)

    def bounded(a: Tensor) -> Tensor:
        return torch.tanh((a - centre) / scale + 0.3)

    wanted = _integrals(problem, lambda a, _: bounded(a))
    p = len(problem.wrt)

    def run(n: int, _: Generator) -> Tensor:
        theta = Leaves.at(problem.point, (n,))
        return _rows(problem, bounded(called(problem.numeric.make, theta).rsample()), theta)

    try:
        with unvalidated():
            found = examine(run, p).moments
        off = np.abs(found.mean - wanted.mean[1 + p :])
        wrong = off > np.maximum(SLACK * (found.mean_error + wanted.mean_error[1 + p :]), SAME)
        means = found.mean
    except NoExactEvidence:
        draws = run(GROUPS * GROUP, torch.Generator()).numpy()
        means = draws.mean(0)
        wrong = np.array(
            [overlooks(draws[:, i : i + 1], wanted.mean[1 + p + i : 2 + p + i]) for i in range(p)]
        )
    if wrong.any():
        i = int(np.argmax(wrong))
        raise BadDescription(
            f"rsample and log_prob of {problem.numeric.name} disagree: the derivative by {problem.wrt[i]} "
            f"of a bounded function's mean is {means[i]:.6g} by rsample, and "
            f"{wanted.mean[1 + p + i]:.6g} by log_prob",
            "one of the two is not what the distribution is: compare them at a few points",
        )
    return ("log_prob and rsample agree",)
