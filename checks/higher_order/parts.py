"""The parts that second derivatives of an expectation are made of, in SymPy; shared by their statistics."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Symbol, expand, polygamma

from checks.calculus import slope
from checks.estimator import Statistic
from checks.estimators.pathwise import transport_of
from derive.deriving import pairs
from derive.expectation import Expectation
from derive.step import entry

Entry = Callable[[Symbol, Symbol], Expr]


class Parts:
    """``s`` is the score, ``g`` the integrand; every part is for a pair of parameters, samples held fixed."""

    def __init__(self, expectation: Expectation) -> None:
        self.g = expectation.integrand
        self._log_density = expectation.family.log_density

    def score(self, theta: Symbol) -> Expr:
        """``s_i``: the derivative of the log-density."""
        return slope(self._log_density, theta)

    def slope(self, theta: Symbol) -> Expr:
        """``d g/d theta_i``."""
        return slope(self.g, theta)

    def squared(self, one: Symbol, two: Symbol) -> Expr:
        """``g s_i s_j``."""
        return self.g * self.score(one) * self.score(two)

    def curvature(self, one: Symbol, two: Symbol) -> Expr:
        """``g d s_i/d theta_j``."""
        return self.g * slope(self.score(one), two)

    def mixed(self, one: Symbol, two: Symbol) -> Expr:
        """``s_i d g/d theta_j + s_j d g/d theta_i``."""
        return self.score(one) * self.slope(two) + self.score(two) * self.slope(one)

    def explicit(self, one: Symbol, two: Symbol) -> Expr:
        """``d2 g/d theta_i d theta_j``."""
        return slope(self.slope(one), two)


def on_samples(expectation: Expectation, value: Entry) -> Statistic:
    """``value`` for every entry, in samples of the law itself."""
    values = tuple(value(*pair) for pair in pairs(expectation.wrt))
    # Powers of sums with polygamma functions take SymPy minutes: whether each is infinite, it asks of roots.
    values = tuple(expand(v) if v.has(polygamma) else v for v in values)
    return Statistic(values, expectation.family.law, expectation.family.samples)


def on_noise(expectation: Expectation, value: Entry) -> Statistic:
    """``value`` for every entry, in the noise of the transport."""
    values = tuple(value(*pair) for pair in pairs(expectation.wrt))
    return Statistic(values, transport_of(expectation).noise, expectation.family.noise)


def on_path(expectation: Expectation, body: Expr) -> Expr:
    """``body`` at ``a = T_theta(b)``."""
    image = zip(expectation.family.samples, transport_of(expectation).map, strict=True)
    return body.xreplace(dict(image))


# Torch's trigamma is good to 5e-10 of itself; the squares of scores that stand beside it may cancel most of
# it, so that four times as much of the whole is allowed.
TRIGAMMA = 2e-9


def accuracy(expectation: Expectation) -> dict[str, float]:
    """How good Torch's arithmetic is where the derivative of the score is made of trigamma functions."""
    score = Parts(expectation).score
    found = [pair for pair in pairs(expectation.wrt) if slope(score(pair[0]), pair[1]).has(polygamma)]
    return {entry(*pair): TRIGAMMA for pair in found}


def depends_on_theta(expectation: Expectation) -> str | None:
    """Why there are no mixed terms that could go wrong: theta is not in g; else None."""
    if expectation.integrand.free_symbols & set(expectation.wrt):
        return None
    return "the integrand does not depend on the parameters: it has no mixed terms"
