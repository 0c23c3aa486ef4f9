"""The Fisher information of a law: ``F[i, j] = E[s_i s_j]`` of the scores, and ``-E[d2 log p]``.

Both are derived, where the log-density is twice differentiable at every sample, and held against each other.
Source: Lehmann, Casella, Theory of Point Estimation (2nd edition), Lemma 5.3; Amari 1998, equation 2.2.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Abs, Expr, Heaviside, Matrix, Max, Min, S, Symbol, cancel, sign

from .certify import equal
from .closed_form import expectation_of
from .errors import NoClosedForm, NotApplicable, StepRefuted, Undecided
from .expectation import Expectation
from .setting import setting

# Where one of these stands in a score, the log-density has a kink that moves with a parameter.
_BENT = (Abs, Heaviside, Max, Min, sign)
# Fractions of more operations than these are left as they are: cancelling takes seconds.
_SMALL = 400


def information(made: Expectation) -> Matrix:
    """The information about ``made.wrt`` as a symmetric matrix of closed forms, valid near the point.

    Raises ``NotApplicable`` where the support moves, ``NoClosedForm`` where an entry has none,
    ``NoExpectation`` where one does not exist, and ``StepRefuted`` where the two formulas of an entry differ,
    which is a bug of ours.
    """
    ends = {s for axis in made.family.support for end in (axis.lower, axis.upper) for s in end.free_symbols}
    if ends & set(made.wrt):
        names = " and ".join(sorted(str(s) for s in ends & set(made.wrt)))
        raise NotApplicable(
            f"the support of {made.family.name} moves with {names}: the mean of the score is not zero there",
            "take the information about the other parameters",
        )
    size = len(made.wrt)
    entries = {(i, j): entry(made, made.wrt[i], made.wrt[j]) for i in range(size) for j in range(i, size)}
    return Matrix(size, size, lambda i, j: entries[min(i, j), max(i, j)])


def entry(made: Expectation, one: Symbol, two: Symbol) -> Expr:
    """The information about one pair of parameters; raises as ``information`` does."""
    outer, curvature = by_scores(made, one, two), by_curvature(made, one, two)
    try:
        product = _closed(outer, made)
    except NoClosedForm:
        if curvature is None:
            raise
        return _closed(curvature, made)
    if curvature is None:
        return product
    try:
        bent = _closed(curvature, made)
    except NoClosedForm:
        return product
    said = equal(product, bent, setting(replace(made, integrand=S.One)).points)
    if said.is_refuted:
        raise StepRefuted(
            f"E[s s] and -E[d2 log p] of {made.family.name} in {one} and {two} disagree: {said.evidence}",
            dict(said.witness),
            "this is a bug in gradproof; please report it",
        )
    return min(product, bent, key=lambda e: (e.count_ops(), str(e)))


def by_scores(made: Expectation, one: Symbol, two: Symbol) -> Expr:
    """The product of the scores, whose expectation is the entry."""
    return made.family.log_density.diff(one) * made.family.log_density.diff(two)


def by_curvature(made: Expectation, one: Symbol, two: Symbol) -> Expr | None:
    """Minus the second derivative of the log-density, of the same expectation; None where that has a kink."""
    slope = made.family.log_density.diff(one)
    return None if slope.has(*_BENT) else -slope.diff(two)


def _closed(body: Expr, made: Expectation) -> Expr:
    try:
        found = expectation_of(body, made.family.law, made.family.samples, made.point).value
    except Undecided as error:
        raise NoClosedForm(error.message, error.help) from error
    if found.is_rational_function(*found.free_symbols) and found.count_ops() <= _SMALL:
        return cancel(found)
    return found
