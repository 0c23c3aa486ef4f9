"""The gradient through a linear simulator: from drawn actions to fixed noise, then along the path.

Terms are polynomials in the actions or in the noise under a law of their own; they are judged exactly, the
actions by the quadratic form of their joint density and the noise by its moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from sympy import Add, Expr, Matrix, Rational, S, Symbol, cancel, oo

from derive.context import Context
from derive.environment.gaussian import moments
from derive.environment.linear_quadratic import LinearQuadratic
from derive.errors import NoClosedForm, NotApplicable, Undecided
from derive.expectation import Expectation
from derive.family import Atom, Family, Parameter, Support
from derive.kernel import apply
from derive.oracle import Comparison
from derive.step import Derivation, Step
from derive.terms import D, E, Inert, Law

THETA, A, B, SIGMA, X0 = (Symbol(name, real=True) for name in ("theta", "A", "B", "sigma", "x0"))
NUMBERS = (THETA, A, B, SIGMA, X0)
FEEDBACK = Law("feedback", *NUMBERS)
NOISE = Law("normal", 0, 1)
ROUTES = {
    "dynamics": ("fixed_noise", "under_the_noise", "along_the_path", "noise_moments"),
    "score_of_actions": ("score_of_actions", "fixed_noise", "noise_moments"),
}
# The unrolled terms grow with the square of the horizon, and their squares faster.
LONGEST = 4


def symbols(name: str, horizon: int) -> tuple[Symbol, ...]:
    """``u[0], u[1], ...``."""
    return tuple(Symbol(f"{name}[{t}]", real=True) for t in range(horizon))


def states(actions: Sequence[Expr]) -> tuple[Expr, ...]:
    """``x_1, ..., x_T`` for actions that may depend on the states before them, as a nested expression."""
    found = [X0]
    for u in actions:
        found.append(A * found[-1] + B * u)
    return tuple(found[1:])


def noisy_states(eps: Sequence[Symbol]) -> tuple[Expr, ...]:
    """The same with ``u_t = theta x_t + sigma eps_t``."""
    found: list[Expr] = [X0]
    for e in eps:
        found.append(A * found[-1] + B * (THETA * found[-1] + SIGMA * e))
    return tuple(found[1:])


def sensitivities(eps: Sequence[Symbol]) -> tuple[Expr, ...]:
    """``dx_1, ..., dx_T`` by the recursion ``dx_{t+1} = B x_t + (A + B theta) dx_t``."""
    before, moved, found = X0, S.Zero, []
    for x in noisy_states(eps):
        moved = B * before + (A + B * THETA) * moved
        found.append(moved)
        before = x
    return tuple(found)


def loss(xs: Sequence[Expr]) -> Expr:
    """``-sum_t x_t**2``."""
    return Add(*(-(x**2) for x in xs))


class Simulated(Expectation):
    """The expected return of the simulator under its noisy feedback."""

    __slots__ = ()

    @property
    def term(self) -> E:
        actions = self.family.samples
        return E(loss(states(actions)), FEEDBACK, *actions)


def dynamics_context(lq: LinearQuadratic) -> Context:
    """The setting of a simulator; its steps are judged exactly at its point and at another one."""
    point = {s: Rational(v.numerator, v.denominator) for s, v in zip(NUMBERS, lq.point.values(), strict=True)}
    # A second point, so that an identity that holds at one by accident is seen.
    other = {s: v + Rational(1, 7) for s, v in point.items()}
    made = Simulated(_family(lq.horizon), S.Zero, (THETA,), tuple(point.items()))
    return Context(made, (point, other), judged_by=lambda one, two: _compare(one, two, (point, other)))


def _family(horizon: int) -> Family:
    axes = tuple(Support(-oo, oo) for _ in range(horizon))
    return _Feedback(
        name="feedback",
        parameters=tuple(Parameter(s, Rational(7, 10)) for s in NUMBERS),
        support=axes,
        log_density=S.Zero,
        transport=None,
        moment=_no_moment,
        reference="",
        source="Heess et al. 2015",
    )


class _Feedback(Family):
    """The law of the actions, which are called u."""

    __slots__ = ()

    @property
    def samples(self) -> tuple[Symbol, ...]:
        return symbols("u", self.dimension)


def _no_moment(atom: Atom, _: tuple[Expr, ...]) -> NoReturn:
    raise NoClosedForm(f"the moments of a simulator are those of its noise, not of {atom}")


def dynamics_walk(context: Context, route: str = "dynamics") -> Derivation:
    """The derivation by one of ``ROUTES``; it ends early where a condition fails."""
    from derive.environment.rules import RULES

    term = context.expectation.term
    steps: list[Step] = []
    for name in ROUTES[route]:
        steps.append(apply(RULES[name], steps[-1].after if steps else D(term, THETA), context))
        if steps[-1].status in ("condition-failed", "refuted"):
            break
    return Derivation(term, THETA, route, tuple(steps))


# The judge -----------------------------------------------------------------------------------------


def _compare(before: Expr, after: Expr, points: Sequence[dict[Symbol, Rational]]) -> Comparison:
    try:
        for point in points:
            left, right = _value(before, point), _value(after, point)
            if left != right:
                where = tuple((str(s), str(v)) for s, v in point.items())
                return Comparison("differs", f"{left} against {right}", where)
    except (Undecided, NotApplicable) as error:
        return Comparison("unknown", f"not evaluated: {error}")
    return Comparison("agrees", f"equal as fractions at {len(points)} points")


def _value(term: Expr, point: dict[Symbol, Rational]) -> Expr:
    """The fraction that a term is at a point: theta alone stays a symbol until it is differentiated by."""
    others = {s: v for s, v in point.items() if s != THETA}
    return _meaning(term.xreplace(others)).xreplace(point)


def _meaning(term: Expr) -> Expr:
    """The term as an ordinary rational expression in theta."""
    if isinstance(term, D):
        return _meaning(term.body).diff(term.theta)
    if isinstance(term, E):
        body = _meaning(term.body)
        if term.law == NOISE:
            return moments(body, term.variables)
        return _under_feedback(body, term.law, term.variables)
    if isinstance(term, Inert):
        raise Undecided(f"{type(term).__name__} has no meaning here")
    return term.func(*map(_meaning, term.args)) if term.args else term


def _under_feedback(body: Expr, law: Law, u: Sequence[Symbol]) -> Expr:
    """A polynomial under the joint normal density of the actions, from the matrix of its quadratic form."""
    theta, a, b, sigma, x0 = law.parameters
    xs, exponent = x0, S.Zero
    for action in u:
        exponent += (action - theta * xs) ** 2
        xs = a * xs + b * action
    precision = Matrix(len(u), len(u), lambda i, j: exponent.diff(u[i], u[j]) / (2 * sigma**2))
    origin = dict.fromkeys(u, S.Zero)
    # All of these are polynomials in theta; SymPy leaves them as quotients that do not look like it.
    covariance = precision.applyfunc(cancel).inv().applyfunc(cancel)
    mean = covariance * Matrix([-exponent.diff(x).xreplace(origin) / (2 * sigma**2) for x in u])
    lower, spread = covariance.LDLdecomposition(hermitian=False)
    steps = symbols("w", len(u))
    moved = (mean + lower * Matrix(steps)).applyfunc(cancel)
    inside = body.xreplace(dict(zip(u, moved, strict=True)))
    return moments(inside, steps, [cancel(spread[i, i]) for i in range(len(u))])
