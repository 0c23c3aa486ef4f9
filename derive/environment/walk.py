"""The walks along the rules of a policy gradient, of a process of numbers or of an arbitrary one."""

from __future__ import annotations

from sympy import Expr, Rational, S, Symbol, Tuple, sympify

from derive.context import Context
from derive.environment.judge import Dual, Trial, judge
from derive.environment.mdp import Mdp, Row
from derive.environment.process import ReturnExpectation, family_of
from derive.environment.rules import RULES
from derive.environment.symbolic import closed_gradient
from derive.environment.terms import HORIZON, Policy
from derive.errors import NotApplicable
from derive.kernel import apply
from derive.step import Derivation, Step
from derive.terms import D

TO_SCORES = ("trajectory_sum", "termwise", "constant_return", "log_trick", "factorisation", "log_of_product",
             "environment_drops", "fold_trajectories")  # fmt: skip
TO_CRITIC = (*TO_SCORES, "pairs", "causality", "reward_to_go", "tower")
ROUTES = {
    "policy_gradient": (*TO_CRITIC, "visits", "bellman"),
    "score_of_trajectory": TO_SCORES,
    "advantage": (*TO_CRITIC, "state_baseline"),
}
# Steps are judged by enumeration up to so many trajectories; a longer horizon is judged at a shorter one.
MOST_JUDGED = 300


def walk(route: str, context: Context, wrt: Symbol) -> Derivation:
    """The derivation by one of ``ROUTES``; it ends early where a condition fails."""
    term = context.expectation.term
    steps: list[Step] = []
    for name in ROUTES[route]:
        before = steps[-1].after if steps else D(term, wrt)
        try:
            step = apply(RULES[name], before, context)
        except NotApplicable:
            if name != "bellman":  # which an arbitrary or a long process lacks
                raise
            break
        steps.append(step)
        if step.status in ("condition-failed", "refuted"):
            break
    return Derivation(term, wrt, route, tuple(steps))


def context_of(mdp: Mdp, wrt: str) -> Context:
    """The setting of a process of numbers, for the derivative by one of its parameters."""
    symbols = tuple(Symbol(name, real=True) for name in mdp.parameters)
    theta = symbols[mdp.parameters.index(wrt)]
    judged = judged_horizon(mdp)
    made = ReturnExpectation(
        family=family_of(_stem(mdp.name), symbols),
        integrand=S.Zero,
        wrt=symbols,
        at=(),
        horizon=sympify(mdp.horizon) if judged == mdp.horizon else HORIZON,
        discount=Rational(mdp.discount.numerator, mdp.discount.denominator),
        sizes=(sympify(len(mdp.states)), sympify(len(mdp.actions))),
        closed=_closed(mdp, symbols) if judged == mdp.horizon else None,
        arbitrary=False,
    )
    return Context(made, ({},), judged_by=judge((trial_of(mdp, judged),), theta))


def judged_horizon(mdp: Mdp) -> int:
    """The horizon at which steps are judged: the process's own, or the longest that can be enumerated."""
    horizon = mdp.horizon
    while horizon > 1 and mdp.trajectories_at(horizon) > MOST_JUDGED:
        horizon -= 1
    return horizon


def trial_of(mdp: Mdp, horizon: int) -> Trial:
    """The process as the judge reads it."""

    def policy(wrt: Symbol) -> tuple[tuple[Dual, ...], ...]:
        i = mdp.parameters.index(str(wrt))
        return tuple(
            tuple(Dual(float(p), float(p * mdp.score(s, a)[i])) for a, p in enumerate(row))
            for s, row in enumerate(mdp.policy)
        )

    fixed = tuple(tuple(tuple(Dual(float(p)) for p in row) for row in rows) for rows in mdp.transitions)
    return Trial(
        start=_floats(mdp.start),
        moves=lambda _: fixed,
        rewards=tuple(map(_floats, mdp.rewards)),
        policy=policy,
        horizon=horizon,
        discount=float(mdp.discount),
        point={name: str(value) for name, value in mdp.point.items()},
    )


def _closed(mdp: Mdp, symbols: tuple[Symbol, ...]) -> dict[str, Expr] | None:
    """The closed gradient with ``pi(a | s)`` for the probabilities and the number for the discount."""
    found = closed_gradient(mdp)
    if found is None:
        return None
    named = dict(zip(mdp.point, mdp.indices, strict=False))
    meaning: dict[Expr, Expr] = {Symbol(n): Policy(a, s, Tuple(*symbols)) for n, (s, a) in named.items()}
    meaning[Symbol("gamma")] = Rational(mdp.discount.numerator, mdp.discount.denominator)
    return {n: f.xreplace(meaning) for n, f in zip(mdp.parameters, found.forms, strict=True)}


def _stem(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".toml")


def _floats(row: Row) -> tuple[float, ...]:
    return tuple(map(float, row))
