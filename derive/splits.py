"""Further splits ``dp/dtheta = c (p+ - p-)``, as in ``weak``: of laws that are made of those there."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Abs, Add, Expr, Heaviside, Integer, Rational, S, Symbol, exp, log, pi, sqrt

from .family import Family
from .terms import Law
from .weak import COIN, REAL, Draws, Half, Split, Splits, U, X, Y, others

_EXPONENTIAL = Law("exponential", 1)
_MAXWELL = Law("gamma", Rational(3, 2), 1)


def _lognormal(family: Family) -> Splits:
    """The exponential of a normal variable: the halves are the exponentials of its halves."""
    mu, sigma = family.symbols
    z = (log(family.samples[0]) - mu) / sigma

    def at(x: Expr) -> Expr:
        return exp(mu + sigma * x)

    rayleigh, radius = Law("weibull", sqrt(2), 2), sqrt(2 * X)
    location = Split(
        1 / (sigma * sqrt(2 * pi)),
        Half(rayleigh, X, (at(X),), sqrt(2 * pi) * z * Heaviside(z)),
        Half(rayleigh, Y, (at(-Y),), -sqrt(2 * pi) * z * Heaviside(-z)),
        (at(X), at(-X)),
        ((rayleigh, X),),
    )
    side = (2 * COIN - 1) * radius
    scale = Split(
        1 / sigma,
        Half(_MAXWELL, X, (at(radius), at(-radius)), z**2),
        Half(Law("normal", 0, 1), REAL, (at(REAL),), S.One),
        (at(side), at(side * U)),
        ((_MAXWELL, X), (Law("bernoulli", S.Half), COIN), (Law("uniform", 0, 1), U)),
    )
    return {mu: location, sigma: scale}


def _half_normal(family: Family) -> Splits:
    """The scale: a Maxwell variable, of which a uniform part is half-normal."""
    (sigma,), (a,) = family.symbols, family.samples
    radius = sigma * sqrt(2 * X)
    plus = Half(_MAXWELL, X, (radius,), (a / sigma) ** 2)
    minus = Half(Law("half_normal", 1), Y, (sigma * Y,), S.One)
    draws = ((_MAXWELL, X), (Law("uniform", 0, 1), U))
    return {sigma: Split(1 / sigma, plus, minus, (radius, radius * U), draws)}


def _laplace(family: Family) -> Splits:
    """Exponential distances to either side; of the scale, two of them against one."""
    mu, b = family.symbols
    z = (family.samples[0] - mu) / b
    location = Split(
        1 / (2 * b),
        Half(_EXPONENTIAL, X, (mu + b * X,), 2 * Heaviside(z)),
        Half(_EXPONENTIAL, Y, (mu - b * Y,), 2 * Heaviside(-z)),
        (mu + b * X, mu - b * X),
        ((_EXPONENTIAL, X),),
    )
    side = (2 * COIN - 1) * b
    scale = Split(
        1 / b,
        Half(Law("gamma", 2, 1), X, (mu + b * X, mu - b * X), Abs(z)),
        Half(Law("laplace", 0, 1), REAL, (mu + b * REAL,), S.One),
        (mu + side * (X + Y), mu + side * X),
        ((_EXPONENTIAL, X), (_EXPONENTIAL, Y), (Law("bernoulli", S.Half), COIN)),
    )
    return {mu: location, b: scale}


def _pareto(family: Family) -> Splits:
    """The exponent: the rate of ``log(a/scale)``, of which the second half has one exponential more."""
    scale, alpha = family.symbols

    def at(x: Expr) -> Expr:
        return scale * exp(x / alpha)

    plus = Half(_EXPONENTIAL, X, (at(X),), S.One)
    minus = Half(Law("gamma", 2, 1), Y, (at(Y),), alpha * log(family.samples[0] / scale))
    return {alpha: Split(1 / alpha, plus, minus, (at(X), at(X + Y)), ((_EXPONENTIAL, X), (_EXPONENTIAL, Y)))}


def _binomial(family: Family) -> Splits:
    """One trial more that succeeds, against one that fails, of the others' ``n - 1``."""
    (n, p), (a,) = family.symbols, family.samples
    rest = Law("binomial", n - 1, p)
    plus = Half(rest, X, (X + 1,), a / (n * p))
    minus = Half(rest, Y, (Y,), (n - a) / (n * (1 - p)))
    return {p: Split(n, plus, minus, (X + 1, X), ((rest, X),))}


def _geometric(family: Family) -> Splits:
    """The failures before one success, against one more than those before two."""
    (p,), (a,) = family.symbols, family.samples
    plus = Half(family.law, X, (X,), S.One)
    minus = Half(Law("negative_binomial", 2, 1 - p), Y, (Y + 1,), a * p / (1 - p))
    return {p: Split(1 / p, plus, minus, (X, X + Y + 1), ((family.law, X), (family.law, Y)))}


def _categorical_logits(family: Family) -> Splits:
    """Towards outcome k: a point mass there, against the law of the others."""
    masses = [exp(s) for s in family.symbols]
    total = Add(*masses)
    found: dict[Symbol, Split] = {}
    for k, own in enumerate(family.symbols):
        law, other = others(masses, k)
        draws: Draws = () if law is None else ((law, REAL),)
        constant, there = masses[k] * (total - masses[k]) / total**2, Integer(k)
        plus, minus = Half(None, X, (there,)), Half(law, REAL, (other,))
        found[own] = Split(constant, plus, minus, (there, other), draws)
    return found


FURTHER: dict[str, Callable[[Family], Splits]] = {
    "binomial": _binomial,
    "categorical_logits": _categorical_logits,
    "geometric": _geometric,
    "half_normal": _half_normal,
    "laplace": _laplace,
    "lognormal": _lognormal,
    "pareto": _pareto,
}
