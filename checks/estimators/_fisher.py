"""What the natural gradient and its wrong twins share: the Fisher information at the point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch
    from sympy import Expr, Matrix, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation

# The determinant of a matrix with ones on its diagonal, below which doubles cannot tell it from singular.
SINGULAR = 1e-12


def at_point(expectation: Expectation) -> Matrix:
    """The information as numbers: closed forms at the point, or quadrature where there is none.

    Raises ``NoClosedForm`` where quadrature of neither formula settles.
    """
    from sympy import Matrix

    wrt, size = expectation.wrt, len(expectation.wrt)
    upper = {(i, j): _at_point(expectation, wrt[i], wrt[j]) for i in range(size) for j in range(i, size)}
    return Matrix(size, size, lambda i, j: upper[min(i, j), max(i, j)])


def _at_point(expectation: Expectation, one: Symbol, two: Symbol) -> Expr:
    from checks.estimators._baselines import exact_mean
    from derive.errors import NoClosedForm
    from derive.fisher import by_curvature, by_scores, entry

    try:
        return _decimal(entry(expectation, one, two).xreplace(expectation.point))
    except NoClosedForm:
        bent = by_curvature(expectation, one, two)
    try:
        return exact_mean(by_scores(expectation, one, two), expectation)
    except NoClosedForm:
        if bent is None:
            raise
        return exact_mean(bent, expectation)


def _decimal(entry: Expr) -> Expr:
    """To 40 digits where it is no fraction: products with long sums of exponentials take seconds else."""
    from sympy import Rational

    return entry if entry.is_Rational else Rational(entry.evalf(40))


def preconditioned(expectation: Expectation, matrix: Callable[[Matrix], Matrix]) -> Statistic:
    """``matrix(F)`` times the score-function estimator; the code is handed F, an entry a constant."""
    information = at_point(expectation)
    plain = score_function.statistic(expectation)
    values = tuple(_times(matrix(information), plain.values))
    names = [theta.name for theta in expectation.wrt]
    constants = tuple(
        (_entry(one, two), information[i, j]) for i, one in enumerate(names) for j, two in enumerate(names)
    )
    return Statistic(values, plain.law, plain.variables, constants=constants)


def _times(matrix: Matrix, values: tuple[Expr, ...]) -> list[Expr]:
    from sympy import Add

    size = range(len(values))
    return [Add(*(matrix[i, j] * values[j] for j in size if matrix[i, j] != 0)) for i in size]


def _entry(one: str, two: str) -> str:
    return f"F({one}, {two})"


def target(expectation: Expectation, gradient: Mapping[Symbol, Expr]) -> dict[Symbol, Expr]:
    """``F**(-1)`` times the gradient: in the parameters where all is a closed form, else at the point."""
    from derive.errors import NoClosedForm
    from derive.fisher import information

    wrt = expectation.wrt
    try:
        inverse = information(expectation).inv() if len(wrt) <= 2 else at_point(expectation).inv()
    except NoClosedForm:
        inverse = at_point(expectation).inv()
    found = _times(inverse, tuple(gradient[theta] for theta in wrt))
    return dict(zip(wrt, found, strict=True))


def matrix(problem: Problem) -> torch.Tensor:
    """The information ``[p, p]`` that derive computed."""
    import torch

    rows = [[problem.constants[_entry(one, two)] for two in problem.wrt] for one in problem.wrt]
    return torch.tensor(rows, dtype=torch.float64)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function does not apply, and where the information does not exist or is singular."""
    from derive.errors import NoClosedForm, NoExpectation

    refusal = score_function.refuses(expectation)
    if refusal is not None:
        return refusal
    for theta in expectation.wrt:
        if expectation.family.log_density.diff(theta) == 0:
            return f"the law does not depend on {theta}: its Fisher information is singular"
    try:
        information = at_point(expectation)
    except NoExpectation as error:
        return f"the Fisher information does not exist: {error.message}"
    except NoClosedForm as error:
        return f"the Fisher information is not known: {error.message}"
    if _is_singular(information):
        names = ", ".join(theta.name for theta in expectation.wrt)
        return f"the Fisher information about {names} is singular: some direction does not change the law"
    return None


def _is_singular(information: Matrix) -> bool:
    import numpy as np

    found = np.array(information.evalf(17).tolist(), dtype=float)
    size = np.sqrt(np.diag(found))
    return bool(abs(np.linalg.det(found / np.outer(size, size))) < SINGULAR)
