"""The built-in estimators whose rows are written out, each as its formula in cost, score and slopes.

Only those stand here whose samples are drawn as ``Problem`` draws them: their rows then equal the code's row
by row, and ``tests/checks/vectorised`` holds them to it. None of them is a second opinion about a gradient.
"""

from __future__ import annotations

from collections.abc import Callable

from checks.stable import Node
from checks.vectorised.parts import Parts
from checks.vectorised.slopes import add, mul

Formula = Callable[[Parts], tuple[Node, ...]]


def _score_function(parts: Parts) -> tuple[Node, ...]:
    """``g s + d/dtheta g(a)``."""
    return tuple(add(mul(parts.cost(), parts.score(t)), parts.explicit(t)) for t in parts.wrt)


def _centred(baseline: Callable[[Parts, str], float]) -> Formula:
    """``(g - b) s + d/dtheta g(a)``."""

    def formula(parts: Parts) -> tuple[Node, ...]:
        terms = ((t, parts.number(-baseline(parts, t))) for t in parts.wrt)
        return tuple(add(mul(add(parts.cost(), b), parts.score(t)), parts.explicit(t)) for t, b in terms)

    return formula


def _pathwise(parts: Parts) -> tuple[Node, ...]:
    """``sum_i dg/da_i dT_i/dtheta + d/dtheta g(a)``."""
    return tuple(add(parts.moved(t), parts.explicit(t)) for t in parts.wrt)


def _leave_one_out(parts: Parts) -> tuple[Node, ...]:
    """``1/2 ((g_0 - g_1)(s_0 - s_1) + d/dtheta (g_0 + g_1))`` over the two samples of a row."""
    half: Node = ("num", "1/2")
    minus: Node = ("num", "-1")
    cost = add(parts.cost(0), mul(minus, parts.cost(1)))
    made = []
    for t in parts.wrt:
        score = add(parts.score(t, 0), mul(minus, parts.score(t, 1)))
        made.append(mul(half, add(mul(cost, score), parts.explicit(t, 0), parts.explicit(t, 1))))
    return tuple(made)


WRITTEN: dict[str, Formula] = {
    "score_function": _score_function,
    "constant_baseline": _centred(lambda parts, _: parts.problem.point["c"]),
    "mean_baseline": _centred(lambda parts, _: parts.problem.constants["mean"]),
    "optimal_baseline": _centred(lambda parts, theta: parts.problem.constants[theta]),
    "pathwise": _pathwise,
    "leave_one_out": _leave_one_out,
}
