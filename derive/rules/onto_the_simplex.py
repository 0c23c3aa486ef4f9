"""Gumbel noise in the coordinates of its softmax: a point of the simplex, and a shift with a law of its own.

``b_k = tau log x_k + log S + t - phi_k`` with ``S = sum_k exp(phi_k) x_k**(-tau)``: then the softmax is
``x``, the Jacobian determinant is ``tau**(K-1)/prod x_k``, and the shift ``t`` is independent of ``x``.
"""

from __future__ import annotations

from sympy import Add, Dummy, Eq, Expr, Matrix, Mul, Symbol, cancel, exp, log, oo, together

from derive.argmax import Softmax
from derive.context import Context
from derive.generic import THETA, G
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.rules._statement import b
from derive.rules.winner import draws_of
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import Density, E, Int, Law

SHIFT = Symbol("b", real=True)


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def moved(node: Expr) -> Expr | None:
        if not isinstance(node, E):
            return None
        draws, body = draws_of(node)
        read = _read(body, tuple(v for _, v in draws))
        if read is None:
            return None
        logits, tau = read
        points, last = _coordinates(len(logits))
        conditions.extend(_conditions(draws, points, tau, context))
        weights = [exp(phi) * x ** (-tau) for phi, x in zip(logits, points, strict=True)]
        density = Mul(*weights) / Add(*weights) ** len(logits) * exp(-len(logits) * SHIFT - exp(-SHIFT))
        inner = body.xreplace({s: points[int(s.args[0])] for s in body.atoms(Softmax)})
        jacobian = tau ** (len(logits) - 1) / Mul(*points)
        over_shift = Int(density * jacobian * inner, (SHIFT, -oo, oo))
        return Int(over_shift, *_simplex(points[:-1], last))

    return Outcome(rewrite(before, moved, "expectation of a softmax of Gumbel noise"), tuple(conditions))


def _read(body: Expr, noise: tuple[Symbol, ...]) -> tuple[tuple[Expr, ...], Expr] | None:
    """``(phi, tau)`` of a body in softmaxes of ``(phi_k + b_k)/tau`` alone."""
    scores = {s.args[1:] for s in body.atoms(Softmax)}
    names = {s: Dummy("y") for s in body.atoms(Softmax)}
    if len(scores) != 1 or body.xreplace(names).free_symbols & set(noise):
        return None
    (score,) = scores
    slopes = {x.diff(v) for x, v in zip(score, noise, strict=True)}
    if len(score) != len(noise) or len(slopes) != 1:
        return None
    tau = 1 / slopes.pop()
    logits = tuple((x * tau - v).expand() for x, v in zip(score, noise, strict=True))
    return None if any(phi.free_symbols & set(noise) for phi in logits) else (logits, tau)


def _coordinates(count: int) -> tuple[tuple[Expr, ...], Expr]:
    """``x[0], ..., x[K-2]`` and the last coordinate, what they leave of 1."""
    free = tuple(Symbol(f"x[{k}]", positive=True) for k in range(count - 1))
    last = 1 - Add(*free)
    return (*free, last), last


def _simplex(points: tuple[Expr, ...], last: Expr) -> list[tuple[Expr, Expr, Expr]]:
    """Each coordinate from 0 to what those before it leave."""
    return [(x, 0, 1 - Add(*points[:k])) for k, x in enumerate(points)]


def _conditions(
    draws: tuple[tuple[Law, Symbol], ...], points: tuple[Expr, ...], tau: Expr, context: Context
) -> tuple[Condition, ...]:
    other = [law for law, _ in draws if law != Law("gumbel", 0, 1)]
    noise = Condition(
        "the draws are independent and standard Gumbel",
        "failed" if other else "proved",
        f"{other[0]} is not" if other else "by inspection",
    )
    return noise, context.positive(tau, f"{tau} > 0"), _inverts(points), _determinant(points, tau)


def _inverts(points: tuple[Expr, ...]) -> Condition:
    """The softmax of ``log x_k + c`` is ``x``, because the coordinates sum to one."""
    back = [1 / Add(*(other / x for other in points)) for x in points]
    same = all(cancel(together(y) - x) == 0 for y, x in zip(back, points, strict=True))
    statement = "the softmax of the noise is x, and every noise comes from one x and one shift"
    reason = "exp(log x_k + c)/sum_j exp(log x_j + c) = x_k"
    return Condition(statement, "proved" if same else "failed", reason)


def _determinant(points: tuple[Expr, ...], tau: Expr) -> Condition:
    """The shift's dependence on ``x`` shears, so its slopes are arbitrary symbols here."""
    shears = [Dummy(f"s{k}") for k in range(len(points) - 1)]
    free = points[:-1]
    rows = [[tau * log(x).diff(v) + s for v, s in zip(free, shears, strict=True)] + [1] for x in points]
    found = Matrix(rows).det(method="berkowitz")
    claimed = tau ** (len(points) - 1) / Mul(*points)
    same = any(cancel(found - sign * claimed) == 0 for sign in (1, -1))
    statement = f"the Jacobian determinant is tau**{len(points) - 1}/prod x_k"
    return Condition(statement, "proved" if same else "failed", "the determinant, expanded")


def _counterexample() -> tuple[Expr, Context]:
    """Normal noise is not Gumbel noise: its softmax is no Concrete variable."""
    context = setting_of("bernoulli_logits", Symbol("a", real=True))
    (logits,) = context.expectation.wrt
    x, y = (Symbol(f"b[{k}]", real=True) for k in range(2))
    normal = Law("normal", 0, 1)
    return E(E(Softmax(0, x, y + logits), normal, y), normal, x), context


x_0 = Symbol("x_0", positive=True)
DENSITY = Density(Law("logistic", 0, 1), log(x_0 / (1 - x_0)))

RULE = Rule(
    name="change of variables to the simplex",
    statement=Eq(
        E(G(Softmax(0, b, 0), THETA), Law("logistic", 0, 1), b),
        Int(DENSITY / (x_0 * (1 - x_0)) * G(x_0, THETA), (x_0, 0, 1)),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Maddison, Mnih and Teh, The Concrete Distribution (2017), appendix C.1",
)
