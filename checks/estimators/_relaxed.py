"""What relaxed estimators share: finite choices by their log-probabilities, in SymPy and in Torch.

How an integrand is read on relaxed values. A coin (``bernoulli``, ``bernoulli_logits``, each axis of
``bernoulli_product``) is relaxed to ``y`` in (0, 1), and ``g(a)`` to ``g(y)``. A choice among K
(``categorical``, ``categorical_logits``) is relaxed to ``y`` on the simplex, and any ``g`` of its outcomes
0, ..., K - 1 to the linear ``sum_k g(k) y_k``, which is what a table on one-hot vectors means; so is a
``table`` of a coin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Rational, Symbol

    from checks.estimator import Statistic
    from checks.problem import Problem, Theta
    from derive.expectation import Expectation

TEMPERATURE = (("tau", "1/2"),)
COINS = ("bernoulli", "bernoulli_logits", "bernoulli_product")
CHOICES = ("categorical", "categorical_logits")
# Outcomes of which an explicit term at the hard sample, which jumps, can be integrated.
MOST_HARD = 3


def temperature(expectation: Expectation) -> Symbol:
    """The symbol of the temperature; raises ``OutsideDomain`` where its value is not positive.

    An expectation that was made for another estimator may not give it one.
    """
    from sympy import Symbol

    from derive.errors import OutsideDomain

    tau = next((s for s in expectation.point if s.name == "tau"), Symbol("tau", real=True))
    value: Rational | None = expectation.point.get(tau)
    if value is not None and value <= 0:
        raise OutsideDomain(
            f"a temperature is a positive number, but tau = {value}", "give one, as in --at tau=1/2"
        )
    return tau


def why_not_finite(expectation: Expectation) -> str | None:
    """Why the law is no coin and no choice among finitely many by their probabilities; else None."""
    name = expectation.family.name
    if name in (*COINS, *CHOICES):
        return None
    if not expectation.family.lattice:
        return f"{name} is continuous: nothing needs to be relaxed"
    return f"{name} is no choice by the probability of each outcome, which is what Gumbel noise is added to"


def why_not_relaxed(expectation: Expectation) -> str | None:
    """As ``why_not_finite``. Raises ``OutsideDomain`` for a temperature that is not positive."""
    refusal = why_not_finite(expectation)
    if refusal is None:
        temperature(expectation)
    return refusal


def why_not_hard(expectation: Expectation) -> str | None:
    """As ``why_not_relaxed``; and why the moments with a hard sample are not known exactly, or None."""
    refusal = why_not_relaxed(expectation)
    size = len(expectation.family.parameters)
    if refusal is None and expectation.family.name in CHOICES and size > MOST_HARD and has_theta(expectation):
        return (
            f"with theta in the integrand, a hard choice among {size} jumps in as many draws but one, over "
            f"which there are no exact moments here; there are up to {MOST_HARD}"
        )
    return refusal


def has_theta(expectation: Expectation) -> bool:
    """Whether a parameter stands in the integrand itself."""
    return bool(expectation.integrand.free_symbols & set(expectation.wrt))


def is_relaxed_by_value(expectation: Expectation) -> bool:
    """Whether ``g(a)`` becomes ``g(y)``: of coins, unless the integrand is a table."""
    from sympy import Equality

    return expectation.family.name in COINS and not expectation.integrand.atoms(Equality)


def reading(expectation: Expectation) -> str:
    """How the integrand is read on relaxed values, in words."""
    if is_relaxed_by_value(expectation):
        return "on relaxed values y between 0 and 1 the integrand g(a) is read as g(y)"
    return "on relaxed values y, one for each outcome k, the integrand is read as the sum of g(k) y[k]"


def log_odds(expectation: Expectation) -> tuple[Expr, ...]:
    """The log-odds of each coin."""
    family = expectation.family
    off = dict.fromkeys(family.samples, 0)
    return tuple(
        family.log_density.xreplace({**off, a: 1}) - family.log_density.xreplace(off) for a in family.samples
    )


def log_probabilities(expectation: Expectation) -> tuple[Expr, ...]:
    """The log-probability of each outcome 0, 1, ... of a choice or of a single coin, up to a common term."""
    from sympy import S

    family = expectation.family
    (a,) = family.samples
    found = [family.log_density.xreplace({a: S(k)}) for k in range(int(family.support[0].upper) + 1)]
    common = set(found[0].as_ordered_terms()).intersection(*(set(f.as_ordered_terms()) for f in found))
    return tuple(f - sum(common, S.Zero) for f in found)


def costs(expectation: Expectation) -> tuple[Expr, ...]:
    """``g`` at each outcome 0, 1, ..."""
    from sympy import S

    (a,) = expectation.family.samples
    size = int(expectation.family.support[0].upper) + 1
    return tuple(expectation.integrand.xreplace({a: S(k)}) for k in range(size))


def softmax(logits: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The probabilities, each as one over a sum of exponentials of differences."""
    from sympy import Add, exp

    return tuple(1 / Add(*(exp(other - one) for other in logits)) for one in logits)


def coins_statistic(expectation: Expectation, tau: Symbol, hard: bool) -> Statistic:
    """``sum_i d g/d a_i  y_i (1 - y_i)/tau  d phi_i/d theta + d g/d theta`` with one logistic draw per coin.

    The derivatives of ``g`` are taken at the relaxed ``y``, or at the ``hard`` coins that it rounds to.
    """
    from sympy import Heaviside, Symbol, exp

    from checks.calculus import slope
    from checks.estimator import Draw, Statistic
    from derive.terms import Law

    family, g = expectation.family, expectation.integrand
    odds = log_odds(expectation)
    names = ("b",) if len(odds) == 1 else tuple(f"b[{i}]" for i in range(len(odds)))
    noise = tuple(Symbol(name, real=True) for name in names)
    soft = [1 / (1 + exp(-(phi + b) / tau)) for phi, b in zip(odds, noise, strict=True)]
    shown = [Heaviside(phi + b) for phi, b in zip(odds, noise, strict=True)] if hard else soft
    at = dict(zip(family.samples, shown, strict=True))
    partial = [slope(g, a).xreplace(at) for a in family.samples]

    def value(theta: Symbol) -> Expr:
        parts = zip(partial, soft, odds, strict=True)
        moved = (d * y * (1 - y) / tau * phi.diff(theta) for d, y, phi in parts)
        return sum(moved, slope(g, theta).xreplace(at))

    draws = [Draw(Law("logistic", 0, 1), (b,)) for b in noise]
    values = tuple(value(theta) for theta in expectation.wrt)
    return Statistic(values, draws[0].law, draws[0].variables, tuple(draws[1:]))


def relaxed_statistic(expectation: Expectation, hard: bool) -> Statistic:
    """The statistic of Gumbel-softmax, or of its straight-through form where ``hard``."""
    tau = temperature(expectation)
    if is_relaxed_by_value(expectation):
        return coins_statistic(expectation, tau, hard)
    from checks.estimators._relaxed_choice import choice_statistic

    return choice_statistic(expectation, tau, hard)


# The same in Torch ---------------------------------------------------------------------------------------


def is_choice(problem: Problem) -> bool:
    """Whether the integrand is read as a table on one-hot vectors."""
    return problem.proof.family in CHOICES or _mentions(problem.proof.trees["integrand"], "eq")


def _mentions(tree: object, head: str) -> bool:
    return isinstance(tree, (list, tuple)) and (tree[:1] == [head] or any(_mentions(t, head) for t in tree))


def coin_logits(problem: Problem, n: int, theta: Theta) -> torch.Tensor:
    """The log-odds of each coin with their graph, ``[n]``, or ``[n, d]`` of several."""
    import torch

    d = problem.dimension
    off = torch.zeros((n,) if d == 1 else (n, d), dtype=torch.float64)
    if d == 1:
        return problem.log_density(off + 1.0, theta) - problem.log_density(off, theta)
    units = torch.eye(d, dtype=torch.float64)
    base = problem.log_density(off, theta)
    return torch.stack([problem.log_density(off + unit, theta) - base for unit in units], dim=-1)


def class_logits(problem: Problem, n: int, theta: Theta) -> torch.Tensor:
    """The log-probability of each outcome with its graph, ``[n, K]``."""
    import torch

    return torch.stack([problem.log_density(a, theta) for a in _outcomes(problem, n)], dim=-1)


def class_costs(problem: Problem, n: int, theta: Theta) -> torch.Tensor:
    """``g`` at each outcome, ``[n, K]``."""
    import torch

    return torch.stack([problem.f(a, theta) for a in _outcomes(problem, n)], dim=-1)


def _outcomes(problem: Problem, n: int) -> list[torch.Tensor]:
    import torch

    size = int(problem.support[0][1]) + 1
    return [torch.full((n,), float(k), dtype=torch.float64) for k in range(size)]


def relaxed_cost(
    problem: Problem, n: int, theta: Theta, generator: torch.Generator, hard: bool
) -> torch.Tensor:
    """``g`` at a Gumbel-softmax sample, ``[n]``; ``hard`` forward and soft backward where asked for."""
    import torch

    from checks.draws import exponentials, uniforms

    tau = theta["tau"]
    if is_choice(problem):
        logits = class_logits(problem, n, theta)
        gumbels = -torch.log(exponentials((n, logits.shape[-1]), generator))
        soft = torch.softmax((logits + gumbels) / tau, dim=-1)
        if hard:
            index = soft.argmax(dim=-1, keepdim=True)
            soft = torch.zeros_like(soft).scatter(-1, index, 1.0) - soft.detach() + soft
        return (class_costs(problem, n, theta) * soft).sum(-1)
    logits = coin_logits(problem, n, theta)
    soft = torch.sigmoid((logits + torch.logit(uniforms(tuple(logits.shape), generator))) / tau)
    if hard:
        soft = (soft > 0.5).to(soft) - soft.detach() + soft
    return problem.f(soft, theta)
