"""The policy gradient as a polynomial in the policy's probabilities and the discount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import QQ, Expr, Mul, Symbol
from sympy.polys.rings import ring

from derive.environment.mdp import Mdp, Row

# Beyond these the polynomial is no longer something to read.
MOST_VARIABLES = 10
MOST_MONOMIALS = 20


@dataclass(frozen=True, slots=True)
class ClosedGradient:
    """``forms`` by parameter, in symbols named like ``Mdp.point``, and their values ``at_point``."""

    forms: tuple[Expr, ...]
    at_point: Row


def closed_gradient(mdp: Mdp) -> ClosedGradient | None:
    """``pi (1 - pi) sum_t gamma**t d_t(s) (Q_t(s, 1) - Q_t(s, 0))`` of a sigmoid, and the like of a softmax.

    None where it would be too long to read.
    """
    names = tuple(mdp.point)
    if len(names) > MOST_VARIABLES:
        return None
    algebra, *variables = ring([Symbol(name) for name in names], QQ)
    known = dict(zip(names, variables, strict=True))
    policy = _policy(mdp, known)
    q, v = _values(mdp, policy, known["gamma"], algebra)
    visited = _visits(mdp, policy, algebra)
    forms, values = [], []
    for name, (s, a) in zip(names, mdp.indices, strict=False):
        own, sigmoid = known[name], mdp.parametrization == "sigmoid"
        gains = [q[t][s][a] - (q[t][s][0] if sigmoid else v[t][s]) for t in range(mdp.horizon)]
        sums = sum((known["gamma"] ** t * visited[t][s] * gain for t, gain in enumerate(gains)), algebra.zero)
        if len(sums) > MOST_MONOMIALS:
            return None
        first = Symbol(name) * (1 - Symbol(name)) if sigmoid else Symbol(name)
        forms.append(Mul(first, sums.as_expr()))
        values.append(_at(own * (1 - own) * sums if sigmoid else own * sums, tuple(mdp.point.values())))
    return ClosedGradient(tuple(forms), tuple(values))


def _policy(mdp: Mdp, known: dict[str, Any]) -> list[list[Any]]:
    if mdp.parametrization == "sigmoid":
        return [[1 - known[f"pi[{s}]"], known[f"pi[{s}]"]] for s in range(len(mdp.states))]
    return [[known[f"pi[{s},{a}]"] for a in range(len(mdp.actions))] for s in range(len(mdp.states))]


def _values(mdp: Mdp, policy: list[list[Any]], gamma: Any, algebra: Any) -> tuple[list[Any], list[Any]]:
    state = [algebra.zero] * len(mdp.states)
    action_values: list[Any] = []
    state_values: list[Any] = []
    for _ in range(mdp.horizon):
        q = [
            [QQ(r.numerator, r.denominator) + gamma * _dot(row, state, algebra) for r, row in zip(rs, rows)]
            for rs, rows in zip(mdp.rewards, mdp.transitions)
        ]
        state = [sum((p * x for p, x in zip(ps, xs)), algebra.zero) for ps, xs in zip(policy, q)]
        action_values.insert(0, q)
        state_values.insert(0, state)
    return action_values, state_values


def _visits(mdp: Mdp, policy: list[list[Any]], algebra: Any) -> list[list[Any]]:
    found = [[algebra(QQ(p.numerator, p.denominator)) for p in mdp.start]]
    for _ in range(mdp.horizon - 1):
        moved = [algebra.zero] * len(mdp.states)
        for d, ps, rows in zip(found[-1], policy, mdp.transitions):
            for p, row in zip(ps, rows):
                moved = [m + d * p * QQ(x.numerator, x.denominator) for m, x in zip(moved, row)]
        found.append(moved)
    return found


def _dot(row: Sequence[Fraction], values: list[Any], algebra: Any) -> Any:
    return sum((QQ(x.numerator, x.denominator) * v for x, v in zip(row, values)), algebra.zero)


def _at(polynomial: Any, point: Sequence[Fraction]) -> Fraction:
    value = polynomial.evaluate(
        [(g, QQ(x.numerator, x.denominator)) for g, x in zip(polynomial.ring.gens, point, strict=True)]
    )
    return Fraction(int(value.numerator), int(value.denominator))
