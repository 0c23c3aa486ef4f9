"""Measure-valued derivatives: ``dp/dtheta = c (p+ - p-)`` with two laws that can be sampled.

The derivative of a density has integral zero: it is a signed measure, and a constant times the difference
of two laws. Where these live on disjoint sets the split is that of Hahn and Jordan, and ``c`` is the
smallest possible; where a law at hand serves as one of them (the scale of a normal law) it is not, and no
harm is done.
Source: Pflug, Optimization of Stochastic Models (1996), section 3.2; Mohamed, Rosca, Figurnov, Mnih (2020),
table 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sympy import Add, Expr, Heaviside, Integer, Rational, S, Symbol, exp, pi, sqrt

from .errors import NotApplicable
from .family import Family
from .laws import is_generic
from .terms import E, Law

Draws = tuple[tuple[Law, Symbol], ...]

X, Y, U = (Symbol(name, positive=True) for name in "xyu")
REAL = Symbol("y", real=True)
COIN = Symbol("s", real=True)
_EXPONENTIAL = Law("exponential", 1)


@dataclass(frozen=True, slots=True)
class Half:
    """The law of ``path(variable)`` with ``variable ~ law``, each of several paths being equally likely.

    A point mass has no law. ``ratio`` is its density over that of the family, in the sample; None where
    both are finite laws, whose masses are compared one by one.
    """

    law: Law | None
    variable: Symbol
    paths: tuple[Expr, ...]
    ratio: Expr | None = None

    def expectation(self, body: Callable[[Expr], Expr]) -> Expr:
        """``E[body(path)]`` as a term."""
        mean = Add(*map(body, self.paths)) / len(self.paths)
        return mean if self.law is None else E(mean, self.law, self.variable)

    def draws(self) -> Draws:
        """What a sample takes: the variable, and a coin where there are two paths."""
        coin: Draws = ((Law("bernoulli", S.Half), COIN),) if len(self.paths) > 1 else ()
        return (*(() if self.law is None else ((self.law, self.variable),)), *coin)

    def sample(self) -> Expr:
        """The sample as a function of its draws."""
        if len(self.paths) == 1:
            return self.paths[0]
        return COIN * self.paths[0] + (1 - COIN) * self.paths[1]


@dataclass(frozen=True, slots=True)
class Split:
    """``dp/dtheta = constant (plus - minus)``; ``coupled`` are both samples as functions of common draws."""

    constant: Expr
    plus: Half
    minus: Half
    coupled: tuple[Expr, Expr]
    draws: Draws


def split_of(family: Family, wrt: Symbol) -> Split:
    """The split for one parameter; raises ``NotApplicable`` where none is known."""
    from .splits import FURTHER

    made = {**_SPLITS, **FURTHER}.get(family.name)
    found = None if made is None else made(family).get(wrt)
    if found is None and is_generic(family.law):
        raise NotApplicable(
            "how dp/dtheta falls into two laws depends on the law, and this one is arbitrary",
            "name a family, such as --family normal",
        )
    if found is None:
        raise NotApplicable(
            f"no split of the derivative of {family.name} in {wrt} into two laws is known",
            "use the score function, or implicit reparametrization",
        )
    return found


Splits = dict[Symbol, Split]


def _normal(family: Family) -> Splits:
    mu, sigma = family.symbols
    z = (family.samples[0] - mu) / sigma
    rayleigh, maxwell = Law("weibull", sqrt(2), 2), Law("gamma", Rational(3, 2), 1)
    up, down = mu + sigma * X, mu - sigma * X
    location = Split(
        1 / (sigma * sqrt(2 * pi)),
        Half(rayleigh, X, (up,), sqrt(2 * pi) * z * Heaviside(z)),
        Half(rayleigh, Y, (down.xreplace({X: Y}),), -sqrt(2 * pi) * z * Heaviside(-z)),
        (up, down),
        ((rayleigh, X),),
    )
    radius = sqrt(2 * X)
    side = (2 * COIN - 1) * radius
    scale = Split(
        1 / sigma,
        Half(maxwell, X, (mu + sigma * radius, mu - sigma * radius), z**2),
        Half(Law("normal", 0, 1), REAL, (mu + sigma * REAL,), S.One),
        (mu + sigma * side, mu + sigma * side * U),
        ((maxwell, X), (Law("bernoulli", S.Half), COIN), (Law("uniform", 0, 1), U)),
    )
    return {mu: location, sigma: scale}


def _erlang(family: Family, shape: Expr, constant: Expr, law: Law) -> Splits:
    """A rate: ``shape/rate (gamma(shape) - gamma(shape + 1))``, the second one exponential more."""
    rate, a = family.symbols[-1], family.samples[0]
    more = Law("gamma", shape + 1, 1)
    plus, minus = Half(law, X, (X / rate,), S.One), Half(more, Y, (Y / rate,), rate * a / shape)
    return {rate: Split(constant, plus, minus, (X / rate, (X + Y) / rate), ((law, X), (_EXPONENTIAL, Y)))}


def _exponential(family: Family) -> Splits:
    return _erlang(family, S.One, 1 / family.symbols[0], _EXPONENTIAL)


def _gamma(family: Family) -> Splits:
    shape, rate = family.symbols
    return _erlang(family, shape, shape / rate, Law("gamma", shape, 1))


def _weibull(family: Family) -> Splits:
    """The scale alone: of ``(a/scale)**shape``, which is exponential, one more exponential variable."""
    scale, shape = family.symbols
    erlang = Law("gamma", 2, 1)

    def at(x: Expr) -> Expr:
        return scale * x ** (1 / shape)

    plus = Half(erlang, X, (at(X),), (family.samples[0] / scale) ** shape)
    minus = Half(_EXPONENTIAL, Y, (at(Y),), S.One)
    draws = ((_EXPONENTIAL, X), (_EXPONENTIAL, Y))
    return {scale: Split(shape / scale, plus, minus, (at(X + Y), at(X)), draws)}


def _poisson(family: Family) -> Splits:
    (rate,) = family.symbols
    plus = Half(family.law, X, (X + 1,), family.samples[0] / rate)
    minus = Half(family.law, Y, (Y,), S.One)
    return {rate: Split(S.One, plus, minus, (X + 1, X), ((family.law, X),))}


def _coin(family: Family) -> Splits:
    """Between 0 and 1 nothing is drawn: the derivative of the probability, times ``g(1) - g(0)``."""
    (theta,), (a,) = family.symbols, family.samples
    slope = exp(family.log_density).subs(a, 1).diff(theta)
    return {theta: Split(slope, Half(None, X, (S.One,)), Half(None, Y, (S.Zero,)), (S.One, S.Zero), ())}


def _categorical(family: Family) -> Splits:
    """Towards outcome k: a point mass there, against the law of the others."""
    total = Add(*family.symbols)
    found = {}
    for k, own in enumerate(family.symbols):
        law, other = others(family.symbols, k)
        draws: Draws = () if law is None else ((law, REAL),)
        constant, there = (total - own) / total**2, Integer(k)
        minus = Half(law, REAL, (other,))
        found[own] = Split(constant, Half(None, X, (there,)), minus, (there, other), draws)
    return found


def others(masses: Sequence[Expr], k: int) -> tuple[Law | None, Expr]:
    """The law of the outcomes other than k, numbered from 0 on, and which of them ``REAL`` stands for.

    Outcomes have probabilities that are proportional to ``masses``.
    """
    rest = [(Integer(j), p) for j, p in enumerate(masses) if j != k]
    (first, one), *more = rest
    if not more:
        return None, first
    if len(more) == 1:
        ((second, two),) = more
        return Law("bernoulli", two / (one + two)), first + (second - first) * REAL
    whole = Add(*(p for _, p in rest))
    return Law("categorical", *(p / whole for _, p in rest)), REAL + Heaviside(REAL - k + S.Half)


_SPLITS: dict[str, Callable[[Family], Splits]] = {
    "bernoulli": _coin,
    "bernoulli_logits": _coin,
    "categorical": _categorical,
    "exponential": _exponential,
    "gamma": _gamma,
    "normal": _normal,
    "poisson": _poisson,
    "weibull": _weibull,
}
