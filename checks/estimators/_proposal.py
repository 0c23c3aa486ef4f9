"""What importance-weighted score functions share: a wider law of the same family, held fixed, and weights.

``widening`` multiplies scales, divides rates and concentrations, and mixes probabilities with equal shares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem, Theta
    from derive.expectation import Expectation
    from derive.terms import Law

# What becomes of each parameter by its first name: "*" times the widening, "/" over it, "=" as it is, and
# "p" and "n" mixed with one half or with equal shares.
CHANGES: dict[str, str] = {
    "normal": "=*", "laplace": "=*", "logistic": "=*", "gumbel": "=*", "cauchy": "=*", "student_t": "==*",
    "lognormal": "=*", "logit_normal": "=*", "half_normal": "*", "exponential": "/", "weibull": "*=",
    "gamma": "=/", "beta": "//", "von_mises": "=/", "multivariate_normal": "==***", "poisson": "*",
    "geometric": "/", "binomial": "=p", "bernoulli": "p", "bernoulli_logits": "/", "bernoulli_product": "ppp",
    "categorical": "nnn", "categorical_logits": "///",
}  # fmt: skip


def proposal(expectation: Expectation) -> Law:
    """The wider law. Raises ``OutsideDomain`` where its parameters are not those of a law."""
    from sympy import Rational, Symbol

    from derive.errors import OutsideDomain
    from derive.terms import Law

    family = expectation.family
    by = Symbol("widening", real=True)
    wide = expectation.point.get(by, Rational(3, 2))
    parameters = [_changed(c, s, by, family.symbols) for c, s in zip(changes(expectation), family.symbols)]
    for p, changed in zip(family.parameters, parameters, strict=True):
        number = changed.xreplace({**expectation.point, by: wide})
        if wide <= 0 or not p.lower < number < p.upper:
            raise OutsideDomain(
                f"widening = {wide} makes {p.name} = {number}, which no {family.name} law has",
                "give a number that is not less than 1",
            )
    return Law(family.name, *parameters)


def changes(expectation: Expectation) -> str:
    """A letter for each parameter; of families that come in several sizes all letters are the last one."""
    known = CHANGES[expectation.family.name]
    return known.ljust(len(expectation.family.symbols), known[-1])


def _changed(change: str, s: Symbol, by: Symbol, symbols: Sequence[Symbol]) -> Expr:
    from sympy import Rational

    if change in "pn":
        share = Rational(1, 2 if change == "p" else len(symbols))
        return share + (s - share) / by
    return {"*": s * by, "/": s / by, "=": s}[change]


def weight(expectation: Expectation, law: Law) -> Expr:
    """``p_theta(a)/q(a)``."""
    from sympy import exp

    from derive.laws import log_density

    return exp(expectation.family.log_density - log_density(law, *expectation.family.samples))


def scored(expectation: Expectation, theta: Symbol) -> Expr:
    """``g d log p(a) + dg(a)``."""
    from checks.calculus import slope

    g = expectation.integrand
    return g * expectation.family.log_density.diff(theta) + slope(g, theta)


def statistic(expectation: Expectation, weighed: Callable[[Expr, Expr], Expr]) -> Statistic:
    """``weighed(p/q, g d log p + dg)`` at a sample of the wider law."""
    law = proposal(expectation)
    ratio = weight(expectation, law)
    values = tuple(weighed(ratio, scored(expectation, theta)) for theta in expectation.wrt)
    return Statistic(values, law, expectation.family.samples, constants=constants(expectation, law))


def constants(expectation: Expectation, law: Law) -> tuple[tuple[str, Expr], ...]:
    """The parameters of the wider law, which the code is handed: they are fixed, whatever theta is."""
    names = (p.name for p in expectation.family.parameters)
    return tuple((f"proposal {name}", value) for name, value in zip(names, law.parameters, strict=True))


def drawn(problem: Problem, n: int, generator: torch.Generator, copies: int | None = None) -> torch.Tensor:
    """Samples of the wider law, in the shapes of ``Problem.sample``."""
    import torch

    from checks.samplers import SAMPLERS

    fixed = _fixed(problem)
    with torch.no_grad():
        if problem.proof.trees.get("transport") is not None:
            return problem.transport(problem.draw_noise(n, generator, copies), fixed)
        rows = (n,) if copies is None else (n, copies)
        shape = rows if problem.dimension == 1 else (*rows, problem.dimension)
        law = [float(fixed[name]) for name in _names(problem)]
        return SAMPLERS[problem.proof.family](law, shape, generator)


def ratio(problem: Problem, a: torch.Tensor, theta: Theta) -> torch.Tensor:
    """``p_theta(a)/q(a)``, detached."""
    import torch

    log_ratio = problem.log_density(a, theta) - problem.log_density(a, _fixed(problem))
    return torch.exp(log_ratio).detach()


def _names(problem: Problem) -> list[str]:
    prefix = "proposal "
    return [name.removeprefix(prefix) for name in problem.constants if name.startswith(prefix)]


def _fixed(problem: Problem) -> Theta:
    import torch

    from checks.problem import Theta

    wide = {n: torch.tensor(problem.constants[f"proposal {n}"], dtype=torch.float64) for n in _names(problem)}
    return Theta({**problem.theta, **wide})


def refuses(expectation: Expectation) -> str | None:
    """Where the score function does not apply, and families of which no wider law is kept."""
    refusal = score_function.refuses(expectation)
    if refusal is not None:
        return refusal
    if expectation.family.name not in CHANGES:
        return f"no wider law of the family {expectation.family.name} is known to sample from"
    proposal(expectation)
    return None
