"""The gradient through a linear simulator: from drawn actions to fixed noise, then along the path.

Terms are polynomials in the actions or in the noise under a law of their own; they are judged exactly, the
actions by the quadratic form of their joint density and the noise by its moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from sympy import Add, Expr, Matrix, Mul, Poly, Rational, S, Symbol, oo

from derive.context import Context
from derive.environment.linear_quadratic import LinearQuadratic
from derive.errors import NoClosedForm, Undecided
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
CHAIN = ("fixed_noise", "under_the_noise", "along_the_path", "noise_moments")
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


def dynamics_walk(context: Context) -> Derivation:
    """The pathwise derivation; it ends early where a condition fails."""
    from derive.environment.rules import RULES

    term = context.expectation.term
    steps: list[Step] = []
    for name in CHAIN:
        steps.append(apply(RULES[name], steps[-1].after if steps else D(term, THETA), context))
        if steps[-1].status in ("condition-failed", "refuted"):
            break
    return Derivation(term, THETA, "dynamics", tuple(steps))


# The judge -----------------------------------------------------------------------------------------


def _compare(before: Expr, after: Expr, points: Sequence[dict[Symbol, Rational]]) -> Comparison:
    try:
        one, two = _meaning(before), _meaning(after)
    except Undecided as error:
        return Comparison("unknown", error.message)
    for point in points:
        left, right = one.xreplace(point), two.xreplace(point)
        if left != right:
            where = tuple((str(s), str(v)) for s, v in point.items())
            return Comparison("differs", f"{left} against {right}", where)
    return Comparison("agrees", f"equal as fractions at {len(points)} points")


def _meaning(term: Expr) -> Expr:
    """The term as an ordinary rational expression in the numbers of the simulator."""
    if isinstance(term, D):
        return _meaning(term.body).diff(term.theta)
    if isinstance(term, E):
        body = _meaning(term.body)
        return _under_feedback(body, term) if term.law == FEEDBACK else moments(body, term.variables)
    if isinstance(term, Inert):
        raise Undecided(f"{type(term).__name__} has no meaning here")
    return term.func(*map(_meaning, term.args)) if term.args else term


def _under_feedback(body: Expr, node: E) -> Expr:
    """A quadratic under the joint normal density of the actions, from the matrix of its quadratic form."""
    u = node.variables
    exponent = Add(*((a - THETA * x) ** 2 for a, x in zip(u, (X0, *states(u)), strict=False)))
    precision = Matrix(len(u), len(u), lambda i, j: exponent.diff(u[i], u[j]) / (2 * SIGMA**2))
    origin = dict.fromkeys(u, S.Zero)
    covariance = precision.inv()
    mean = covariance * Matrix([-exponent.diff(a).xreplace(origin) / (2 * SIGMA**2) for a in u])
    curvature = Matrix(len(u), len(u), lambda i, j: body.diff(u[i], u[j]))
    if curvature.free_symbols & set(u):
        raise Undecided("only quadratic functions of the actions are averaged")
    at_mean = body.xreplace(dict(zip(u, mean, strict=True)))
    return at_mean + (curvature * covariance).trace() / 2


def moments(body: Expr, eps: Sequence[Symbol]) -> Expr:
    """``E[eps**k] = (k-1)!!`` for even k and 0 for odd ones."""
    total = S.Zero
    for powers, coefficient in Poly(body, *eps).terms():
        if all(k % 2 == 0 for k in powers):
            total += coefficient * Mul(*(j for k in powers for j in range(1, k, 2)))
    return total
