"""The setting of a policy gradient: a process of numbers, or an arbitrary one, and the terms of its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import exp
from typing import NoReturn

from sympy import Expr, Rational, S, Symbol, Tuple, log, oo

from derive.context import Context
from derive.environment.judge import Dual, Trial, judge
from derive.environment.terms import (
    ACTION,
    ACTIONS,
    GAMMA,
    HORIZON,
    LATER,
    STATE,
    STATES,
    TAU,
    TIME,
    ActionAt,
    ActionValue,
    Policy,
    StateAt,
    StateValue,
    Visits,
    expected_return,
    policy_at,
    return_of,
    reward_at,
    trajectory_density,
)
from derive.errors import NoClosedForm
from derive.expectation import Expectation
from derive.family import Atom, Family, Parameter, Support
from derive.step import Condition
from derive.terms import D, E, Law, Total

THETA = Symbol("theta", real=True)
PATH_LAW = Law("M", THETA)
PATH_DENSITY = trajectory_density(PATH_LAW)
RETURN = return_of(GAMMA, HORIZON)

_SCORE = D(log(policy_at(TIME, Tuple(THETA))), THETA)
_OVER = (TIME, 0, HORIZON - 1)
_VALUE = ActionValue(TIME, StateAt(TAU, TIME), ActionAt(TAU, TIME), Tuple(THETA))
_PAIR = GAMMA**LATER * E(_SCORE * reward_at(LATER), PATH_LAW, TAU)
SCORES = Total(_SCORE, _OVER)
PAIRS = Total(Total(_PAIR, (LATER, 0, HORIZON - 1)), _OVER)
CAUSAL = Total(Total(_PAIR, (LATER, TIME, HORIZON - 1)), _OVER)
_EARNED = Total(GAMMA ** (LATER - TIME) * reward_at(LATER), (LATER, TIME, HORIZON - 1))
TO_GO = Total(GAMMA**TIME * E(_SCORE * _EARNED, PATH_LAW, TAU), _OVER)
CRITIC = Total(GAMMA**TIME * E(_SCORE * _VALUE, PATH_LAW, TAU), _OVER)
_WORTH = StateValue(TIME, StateAt(TAU, TIME), Tuple(THETA))
ADVANTAGE = Total(GAMMA**TIME * E(_SCORE * (_VALUE - _WORTH), PATH_LAW, TAU), _OVER)
_CHOICE = D(Policy(ACTION, STATE, Tuple(THETA)), THETA) * ActionValue(TIME, STATE, ACTION, Tuple(THETA))
_HERE = Visits(TIME, STATE, Tuple(THETA)) * Total(_CHOICE, (ACTION, 0, ACTIONS - 1))
VISITED = Total(GAMMA**TIME * Total(_HERE, (STATE, 0, STATES - 1)), _OVER)


@dataclass(frozen=True, slots=True)
class ReturnExpectation(Expectation):
    """The expected return of a process; ``horizon``, ``discount`` and ``sizes`` are symbols where it is any.

    ``closed`` holds the gradient by each parameter's name, where the process is one of numbers.
    """

    horizon: Expr = HORIZON
    discount: Expr = GAMMA
    sizes: tuple[Expr, Expr] = (STATES, ACTIONS)
    closed: Mapping[str, Expr] | None = None
    arbitrary: bool = True

    @property
    def term(self) -> E:
        return expected_return(self.family.law, self.discount, self.horizon)


def family_of(name: str, parameters: tuple[Symbol, ...]) -> Family:
    """The law of the trajectories, as far as derivations look at it: its name and its parameters."""
    return Family(
        name=name,
        parameters=tuple(Parameter(p, Rational(7, 10)) for p in parameters),
        support=(Support(S.Zero, oo, lattice=True),),
        log_density=S.Zero,
        transport=None,
        moment=_no_moment,
        reference="",
        source="Puterman, Markov Decision Processes (1994)",
    )


def _no_moment(atom: Atom, _: tuple[Expr, ...]) -> NoReturn:
    raise NoClosedForm(f"trajectories are enumerated, not integrated: E[{atom}]")


def settled(statement: str, context: Context, why: str) -> Condition:
    """A hypothesis: proved of a process of numbers, assumed of an arbitrary one."""
    if getattr(context.expectation, "arbitrary", True):
        return Condition(statement, "assumed")
    return Condition(statement, "proved", why)


def free_of(theta: Symbol, term: Expr, what: str, context: Context) -> Condition:
    """The condition that a term does not depend on a parameter."""
    statement = f"{what} does not depend on {theta}"
    if theta in term.free_symbols:
        return Condition(statement, "failed", f"{theta} stands in {term}")
    return settled(statement, context, "its table holds numbers")


def horizon_of(context: Context) -> Expr:
    return getattr(context.expectation, "horizon", HORIZON)


def gamma_of(context: Context) -> Expr:
    return getattr(context.expectation, "discount", GAMMA)


def states_of(context: Context) -> Expr:
    return getattr(context.expectation, "sizes", (STATES, ACTIONS))[0]


def actions_of(context: Context) -> Expr:
    return getattr(context.expectation, "sizes", (STATES, ACTIONS))[1]


@cache
def generic_context() -> Context:
    """An arbitrary process: every hypothesis is an assumption, and steps are judged on two processes."""
    made = ReturnExpectation(
        family=family_of("M", (THETA,)), integrand=RETURN, wrt=(THETA,), at=((THETA, Rational(7, 10)),)
    )
    points = ({THETA: Rational(7, 10)},)
    return Context(made, points, judged_by=judge((_first_trial(), _second_trial()), THETA))


def _first_trial() -> Trial:
    """Two states, three steps."""
    moves = (((0.8, 0.2), (0.2, 0.8)), ((0.7, 0.3), (0.1, 0.9)))
    return _trial((0.75, 0.25), moves, ((1.0, 0.0), (2.0, 6.0)), ((1.0, -0.3), (-0.7, 0.4)), 3, 0.9)


def _second_trial() -> Trial:
    """Three states, two steps, a step that cannot happen."""
    moves = (
        ((0.5, 0.5, 0.0), (0.1, 0.2, 0.7)),
        ((0.3, 0.3, 0.4), (0.0, 1.0, 0.0)),
        ((0.2, 0.6, 0.2), (0.9, 0.0, 0.1)),
    )
    rewards = ((0.3, -1.0), (2.0, 0.7), (-0.4, 1.9))
    return _trial((0.2, 0.5, 0.3), moves, rewards, ((0.5, 0.2), (-1.3, 0.1), (2.0, -0.6)), 2, 0.7)


def _trial(
    start: tuple[float, ...],
    moves: tuple[tuple[tuple[float, ...], ...], ...],
    rewards: tuple[tuple[float, ...], ...],
    logits: tuple[tuple[float, float], ...],
    horizon: int,
    discount: float,
) -> Trial:
    """A process of two actions whose logits are ``slope * theta + offset`` in each state."""
    at = 0.7

    def policy(_: Symbol) -> tuple[tuple[Dual, ...], ...]:
        chosen = [(1 / (1 + exp(-(m * at + c))), m) for m, c in logits]
        second = [Dual(p, m * p * (1 - p)) for p, m in chosen]
        return tuple((Dual(1 - q.v, -q.d), q) for q in second)

    fixed = tuple(tuple(tuple(map(Dual, row)) for row in rows) for rows in moves)
    return Trial(start, lambda _: fixed, rewards, policy, horizon, discount, {"theta": "7/10"})
